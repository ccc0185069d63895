#include <fmt/format.h>
#include <unistd.h>

#include "io/hdf5.hpp"
#include "io/hdf5_catalogue.hpp"
#include "io/hdf5_handle.hpp"
#include "io/result_file.hpp"

namespace balassa {

struct ResultReader::State {
  std::string path;
  hdf5::Catalogue catalogue;
  std::vector<Dataset> datasets;
  std::map<std::string, std::size_t> index;
  hdf5::File file;

  std::string at(const std::string& name) const { return fmt::format("{}:/{}", path, name); }
  const hdf5::Catalogue::Entry& entry(const std::string& name) const;

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

const hdf5::Catalogue::Entry& ResultReader::State::entry(const std::string& name) const {
  const auto found = index.find(name);
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

template <class T>
std::vector<T> ResultReader::State::read(const std::string& name, hid_t type, const std::vector<std::size_t>* offset,
                                         const std::vector<std::size_t>* count) const {
  const hdf5::Catalogue::Entry& from = entry(name);
  if (from.dataset.kind != Dataset::Kind::kNumber) {
    throw Error(ExitCode::kBadData, fmt::format("{}: found {} values, expected numbers", at(name), from.dataset.type));
  }
  if (!from.problem.empty()) throw Error(ExitCode::kBadData, fmt::format("{}: {}", at(name), from.problem));
  const std::vector<std::size_t>& part = count == nullptr ? from.dataset.shape : *count;
  std::size_t size = 1;
  for (const std::size_t extent : part) size *= extent;
  const auto memory =
      static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (size > memory / sizeof(T)) {
    throw Error(ExitCode::kOutOfMemory,
                fmt::format("{}: needs {:.1f} GB of memory, the machine has {:.1f}", at(name),
                            static_cast<double>(size) * sizeof(T) / 1e9, static_cast<double>(memory) / 1e9));
  }
  const hdf5::Data data(H5Dopen2(file.get(), name.c_str(), H5P_DEFAULT));
  const hdf5::Space space(data ? H5Dget_space(data.get()) : -1);
  std::vector<hsize_t> shape(from.dataset.shape.size());
  if (!space || H5Sget_simple_extent_ndims(space.get()) != static_cast<int>(shape.size())) {
    hdf5::fail(ExitCode::kBadData, at(name), "cannot be opened");
  }
  H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr);
  if (!std::equal(shape.begin(), shape.end(), from.dataset.shape.begin())) {
    throw Error(ExitCode::kBadData, fmt::format("{}: changed while it was read", at(name)));
  }
  std::vector<T> values(size);
  if (size == 0) return values;
  const std::vector<hsize_t> counts(part.begin(), part.end());
  const hdf5::Space in_memory(counts.empty()
                                  ? H5Screate(H5S_SCALAR)
                                  : H5Screate_simple(static_cast<int>(counts.size()), counts.data(), nullptr));
  bool selected = true;
  if (offset != nullptr) {
    bool inside = offset->size() == shape.size() && counts.size() == shape.size();
    for (std::size_t axis = 0; inside && axis < shape.size(); ++axis) {
      inside = (*offset)[axis] <= shape[axis] && counts[axis] <= shape[axis] - (*offset)[axis];
    }
    if (!inside) throw Error(ExitCode::kInternal, fmt::format("{}: slab outside the dataset", at(name)));
    const std::vector<hsize_t> start(offset->begin(), offset->end());
    selected = H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, counts.data(), nullptr) >= 0;
  }
  if (!selected || H5Dread(data.get(), type, in_memory.get(), space.get(), H5P_DEFAULT, values.data()) < 0) {
    hdf5::fail(ExitCode::kBadData, at(name), "is damaged");
  }
  return values;
}

ResultReader::ResultReader(const std::string& path) : state_(std::make_unique<State>()) {
  state_->path = path;
  state_->catalogue = hdf5::read_catalogue(path);
  for (const hdf5::Catalogue::Entry& entry : state_->catalogue.entries) {
    state_->index[entry.dataset.name] = state_->datasets.size();
    state_->datasets.push_back(entry.dataset);
  }
  const hdf5::Properties access = hdf5::file_access();
  state_->file = hdf5::File(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()));
  if (!state_->file) hdf5::fail(ExitCode::kBadData, path, "cannot be opened");
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
  const auto found = state_->index.find(name);
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

const Attributes& ResultReader::attributes(const std::string& object) const {
  static const Attributes kNone;
  const auto found = state_->catalogue.attributes.find(object);
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
