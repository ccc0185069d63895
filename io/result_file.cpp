#include "io/result_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <limits>
#include <map>

#include "io/atomic_file.hpp"
#include "io/content_hash.hpp"
#include "io/hdf5.hpp"
#include "io/hdf5_handle.hpp"

namespace balassa {
namespace {

using hdf5::fail;

constexpr std::size_t kChunkBytes = 1 << 20;
constexpr unsigned kTracked = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;

template <class T>
hid_t native_type();
template <>
hid_t native_type<double>() {
  return H5T_NATIVE_DOUBLE;
}
template <>
hid_t native_type<float>() {
  return H5T_NATIVE_FLOAT;
}
template <>
hid_t native_type<std::int32_t>() {
  return H5T_NATIVE_INT32;
}
template <>
hid_t native_type<std::int64_t>() {
  return H5T_NATIVE_INT64;
}
template <>
hid_t native_type<std::uint64_t>() {
  return H5T_NATIVE_UINT64;
}
template <>
hid_t native_type<std::uint8_t>() {
  return H5T_NATIVE_UINT8;
}

template <class T>
constexpr Compression compression_of() {
  if constexpr (std::is_floating_point_v<T>) return Compression::kNone;
  if constexpr (std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t>) return Compression::kShuffleGzip;
  return Compression::kGzip;
}

// Whole rows up to about kChunkBytes, from the last axis outwards.
std::vector<hsize_t> chunk_of(const std::vector<hsize_t>& shape, std::size_t element, const Storage& storage) {
  std::vector<hsize_t> chunk(storage.chunk.begin(), storage.chunk.end());
  if (chunk.size() != shape.size()) {
    chunk.assign(shape.size(), 1);
    hsize_t room = std::max<hsize_t>(1, kChunkBytes / element);
    for (std::size_t axis = shape.size(); axis-- > 0 && room > 0; room /= chunk[axis]) {
      chunk[axis] = std::min(shape[axis], std::max<hsize_t>(1, room));
    }
  }
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    chunk[axis] = std::clamp<hsize_t>(chunk[axis], 1, shape[axis]);
  return chunk;
}

// A part of a dataset and the hash of what was written there, for the comparison at commit.
struct Written {
  std::string dataset;
  std::vector<hsize_t> offset, count;  // empty: a scalar
  hid_t type = -1;                     // native, never closed; -1: text
  std::string hash;
};

hid_t space_of(const std::vector<hsize_t>& shape) {
  return shape.empty() ? H5Screate(H5S_SCALAR)
                       : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
}

std::string hash_of(const void* data, std::size_t bytes) {
  return text_hash({static_cast<const char*>(data), bytes});
}

}  // namespace

struct ResultFile::State {
  State(const std::string& path, bool force) : target(path, force) {
    if (target.is_device()) {
      throw Error(ExitCode::kCannotCreate, fmt::format("{}: found a device, expected a name for an HDF5 file", path));
    }
  }

  const std::string& path() const { return target.path(); }
  std::string at(const std::string& object) const { return fmt::format("{}:/{}", path(), object); }

  void create();
  void write_attribute(hid_t object, const std::string& where, const std::string& name, const AttributeValue& value);
  void write_attributes(hid_t object, const std::string& where, const Attributes& attributes);
  hsize_t extent(const std::string& where, const std::string& dimension) const;
  std::vector<hsize_t> shape_of(const std::string& where, const std::vector<std::string>& dimensions) const;
  void make_groups(const std::string& name);
  // Makes a dataset with its fill value, filters and scales.
  hdf5::Data make(const std::string& name, hid_t file_type, std::size_t element, Compression compression,
                  const std::vector<std::string>& dimensions, const Attributes& attributes, const Storage& storage);
  void put(hid_t data, const std::string& name, const std::vector<hsize_t>& offset, const std::vector<hsize_t>& count,
           hid_t type, const void* values, std::size_t bytes);
  void put_texts(const std::string& name, const std::vector<std::string>& values,
                 const std::vector<std::string>& dimensions, const Attributes& attributes);
  void make_scale(const std::string& name, hid_t data, std::size_t size, const std::string& label);
  std::string read_back(hid_t data, const Written& part) const;
  void verify(const std::string& written_to);

  AtomicFile target;
  hdf5::File file;
  std::map<std::string, hsize_t> dimensions;
  std::map<std::string, hdf5::Data> open;  // datasets under begin()
  std::vector<Written> written;
};

void ResultFile::State::create() {
  hdf5::Properties creation(H5Pcreate(H5P_FILE_CREATE));
  const hdf5::Properties access = hdf5::file_access();
  if (H5Pset_link_creation_order(creation.get(), kTracked) < 0 ||
      H5Pset_attr_creation_order(creation.get(), kTracked) < 0 || H5Pset_obj_track_times(creation.get(), false) < 0) {
    fail(ExitCode::kInternal, path(), "creation properties refused");
  }
  file = hdf5::File(H5Fcreate(target.temporary().c_str(), H5F_ACC_TRUNC, creation.get(), access.get()));
  if (!file) fail(ExitCode::kIo, path(), "cannot be written");  // the name is ours already: the disk is at fault
}

void ResultFile::State::write_attribute(hid_t object, const std::string& where, const std::string& name,
                                        const AttributeValue& value) {
  const auto store = [&](hid_t type, const hdf5::Space& space, const void* data) {
    hdf5::Attribute attribute(H5Acreate2(object, name.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT));
    if (!attribute || H5Awrite(attribute.get(), type, data) < 0 || attribute.close() < 0) {
      fail(ExitCode::kIo, where, fmt::format("attribute {} cannot be written", name));
    }
  };
  const auto scalar = [&](hid_t type, const void* data) { store(type, hdf5::Space(H5Screate(H5S_SCALAR)), data); };
  const auto vector = [&]<class T>(const std::vector<T>& values) {
    const hsize_t size = values.size();
    store(native_type<T>(), hdf5::Space(H5Screate_simple(1, &size, nullptr)), values.data());
  };
  if (const auto* text = std::get_if<std::string>(&value)) {
    const char* data = text->c_str();
    const hdf5::Type type = hdf5::text_type();
    scalar(type.get(), &data);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    scalar(H5T_NATIVE_INT64, integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    scalar(H5T_NATIVE_DOUBLE, real);
  } else if (const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&value)) {
    vector(*bytes);
  } else if (const auto* words = std::get_if<std::vector<std::int32_t>>(&value)) {
    vector(*words);
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value)) {
    vector(*integers);
  } else {
    vector(std::get<std::vector<double>>(value));
  }
}

void ResultFile::State::write_attributes(hid_t object, const std::string& where, const Attributes& attributes) {
  for (const auto& [name, value] : attributes) write_attribute(object, where, name, value);
}

hsize_t ResultFile::State::extent(const std::string& where, const std::string& dimension) const {
  const auto found = dimensions.find(dimension);
  if (found == dimensions.end()) {
    throw Error(ExitCode::kInternal, fmt::format("{}: dimension {} was not declared", where, dimension));
  }
  return found->second;
}

std::vector<hsize_t> ResultFile::State::shape_of(const std::string& where,
                                                 const std::vector<std::string>& names) const {
  std::vector<hsize_t> shape;
  for (const std::string& name : names) shape.push_back(extent(where, name));
  return shape;
}

// The groups in a dataset's name; made here, not by HDF5 on demand, so that their order of creation is tracked.
void ResultFile::State::make_groups(const std::string& name) {
  for (std::size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
    const std::string group = name.substr(0, slash);
    if (H5Lexists(file.get(), group.c_str(), H5P_DEFAULT) > 0) continue;
    hdf5::Properties properties(H5Pcreate(H5P_GROUP_CREATE));
    H5Pset_link_creation_order(properties.get(), kTracked);
    H5Pset_attr_creation_order(properties.get(), kTracked);
    H5Pset_obj_track_times(properties.get(), false);
    if (!hdf5::Group(H5Gcreate2(file.get(), group.c_str(), H5P_DEFAULT, properties.get(), H5P_DEFAULT))) {
      fail(ExitCode::kIo, at(group), "group cannot be made");
    }
  }
}

hdf5::Data ResultFile::State::make(const std::string& name, hid_t file_type, std::size_t element,
                                   Compression compression, const std::vector<std::string>& on,
                                   const Attributes& attributes, const Storage& storage) {
  const std::string where = at(name);
  const std::vector<hsize_t> shape = shape_of(where, on);
  const bool scale = on.size() == 1 && on[0] == name;
  const bool real = H5Tget_class(file_type) == H5T_FLOAT;
  // Filters need chunks, chunks need cells, and the heap of texts has its own place.
  const bool filtered = !scale && H5Tget_class(file_type) != H5T_STRING && !shape.empty() &&
                        std::find(shape.begin(), shape.end(), hsize_t{0}) == shape.end();
  hdf5::Properties creation(H5Pcreate(H5P_DATASET_CREATE));
  bool good =
      H5Pset_obj_track_times(creation.get(), false) >= 0 && H5Pset_attr_creation_order(creation.get(), kTracked) >= 0;
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  if (real) good = good && H5Pset_fill_value(creation.get(), H5T_NATIVE_DOUBLE, &kNan) >= 0;
  if (filtered) {
    const std::vector<hsize_t> chunk = chunk_of(shape, element, storage);
    good = good && H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data()) >= 0;
    if (compression == Compression::kShuffleGzip) good = good && H5Pset_shuffle(creation.get()) >= 0;
    if (compression != Compression::kNone) good = good && H5Pset_deflate(creation.get(), 1) >= 0;
    good = good && H5Pset_fletcher32(creation.get()) >= 0;
  }
  const hdf5::Space space(space_of(shape));
  if (!good || !space) fail(ExitCode::kInternal, where, "properties refused");
  make_groups(name);
  hdf5::Data data(
      H5Dcreate2(file.get(), name.c_str(), file_type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT));
  if (!data) fail(ExitCode::kIo, where, "dataset cannot be made");
  if (real && !scale) {
    hdf5::Attribute fill(H5Acreate2(data.get(), "_FillValue", file_type, hdf5::Space(H5Screate(H5S_SCALAR)).get(),
                                    H5P_DEFAULT, H5P_DEFAULT));
    if (!fill || H5Awrite(fill.get(), H5T_NATIVE_DOUBLE, &kNan) < 0) fail(ExitCode::kIo, where, "_FillValue");
  }
  write_attributes(data.get(), where, attributes);
  for (std::size_t axis = 0; axis < on.size() && !scale; ++axis) {
    const hdf5::Data dimension(H5Dopen2(file.get(), on[axis].c_str(), H5P_DEFAULT));
    if (!dimension || H5DSattach_scale(data.get(), dimension.get(), static_cast<unsigned>(axis)) < 0) {
      fail(ExitCode::kIo, where, fmt::format("dimension {} cannot be attached", on[axis]));
    }
  }
  return data;
}

void ResultFile::State::put(hid_t data, const std::string& name, const std::vector<hsize_t>& offset,
                            const std::vector<hsize_t>& count, hid_t type, const void* values, std::size_t bytes) {
  written.push_back({name, offset, count, type, hash_of(values, bytes)});
  if (bytes == 0) return;
  hdf5::Space in_file(H5Dget_space(data));
  const hdf5::Space in_memory(space_of(count));
  const bool selected = count.empty() || H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, offset.data(), nullptr,
                                                             count.data(), nullptr) >= 0;
  if (!selected || H5Dwrite(data, type, in_memory.get(), in_file.get(), H5P_DEFAULT, values) < 0) {
    fail(ExitCode::kIo, at(name), "cannot be written");
  }
}

void ResultFile::State::put_texts(const std::string& name, const std::vector<std::string>& values,
                                  const std::vector<std::string>& on, const Attributes& attributes) {
  const hdf5::Type type = hdf5::text_type();
  const std::vector<hsize_t> shape = shape_of(at(name), on);
  hsize_t size = 1;
  for (const hsize_t axis : shape) size *= axis;
  if (size != values.size()) {
    throw Error(ExitCode::kInternal, fmt::format("{}: found {} texts, expected {}", at(name), values.size(), size));
  }
  const hdf5::Data data = make(name, type.get(), sizeof(char*), Compression::kNone, on, attributes, {});
  std::vector<const char*> pointers;
  ContentHash hash;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  hash.add(values);
  written.push_back({name, {}, shape, -1, hash.hex()});
  if (size > 0 && H5Dwrite(data.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) < 0) {
    fail(ExitCode::kIo, at(name), "cannot be written");
  }
}

void ResultFile::State::make_scale(const std::string& name, hid_t data, std::size_t size, const std::string& label) {
  if (H5DSset_scale(data, label.c_str()) < 0) fail(ExitCode::kIo, at(name), "cannot be made a dimension scale");
  dimensions[name] = size;
}

// The hash of one part as it is in the file.
std::string ResultFile::State::read_back(hid_t data, const Written& part) const {
  hsize_t size = 1;
  for (const hsize_t axis : part.count) size *= axis;
  bool good = true;
  if (part.type < 0) {
    const hdf5::Type type = hdf5::text_type();
    const hdf5::Space space(H5Dget_space(data));
    std::vector<char*> pointers(size, nullptr);
    good = size == 0 || H5Dread(data, type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) >= 0;
    std::vector<std::string> texts;
    for (const char* pointer : pointers) texts.emplace_back(pointer == nullptr ? "" : pointer);
    if (size > 0) H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, pointers.data());
    ContentHash content;
    content.add(texts);
    if (good) return content.hex();
  } else {
    const hdf5::Space in_file(H5Dget_space(data));
    const hdf5::Space in_memory(space_of(part.count));
    std::vector<char> values(size * H5Tget_size(part.type));
    if (size > 0 && !part.count.empty()) {
      good = H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, part.offset.data(), nullptr, part.count.data(),
                                 nullptr) >= 0;
    }
    good = good &&
           (size == 0 || H5Dread(data, part.type, in_memory.get(), in_file.get(), H5P_DEFAULT, values.data()) >= 0);
    if (good) return hash_of(values.data(), values.size());
  }
  fail(ExitCode::kIo, at(part.dataset), "cannot be read back");
}

// Success is never a return code alone: H5Fclose returned 0 on a full disk (FORMATS 7).
void ResultFile::State::verify(const std::string& written_to) {
  const hdf5::Properties access = hdf5::file_access();
  const hdf5::File again(H5Fopen(written_to.c_str(), H5F_ACC_RDONLY, access.get()));
  if (!again) fail(ExitCode::kIo, path(), "cannot be read back");
  // Dataset by dataset, so that a chunk that several slabs share is unpacked once.
  std::stable_sort(written.begin(), written.end(),
                   [](const Written& a, const Written& b) { return a.dataset < b.dataset; });
  hdf5::Data data;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const Written& part = written[i];
    if (i == 0 || part.dataset != written[i - 1].dataset) {
      data = hdf5::Data(H5Dopen2(again.get(), part.dataset.c_str(), H5P_DEFAULT));
    }
    if (!data) fail(ExitCode::kIo, at(part.dataset), "cannot be read back");
    if (read_back(data.get(), part) != part.hash) {
      throw Error(ExitCode::kIo,
                  fmt::format("{}: reads back other than it was written; check the disk", at(part.dataset)));
    }
  }
}

ResultFile::ResultFile(const std::string& path, const std::string& format, int version, bool force) {
  hdf5::initialise();
  state_ = std::make_unique<State>(path, force);
  state_->create();
  attribute("format", format);
  const hdf5::Attribute number(H5Acreate2(state_->file.get(), "version", H5T_NATIVE_INT32,
                                          hdf5::Space(H5Screate(H5S_SCALAR)).get(), H5P_DEFAULT, H5P_DEFAULT));
  if (!number || H5Awrite(number.get(), H5T_NATIVE_INT, &version) < 0) fail(ExitCode::kIo, path, "version");
  attribute("Conventions", "CF-1.10");
  attribute("balassa_version", BALASSA_VERSION);
}

ResultFile::~ResultFile() = default;

void ResultFile::attribute(const std::string& name, const AttributeValue& value) {
  state_->write_attribute(state_->file.get(), state_->path(), name, value);
}

void ResultFile::attribute(const std::string& object, const std::string& name, const AttributeValue& value) {
  const hdf5::Object target(H5Oopen(state_->file.get(), object.c_str(), H5P_DEFAULT));
  if (!target) fail(ExitCode::kInternal, state_->at(object), "is not there to bear an attribute");
  state_->write_attribute(target.get(), state_->at(object), name, value);
}

namespace {

// The scale's own name is the last part of its path, as netCDF wants it.
std::string last_part(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

}  // namespace

#define BALASSA_NUMBER_DIMENSION(T)                                                                              \
  void ResultFile::dimension(const std::string& name, std::span<const T> values, const Attributes& attributes) { \
    state_->dimensions[name] = values.size();                                                                    \
    const hdf5::Data data =                                                                                      \
        state_->make(name, native_type<T>(), sizeof(T), Compression::kNone, {name}, attributes, {});             \
    state_->make_scale(name, data.get(), values.size(), last_part(name));                                        \
    state_->put(data.get(), name, {0}, {values.size()}, native_type<T>(), values.data(), values.size_bytes());   \
  }
BALASSA_NUMBER_DIMENSION(std::int32_t)
BALASSA_NUMBER_DIMENSION(std::int64_t)
BALASSA_NUMBER_DIMENSION(double)
#undef BALASSA_NUMBER_DIMENSION

void ResultFile::dimension(const std::string& name, const std::vector<std::string>& values,
                           const Attributes& attributes) {
  state_->dimensions[name] = values.size();
  state_->put_texts(name, values, {name}, attributes);
  const hdf5::Data data(H5Dopen2(state_->file.get(), name.c_str(), H5P_DEFAULT));
  state_->make_scale(name, data.get(), values.size(), last_part(name));
}

void ResultFile::dimension(const std::string& name, std::size_t size) {
  state_->dimensions[name] = size;
  const hdf5::Data data = state_->make(name, H5T_IEEE_F32BE, 4, Compression::kNone, {name}, {}, {});
  // By this name netCDF knows that the dataset holds no coordinate values (netCDF-4 format specification).
  state_->make_scale(name, data.get(), size,
                     fmt::format("This is a netCDF dimension but not a netCDF variable. {:>10}", size));
}

template <class T>
void ResultFile::write(const std::string& name, std::span<const T> values, const std::vector<std::string>& dimensions,
                       const Attributes& attributes, const Storage& storage) {
  const std::vector<hsize_t> shape = state_->shape_of(state_->at(name), dimensions);
  hsize_t size = 1;
  for (const hsize_t axis : shape) size *= axis;
  if (size != values.size()) {
    throw Error(ExitCode::kInternal, fmt::format("{}: found {} values, expected {} for its shape [{}]",
                                                 state_->at(name), values.size(), size, fmt::join(shape, ", ")));
  }
  const Compression compression =
      storage.compression == Compression::kByType ? compression_of<T>() : storage.compression;
  const hdf5::Data data = state_->make(name, native_type<T>(), sizeof(T), compression, dimensions, attributes, storage);
  state_->put(data.get(), name, std::vector<hsize_t>(shape.size(), 0), shape, native_type<T>(), values.data(),
              values.size_bytes());
}

void ResultFile::write(const std::string& name, const std::vector<std::string>& values,
                       const std::vector<std::string>& dimensions, const Attributes& attributes) {
  state_->put_texts(name, values, dimensions, attributes);
}

template <class T>
void ResultFile::begin(const std::string& name, const std::vector<std::string>& dimensions,
                       const Attributes& attributes, const Storage& storage) {
  const Compression compression =
      storage.compression == Compression::kByType ? compression_of<T>() : storage.compression;
  state_->open[name] = state_->make(name, native_type<T>(), sizeof(T), compression, dimensions, attributes, storage);
}

template <class T>
void ResultFile::write_slab(const std::string& name, const std::vector<std::size_t>& offset,
                            const std::vector<std::size_t>& count, std::span<const T> values) {
  const auto found = state_->open.find(name);
  std::size_t size = 1;
  for (const std::size_t axis : count) size *= axis;
  if (found == state_->open.end() || size != values.size() || offset.size() != count.size()) {
    throw Error(ExitCode::kInternal, fmt::format("{}: found a slab of {} values, expected {} of a dataset begun before",
                                                 state_->at(name), values.size(), size));
  }
  state_->put(found->second.get(), name, {offset.begin(), offset.end()}, {count.begin(), count.end()}, native_type<T>(),
              values.data(), values.size_bytes());
}

void ResultFile::commit() {
  for (auto& [name, data] : state_->open) {
    if (data.close() < 0) fail(ExitCode::kIo, state_->at(name), "cannot be closed");
  }
  state_->open.clear();
  if (H5Fflush(state_->file.get(), H5F_SCOPE_GLOBAL) < 0 || state_->file.close() < 0) {
    fail(ExitCode::kIo, state_->path(), "cannot be written");
  }
  state_->target.commit([this](const std::string& temporary) { state_->verify(temporary); });
}

#define BALASSA_INSTANTIATE(T)                                                                               \
  template void ResultFile::write(const std::string&, std::span<const T>, const std::vector<std::string>&,   \
                                  const Attributes&, const Storage&);                                        \
  template void ResultFile::begin<T>(const std::string&, const std::vector<std::string>&, const Attributes&, \
                                     const Storage&);                                                        \
  template void ResultFile::write_slab(const std::string&, const std::vector<std::size_t>&,                  \
                                       const std::vector<std::size_t>&, std::span<const T>);
BALASSA_INSTANTIATE(double)
BALASSA_INSTANTIATE(float)
BALASSA_INSTANTIATE(std::int32_t)
BALASSA_INSTANTIATE(std::int64_t)
BALASSA_INSTANTIATE(std::uint64_t)
BALASSA_INSTANTIATE(std::uint8_t)
#undef BALASSA_INSTANTIATE

}  // namespace balassa
