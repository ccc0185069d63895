#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "io/hdf5/hdf5_catalogue.hpp"
#include "io/hdf5/hdf5_child.hpp"
#include "io/hdf5/hdf5_handle.hpp"
#include "io/hdf5/result_file.hpp"

namespace balassa {

struct ResultReader::State {
  std::string path;
  hdf5::Catalogue catalogue;
  std::vector<Dataset> datasets;
  std::map<std::string, std::size_t> index;

  std::string at(const std::string& name) const { return fmt::format("{}:/{}", path, name); }
  const hdf5::Catalogue::Entry& entry(const std::string& name) const;
  // The name that the file has: `name`, or the one that it bears in files of another age.
  std::string own_name(const std::string& name) const;

  // Reads a dataset, or the part of it at [offset, offset + count), as `type`.
  template <class T>
  std::vector<T> read(const std::string& name, hid_t type, const std::vector<std::size_t>* offset,
                      const std::vector<std::size_t>* count) const;
};

std::size_t ResultReader::Dataset::size() const {
  std::size_t product = 1;
  for (const std::size_t extent : shape) product *= extent;
  return product;
}

std::string ResultReader::State::own_name(const std::string& name) const {
  // Data under the name of a dimension are hidden from xarray, so these were renamed.
  static constexpr std::pair<const char*, const char*> kRenamed[] = {
      {"score/quantile", "score/quantiles"},
      {"rank/quantile", "rank/quantiles"},
      {"product_score/quantile", "product_score/quantiles"},
      {"status/year", "status/of_year"},
      {"status/location", "status/of_location"},
      {"status/product", "status/of_product"},
      {"dropped/year", "dropped/in_year"},
      {"baseline/certification", "baseline/certified_by"},
      {"tally/certification", "tally/certified_by"}};
  if (index.contains(name)) return name;
  for (const auto& [older, newer] : kRenamed) {
    if (name == newer && index.contains(older)) return older;
    if (name == older && index.contains(newer)) return newer;
  }
  return name;
}

const hdf5::Catalogue::Entry& ResultReader::State::entry(const std::string& name) const {
  const auto found = index.find(own_name(name));
  if (found == index.end()) {
    std::string here;
    for (const Dataset& dataset : datasets) {
      if (here.size() < 120) here += (here.empty() ? "" : ", ") + dataset.name;
    }
    throw Error(ExitCode::kBadData, fmt::format("{}: found no such dataset, expected one (the file has: {})", at(name),
                                                here.empty() ? "none" : here));
  }
  return catalogue.entries[found->second];
}

namespace {

// Memory that a child fills and its parent reads.
class SharedMemory {
 public:
  explicit SharedMemory(std::size_t bytes) : bytes_(bytes) {
    data_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (data_ == MAP_FAILED) throw std::bad_alloc();
  }
  ~SharedMemory() { munmap(data_, bytes_); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  void* data() const { return data_; }

 private:
  std::size_t bytes_;
  void* data_;
};

// Reads [start, start + count) of a dataset of the given shape; in the child.
void read_part(const std::string& path, const std::string& name, hid_t type, const std::vector<hsize_t>& shape,
               const std::vector<hsize_t>& start, const std::vector<hsize_t>& count, void* values) {
  const std::string where = fmt::format("{}:/{}", path, name);
  const hdf5::Properties access = hdf5::file_access();
  const hdf5::File file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()));
  const hdf5::Data data(file ? H5Dopen2(file.get(), name.c_str(), H5P_DEFAULT) : -1);
  const hdf5::Space space(data ? H5Dget_space(data.get()) : -1);
  std::vector<hsize_t> found(shape.size());
  if (!space || H5Sget_simple_extent_ndims(space.get()) != static_cast<int>(shape.size())) {
    hdf5::fail(ExitCode::kBadData, where, "cannot be opened");
  }
  H5Sget_simple_extent_dims(space.get(), found.data(), nullptr);
  if (found != shape) throw Error(ExitCode::kBadData, fmt::format("{}: changed while it was read", where));
  const hdf5::Space in_memory(count.empty() ? H5Screate(H5S_SCALAR)
                                            : H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr));
  const bool selected = count.empty() || H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr,
                                                             count.data(), nullptr) >= 0;
  if (!selected || H5Dread(data.get(), type, in_memory.get(), space.get(), H5P_DEFAULT, values) < 0) {
    hdf5::fail(ExitCode::kBadData, where, "is damaged");
  }
}

}  // namespace

template <class T>
std::vector<T> ResultReader::State::read(const std::string& name, hid_t type, const std::vector<std::size_t>* offset,
                                         const std::vector<std::size_t>* count) const {
  const hdf5::Catalogue::Entry& from = entry(name);
  if (from.dataset.kind != Dataset::Kind::kNumber) {
    throw Error(ExitCode::kBadData, fmt::format("{}: found {} values, expected numbers", at(name), from.dataset.type));
  }
  if (!from.problem.empty()) throw Error(ExitCode::kBadData, fmt::format("{}: {}", at(name), from.problem));
  const std::vector<hsize_t> shape(from.dataset.shape.begin(), from.dataset.shape.end());
  std::vector<hsize_t> start(shape.size(), 0), extent = shape;
  if (offset != nullptr) start.assign(offset->begin(), offset->end());
  if (count != nullptr) extent.assign(count->begin(), count->end());
  bool inside = start.size() == shape.size() && extent.size() == shape.size();
  std::size_t size = 1;
  for (std::size_t axis = 0; inside && axis < shape.size(); ++axis) {
    inside = start[axis] <= shape[axis] && extent[axis] <= shape[axis] - start[axis];
    size *= extent[axis];
  }
  if (!inside) throw Error(ExitCode::kInternal, fmt::format("{}: slab outside the dataset", at(name)));
  const auto memory =
      static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (size > memory / sizeof(T)) {
    throw Error(ExitCode::kOutOfMemory,
                fmt::format("{}: needs {:.1f} GB of memory, the machine has {:.1f}", at(name),
                            static_cast<double>(size) * sizeof(T) / 1e9, static_cast<double>(memory) / 1e9));
  }
  if (size == 0) return {};
  const SharedMemory shared(size * sizeof(T));
  hdf5::run_in_child(path, size * sizeof(T), [&] {
    read_part(path, from.dataset.name, type, shape, start, extent, shared.data());
    return std::string();
  });
  const T* values = static_cast<const T*>(shared.data());
  return {values, values + size};
}

ResultReader::ResultReader(const std::string& path) : state_(std::make_unique<State>()) {
  state_->path = path;
  state_->catalogue = hdf5::read_catalogue(path);
  for (const hdf5::Catalogue::Entry& entry : state_->catalogue.entries) {
    state_->index[entry.dataset.name] = state_->datasets.size();
    state_->datasets.push_back(entry.dataset);
  }
}

ResultReader::~ResultReader() = default;

const std::string& ResultReader::path() const {
  return state_->path;
}
std::string ResultReader::format() const {
  return text_attribute("", "format");
}

int ResultReader::version() const {
  const AttributeValue* value = attribute("", "version");
  const auto* number = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
  return number == nullptr || *number < 0 || *number > 1000000 ? 0 : static_cast<int>(*number);
}

const std::vector<ResultReader::Dataset>& ResultReader::datasets() const {
  return state_->datasets;
}

const ResultReader::Dataset* ResultReader::find(const std::string& name) const {
  const auto found = state_->index.find(state_->own_name(name));
  return found == state_->index.end() ? nullptr : &state_->datasets[found->second];
}

const ResultReader::Dataset& ResultReader::require(const std::string& name) const {
  return state_->entry(name).dataset;
}

std::vector<double> ResultReader::numbers(const std::string& name) const {
  return state_->read<double>(name, H5T_NATIVE_DOUBLE, nullptr, nullptr);
}

std::vector<std::uint64_t> ResultReader::counts(const std::string& name) const {
  if (require(name).type.starts_with("float")) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found {} values, expected integers", state_->at(name), require(name).type));
  }
  return state_->read<std::uint64_t>(name, H5T_NATIVE_UINT64, nullptr, nullptr);
}

std::vector<std::int64_t> ResultReader::integers(const std::string& name) const {
  if (require(name).type.starts_with("float")) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found {} values, expected integers", state_->at(name), require(name).type));
  }
  return state_->read<std::int64_t>(name, H5T_NATIVE_INT64, nullptr, nullptr);
}

std::vector<double> ResultReader::slab(const std::string& name, const std::vector<std::size_t>& offset,
                                       const std::vector<std::size_t>& count) const {
  return state_->read<double>(name, H5T_NATIVE_DOUBLE, &offset, &count);
}

const std::vector<std::string>& ResultReader::strings(const std::string& name) const {
  const hdf5::Catalogue::Entry& from = state_->entry(name);
  if (from.dataset.kind != Dataset::Kind::kString) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found {} values, expected texts", state_->at(name), from.dataset.type));
  }
  if (!from.problem.empty()) throw Error(ExitCode::kBadData, fmt::format("{}: {}", state_->at(name), from.problem));
  return from.texts;
}

std::optional<double> ResultReader::fill_value(const std::string& name) const {
  const AttributeValue* value = attribute(name, "_FillValue");
  if (value == nullptr) return std::nullopt;
  if (const auto* integer = std::get_if<std::int64_t>(value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(value)) return *real;
  return std::nullopt;
}

const Attributes& ResultReader::attributes(const std::string& object) const {
  static const Attributes kNone;
  const auto found = state_->catalogue.attributes.find(state_->own_name(object));
  return found == state_->catalogue.attributes.end() ? kNone : found->second;
}

const AttributeValue* ResultReader::attribute(const std::string& object, const std::string& name) const {
  for (const auto& [key, value] : attributes(object)) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string ResultReader::text_attribute(const std::string& object, const std::string& name) const {
  const AttributeValue* value = attribute(object, name);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? "" : *text;
}

}  // namespace balassa
