#include "io/hdf5/result_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <limits>
#include <map>

#include "io/base/atomic_file.hpp"
#include "io/base/output_places.hpp"
#include "io/hdf5/hdf5.hpp"
#include "io/hdf5/hdf5_handle.hpp"
#include "io/hdf5/hdf5_numbers.hpp"
#include "io/hdf5/result_attributes.hpp"
#include "io/hdf5/written_parts.hpp"

namespace balassa {
namespace {

using hdf5::fail;

constexpr std::size_t kChunkBytes = 1 << 20;
constexpr hsize_t kGrowingChunk =
    1 << 16;  // numbers; of 8 bytes they stay in HDF5's cache of 1 MiB until they are whole
constexpr unsigned kTracked = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;

template <class T>
constexpr Compression compression_of() {
  if constexpr (std::is_floating_point_v<T>) return Compression::kNone;
  if constexpr (std::is_same_v<T, std::uint16_t> || std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t>)
    return Compression::kShuffleGzip;
  return Compression::kGzip;
}

// What stands for "not measured" in a dataset; none where every number counts.
template <class T>
std::optional<T> fill_of(const Storage& storage) {
  if constexpr (std::is_floating_point_v<T>) return std::numeric_limits<T>::quiet_NaN();
  return storage.fill ? std::optional<T>(static_cast<T>(*storage.fill)) : std::nullopt;
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

}  // namespace

struct ResultFile::State {
  // A pipe is refused before it is opened, which would wait for its reader.
  State(const std::string& path, bool force) : target((require_new_file(path, force), path), force) {}

  const std::string& path() const { return target.path(); }
  std::string at(const std::string& object) const { return fmt::format("{}:/{}", path(), object); }

  void create();
  hsize_t extent(const std::string& where, const std::string& dimension) const;
  std::vector<hsize_t> shape_of(const std::string& where, const std::vector<std::string>& dimensions) const;
  void make_groups(const std::string& name);
  // Makes a dataset with its fill value (of `file_type`, null: none), filters and scales.
  hdf5::Data make(const std::string& name, hid_t file_type, std::size_t element, const void* fill,
                  Compression compression, const std::vector<std::string>& dimensions, const Attributes& attributes,
                  const Storage& storage);
  void put(hid_t data, const std::string& name, const std::vector<hsize_t>& offset, const std::vector<hsize_t>& count,
           hid_t type, const void* values, std::size_t bytes);
  void put_texts(const std::string& name, const std::vector<std::string>& values,
                 const std::vector<std::string>& dimensions, const Attributes& attributes);
  void make_scale(const std::string& name, hid_t data, std::size_t size, const std::string& label);
  void close_growing();

  AtomicFile target;
  hdf5::File file;
  std::map<std::string, hsize_t> dimensions;
  std::map<std::string, hdf5::Data> open;  // datasets under begin()
  struct Grown {
    std::string dimension;
    hsize_t length = 0;
  };
  std::map<std::string, hdf5::Data> growing;  // dimensions
  std::map<std::string, Grown> grown;         // their datasets
  WrittenParts written;
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

hdf5::Data ResultFile::State::make(const std::string& name, hid_t file_type, std::size_t element, const void* fill,
                                   Compression compression, const std::vector<std::string>& on,
                                   const Attributes& attributes, const Storage& storage) {
  const std::string where = at(name);
  const std::vector<hsize_t> shape = shape_of(where, on);
  const bool scale = on.size() == 1 && on[0] == name;
  // Filters need chunks, chunks need cells, and the heap of texts has its own place.
  const bool grows = !on.empty() && growing.contains(on[0]);
  const bool filtered = !scale && H5Tget_class(file_type) != H5T_STRING && !shape.empty() &&
                        (grows || std::find(shape.begin(), shape.end(), hsize_t{0}) == shape.end());
  hdf5::Properties creation(H5Pcreate(H5P_DATASET_CREATE));
  bool good =
      H5Pset_obj_track_times(creation.get(), false) >= 0 && H5Pset_attr_creation_order(creation.get(), kTracked) >= 0;
  if (fill != nullptr) good = good && H5Pset_fill_value(creation.get(), file_type, fill) >= 0;
  if (filtered || grows) {
    const std::vector<hsize_t> chunk = grows ? std::vector{kGrowingChunk} : chunk_of(shape, element, storage);
    good = good && H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data()) >= 0;
  }
  if (filtered) {
    if (compression == Compression::kShuffleGzip) good = good && H5Pset_shuffle(creation.get()) >= 0;
    if (compression != Compression::kNone) good = good && H5Pset_deflate(creation.get(), 1) >= 0;
    good = good && H5Pset_fletcher32(creation.get()) >= 0;
  }
  constexpr hsize_t kNoEnd = H5S_UNLIMITED;
  const hdf5::Space space(grows ? H5Screate_simple(1, shape.data(), &kNoEnd) : hdf5::space_of(shape));
  if (!good || !space || (grows && on.size() > 1)) fail(ExitCode::kInternal, where, "properties refused");
  make_groups(name);
  hdf5::Data data(
      H5Dcreate2(file.get(), name.c_str(), file_type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT));
  if (!data) fail(ExitCode::kIo, where, "dataset cannot be made");
  if (fill != nullptr && !scale) {
    hdf5::Attribute value(H5Acreate2(data.get(), "_FillValue", file_type, hdf5::Space(H5Screate(H5S_SCALAR)).get(),
                                     H5P_DEFAULT, H5P_DEFAULT));
    if (!value || H5Awrite(value.get(), file_type, fill) < 0) fail(ExitCode::kIo, where, "_FillValue");
  }
  for (const auto& [label, value] : attributes) write_attribute(data.get(), where, label, value);
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
  written.add(name, offset, count, type, values, bytes);
  if (bytes == 0) return;
  hdf5::Space in_file(H5Dget_space(data));
  const hdf5::Space in_memory(hdf5::space_of(count));
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
  const hdf5::Data data = make(name, type.get(), sizeof(char*), nullptr, Compression::kNone, on, attributes, {});
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  written.add(name, shape, values);
  if (size > 0 && H5Dwrite(data.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) < 0) {
    fail(ExitCode::kIo, at(name), "cannot be written");
  }
}

void ResultFile::State::make_scale(const std::string& name, hid_t data, std::size_t size, const std::string& label) {
  if (H5DSset_scale(data, label.c_str()) < 0) fail(ExitCode::kIo, at(name), "cannot be made a dimension scale");
  dimensions[name] = size;
}

// Every growing dimension gets the length of its datasets.
void ResultFile::State::close_growing() {
  for (const auto& [name, data] : growing) {
    hsize_t length = 0;
    for (const auto& [dataset, end] : grown) length = end.dimension == name ? std::max(length, end.length) : length;
    for (const auto& [dataset, end] : grown) {
      if (end.dimension != name || end.length == length) continue;
      throw Error(ExitCode::kInternal,
                  fmt::format("{}: found {} values, expected {}", at(dataset), end.length, length));
    }
    if (H5Dset_extent(data.get(), &length) < 0) fail(ExitCode::kIo, at(name), "cannot be extended");
  }
  growing.clear();
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
  write_attribute(state_->file.get(), state_->path(), name, value);
}

void ResultFile::attribute(const std::string& object, const std::string& name, const AttributeValue& value) {
  const hdf5::Object target(H5Oopen(state_->file.get(), object.c_str(), H5P_DEFAULT));
  if (!target) fail(ExitCode::kInternal, state_->at(object), "is not there to bear an attribute");
  write_attribute(target.get(), state_->at(object), name, value);
}

namespace {

// By this name netCDF knows that the dataset holds no coordinate values (netCDF-4 format specification).
const std::string kAnonymous = "This is a netCDF dimension but not a netCDF variable. ";

// The scale's own name is the last part of its path, as netCDF wants it.
std::string last_part(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

}  // namespace

#define BALASSA_NUMBER_DIMENSION(T)                                                                                  \
  void ResultFile::dimension(const std::string& name, std::span<const T> values, const Attributes& attributes) {     \
    state_->dimensions[name] = values.size();                                                                        \
    const hdf5::Data data =                                                                                          \
        state_->make(name, hdf5::native_type<T>(), sizeof(T), nullptr, Compression::kNone, {name}, attributes, {});  \
    state_->make_scale(name, data.get(), values.size(), last_part(name));                                            \
    state_->put(data.get(), name, {0}, {values.size()}, hdf5::native_type<T>(), values.data(), values.size_bytes()); \
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
  const hdf5::Data data = state_->make(name, H5T_IEEE_F32BE, 4, nullptr, Compression::kNone, {name}, {}, {});
  state_->make_scale(name, data.get(), size, kAnonymous + fmt::format("{:>10}", size));
}

// As netCDF makes an unlimited dimension without a variable.
void ResultFile::growing_dimension(const std::string& name) {
  state_->dimensions[name] = 0;
  state_->growing[name];  // so that its own dataset grows
  hdf5::Data data = state_->make(name, H5T_IEEE_F32BE, 4, nullptr, Compression::kNone, {name}, {}, {});
  state_->make_scale(name, data.get(), 0, kAnonymous + fmt::format("{:>10}", 0));
  state_->growing[name] = std::move(data);
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
  const std::optional<T> fill = fill_of<T>(storage);
  const hdf5::Data data = state_->make(name, hdf5::native_type<T>(), sizeof(T), fill ? &*fill : nullptr, compression,
                                       dimensions, attributes, storage);
  state_->put(data.get(), name, std::vector<hsize_t>(shape.size(), 0), shape, hdf5::native_type<T>(), values.data(),
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
  const std::optional<T> fill = fill_of<T>(storage);
  state_->open[name] = state_->make(name, hdf5::native_type<T>(), sizeof(T), fill ? &*fill : nullptr, compression,
                                    dimensions, attributes, storage);
  if (!dimensions.empty() && state_->growing.contains(dimensions[0])) state_->grown[name] = {dimensions[0], 0};
}

template <class T>
void ResultFile::append(const std::string& name, std::span<const T> values) {
  const auto found = state_->grown.find(name);
  if (found == state_->grown.end()) {
    throw Error(ExitCode::kInternal, fmt::format("{}: found no dataset that grows, expected one", state_->at(name)));
  }
  const hid_t data = state_->open.at(name).get();
  const hsize_t first = found->second.length, end = first + values.size();
  if (H5Dset_extent(data, &end) < 0) fail(ExitCode::kIo, state_->at(name), "cannot be extended");
  state_->put(data, name, {first}, {values.size()}, hdf5::native_type<T>(), values.data(), values.size_bytes());
  found->second.length = end;
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
  state_->put(found->second.get(), name, {offset.begin(), offset.end()}, {count.begin(), count.end()},
              hdf5::native_type<T>(), values.data(), values.size_bytes());
}

void ResultFile::commit(const std::function<void(std::size_t, std::size_t)>& progress) {
  state_->close_growing();
  for (auto& [name, data] : state_->open) {
    if (data.close() < 0) fail(ExitCode::kIo, state_->at(name), "cannot be closed");
  }
  state_->open.clear();
  if (H5Fflush(state_->file.get(), H5F_SCOPE_GLOBAL) < 0 || state_->file.close() < 0) {
    fail(ExitCode::kIo, state_->path(), "cannot be written");
  }
  state_->target.commit(
      [&](const std::string& temporary) { state_->written.verify(state_->path(), temporary, progress); });
}

#define BALASSA_INSTANTIATE(T)                                                                               \
  template void ResultFile::write(const std::string&, std::span<const T>, const std::vector<std::string>&,   \
                                  const Attributes&, const Storage&);                                        \
  template void ResultFile::begin<T>(const std::string&, const std::vector<std::string>&, const Attributes&, \
                                     const Storage&);                                                        \
  template void ResultFile::write_slab(const std::string&, const std::vector<std::size_t>&,                  \
                                       const std::vector<std::size_t>&, std::span<const T>);                 \
  template void ResultFile::append(const std::string&, std::span<const T>);
BALASSA_INSTANTIATE(double)
BALASSA_INSTANTIATE(float)
BALASSA_INSTANTIATE(std::int32_t)
BALASSA_INSTANTIATE(std::int64_t)
BALASSA_INSTANTIATE(std::uint64_t)
BALASSA_INSTANTIATE(std::uint16_t)
BALASSA_INSTANTIATE(std::uint8_t)
#undef BALASSA_INSTANTIATE

}  // namespace balassa
