#include "io/hdf5/result_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>

#include "io/base/atomic_file.hpp"
#include "io/base/output_places.hpp"
#include "io/hdf5/chunk_queue.hpp"
#include "io/hdf5/chunked_data.hpp"
#include "io/hdf5/hdf5.hpp"
#include "io/hdf5/hdf5_handle.hpp"
#include "io/hdf5/hdf5_numbers.hpp"
#include "io/hdf5/result_attributes.hpp"
#include "io/hdf5/written_parts.hpp"

namespace balassa {
namespace {

using hdf5::fail;

constexpr std::size_t kChunkBytes = 1 << 20;
constexpr hsize_t kGrowingChunk = 1 << 16;  // numbers
constexpr unsigned kTracked = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;

template <class T>
constexpr Compression compression_of() {
  if constexpr (std::is_floating_point_v<T>) return Compression::kNone;
  return sizeof(T) > 1 ? Compression::kShuffleGzip : Compression::kGzip;
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
  State(const std::string& path, bool force, int threads)
      : target((require_new_file(path, force), path), force),
        queue(threads, [this](const ChunkQueue::Chunk& chunk) { place(chunk); }) {}

  const std::string& path() const { return target.path(); }
  std::string at(const std::string& object) const { return fmt::format("{}:/{}", path(), object); }

  void create();
  hsize_t extent(const std::string& where, const std::string& dimension) const;
  std::vector<hsize_t> shape_of(const std::string& where, const std::vector<std::string>& dimensions) const;
  void make_groups(const std::string& name);
  // A dataset, and where it has filters the chunks that are not in the file yet.
  struct Made {
    hdf5::Data data;
    std::optional<ChunkedData> chunks;
  };
  // Makes a dataset with its fill value (of `file_type`, null: none), filters and scales.
  Made make(const std::string& name, hid_t file_type, std::size_t element, const void* fill, Compression compression,
            const std::vector<std::string>& dimensions, const Attributes& attributes, const Storage& storage);
  void put(Made& made, const std::string& name, const std::vector<hsize_t>& offset, const std::vector<hsize_t>& count,
           hid_t type, const void* values, std::size_t bytes);
  void place(const ChunkQueue::Chunk& chunk);
  void put_texts(const std::string& name, const std::vector<std::string>& values,
                 const std::vector<std::string>& dimensions, const Attributes& attributes);
  void make_scale(const std::string& name, hid_t data, std::size_t size, const std::string& label);
  void close_growing();

  AtomicFile target;
  hdf5::File file;
  std::map<std::string, hsize_t> dimensions;
  std::map<std::string, Made> open;   // datasets of numbers
  std::vector<std::string> numbered;  // those with chunks, by their number in the queue
  struct Grown {
    std::string dimension;
    hsize_t length = 0;
  };
  std::map<std::string, hdf5::Data> growing;  // dimensions
  std::map<std::string, Grown> grown;         // their datasets
  WrittenParts written;
  ChunkQueue queue;
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

ResultFile::State::Made ResultFile::State::make(const std::string& name, hid_t file_type, std::size_t element,
                                                const void* fill, Compression compression,
                                                const std::vector<std::string>& on, const Attributes& attributes,
                                                const Storage& storage) {
  queue.drain();  // HDF5 gives places in the order of calls, which threads must not change
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
  Made made;
  if (filtered || grows) {
    const std::vector<hsize_t> chunk = grows ? std::vector{kGrowingChunk} : chunk_of(shape, element, storage);
    good = good && H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data()) >= 0;
    if (filtered) {
      const ChunkFilters filters{compression == Compression::kShuffleGzip, compression != Compression::kNone, element};
      if (filters.shuffle) good = good && H5Pset_shuffle(creation.get()) >= 0;
      if (filters.deflate) good = good && H5Pset_deflate(creation.get(), 1) >= 0;
      good = good && H5Pset_fletcher32(creation.get()) >= 0;
      std::vector<std::byte> nothing(fill != nullptr ? element : 0);
      if (fill != nullptr) std::memcpy(nothing.data(), fill, element);
      made.chunks.emplace(numbered.size(), std::vector<std::size_t>(shape.begin(), shape.end()),
                          std::vector<std::size_t>(chunk.begin(), chunk.end()), filters, std::move(nothing));
      numbered.push_back(name);
    }
  }
  constexpr hsize_t kNoEnd = H5S_UNLIMITED;
  const hdf5::Space space(grows ? H5Screate_simple(1, shape.data(), &kNoEnd) : hdf5::space_of(shape));
  if (!good || !space || (grows && on.size() > 1)) fail(ExitCode::kInternal, where, "properties refused");
  make_groups(name);
  made.data = hdf5::Data(
      H5Dcreate2(file.get(), name.c_str(), file_type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT));
  const hid_t data = made.data.get();
  if (!made.data) fail(ExitCode::kIo, where, "dataset cannot be made");
  if (fill != nullptr && !scale) {
    hdf5::Attribute value(
        H5Acreate2(data, "_FillValue", file_type, hdf5::Space(H5Screate(H5S_SCALAR)).get(), H5P_DEFAULT, H5P_DEFAULT));
    if (!value || H5Awrite(value.get(), file_type, fill) < 0) fail(ExitCode::kIo, where, "_FillValue");
  }
  for (const auto& [label, value] : attributes) write_attribute(data, where, label, value);
  for (std::size_t axis = 0; axis < on.size() && !scale; ++axis) {
    const hdf5::Data dimension(H5Dopen2(file.get(), on[axis].c_str(), H5P_DEFAULT));
    if (!dimension || H5DSattach_scale(data, dimension.get(), static_cast<unsigned>(axis)) < 0) {
      fail(ExitCode::kIo, where, fmt::format("dimension {} cannot be attached", on[axis]));
    }
  }
  return made;
}

void ResultFile::State::put(Made& made, const std::string& name, const std::vector<hsize_t>& offset,
                            const std::vector<hsize_t>& count, hid_t type, const void* values, std::size_t bytes) {
  if (made.chunks) {
    if (made.chunks->write({offset.begin(), offset.end()}, {count.begin(), count.end()},
                           static_cast<const std::byte*>(values), queue))
      return;
    throw Error(ExitCode::kInternal, fmt::format("{}: found numbers that were written before", at(name)));
  }
  queue.drain();
  written.add(name, offset, count, type, values, bytes);
  if (bytes == 0) return;
  hdf5::Space in_file(H5Dget_space(made.data.get()));
  const hdf5::Space in_memory(hdf5::space_of(count));
  const bool selected = count.empty() || H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, offset.data(), nullptr,
                                                             count.data(), nullptr) >= 0;
  if (!selected || H5Dwrite(made.data.get(), type, in_memory.get(), in_file.get(), H5P_DEFAULT, values) < 0) {
    fail(ExitCode::kIo, at(name), "cannot be written");
  }
}

void ResultFile::State::place(const ChunkQueue::Chunk& chunk) {
  const std::string& name = numbered[chunk.dataset];
  const std::vector<hsize_t> offset(chunk.offset.begin(), chunk.offset.end());
  if (H5Dwrite_chunk(open.at(name).data.get(), H5P_DEFAULT, 0, offset.data(), chunk.bytes.size(), chunk.bytes.data()) <
      0) {
    fail(ExitCode::kIo, at(name), "cannot be written");
  }
  written.add_chunk(name, offset, chunk.bytes.size(), chunk.hash);
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
  const hdf5::Data data = make(name, type.get(), sizeof(char*), nullptr, Compression::kNone, on, attributes, {}).data;
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

ResultFile::ResultFile(const std::string& path, const std::string& format, int version, bool force, int threads) {
  hdf5::initialise();
  state_ = std::make_unique<State>(path, force, threads);
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
  state_->queue.drain();
  write_attribute(state_->file.get(), state_->path(), name, value);
}

void ResultFile::attribute(const std::string& object, const std::string& name, const AttributeValue& value) {
  state_->queue.drain();
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

#define BALASSA_NUMBER_DIMENSION(T)                                                                                 \
  void ResultFile::dimension(const std::string& name, std::span<const T> values, const Attributes& attributes) {    \
    state_->dimensions[name] = values.size();                                                                       \
    State::Made made =                                                                                              \
        state_->make(name, hdf5::native_type<T>(), sizeof(T), nullptr, Compression::kNone, {name}, attributes, {}); \
    state_->make_scale(name, made.data.get(), values.size(), last_part(name));                                      \
    state_->put(made, name, {0}, {values.size()}, hdf5::native_type<T>(), values.data(), values.size_bytes());      \
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
  const hdf5::Data data = state_->make(name, H5T_IEEE_F32BE, 4, nullptr, Compression::kNone, {name}, {}, {}).data;
  state_->make_scale(name, data.get(), size, kAnonymous + fmt::format("{:>10}", size));
}

// As netCDF makes an unlimited dimension without a variable.
void ResultFile::growing_dimension(const std::string& name) {
  state_->dimensions[name] = 0;
  state_->growing[name];  // so that its own dataset grows
  hdf5::Data data = state_->make(name, H5T_IEEE_F32BE, 4, nullptr, Compression::kNone, {name}, {}, {}).data;
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
  begin<T>(name, dimensions, attributes, storage);
  State::Made& made = state_->open.at(name);
  state_->put(made, name, std::vector<hsize_t>(shape.size(), 0), shape, hdf5::native_type<T>(), values.data(),
              values.size_bytes());
  if (made.chunks) made.chunks->finish(state_->queue);
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
  State::Made& made = state_->open.at(name);
  const hsize_t first = found->second.length, end = first + values.size();
  if (H5Dset_extent(made.data.get(), &end) < 0) fail(ExitCode::kIo, state_->at(name), "cannot be extended");
  state_->put(made, name, {first}, {values.size()}, hdf5::native_type<T>(), values.data(), values.size_bytes());
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
  state_->put(found->second, name, {offset.begin(), offset.end()}, {count.begin(), count.end()}, hdf5::native_type<T>(),
              values.data(), values.size_bytes());
}

std::size_t ResultFile::most_bytes_under_way(int threads) {
  return ChunkQueue::most_bytes(threads);
}

void ResultFile::commit(const std::function<void(std::size_t, std::size_t)>& progress) {
  for (const std::string& name : state_->numbered) state_->open.at(name).chunks->finish(state_->queue);
  state_->queue.drain();
  state_->close_growing();
  for (auto& [name, made] : state_->open) {
    if (made.data.close() < 0) fail(ExitCode::kIo, state_->at(name), "cannot be closed");
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
BALASSA_INSTANTIATE(std::uint32_t)
BALASSA_INSTANTIATE(std::uint16_t)
BALASSA_INSTANTIATE(std::uint8_t)
#undef BALASSA_INSTANTIATE

}  // namespace balassa
