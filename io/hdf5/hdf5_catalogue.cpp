#include "io/hdf5/hdf5_catalogue.hpp"

#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "io/hdf5/hdf5_child.hpp"
#include "io/hdf5/hdf5_handle.hpp"
#include "io/hdf5/hdf5_packing.hpp"
#include "io/text/tables_in_place.hpp"
#include "io/work/work_file.hpp"

namespace balassa::hdf5 {
namespace {

constexpr int kDepth = 8;  // groups in groups; a cycle of links ends here
constexpr std::size_t kObjects = 65536;
constexpr std::size_t kAttributeValues = 65536;
constexpr std::uint64_t kDeflateLimit = 1032;  // bytes that one byte of deflate can stand for
constexpr std::uint64_t kSmall = 64 << 20;     // bytes that a file of any size may ask for

// Texts of a dataset or attribute of either kind of string.
template <class Read>
std::vector<std::string> texts_of(const std::string& where, hid_t file_type, hid_t space, std::size_t count,
                                  const Read& read) {
  std::vector<std::string> texts;
  if (H5Tis_variable_str(file_type) > 0) {
    Type type(H5Tcopy(H5T_C_S1));
    H5Tset_size(type.get(), H5T_VARIABLE);
    H5Tset_cset(type.get(), H5Tget_cset(file_type));
    std::vector<char*> pointers(count, nullptr);
    if (read(type.get(), pointers.data()) < 0) fail(ExitCode::kBadData, where, "is damaged");
    for (const char* pointer : pointers) texts.emplace_back(pointer == nullptr ? "" : pointer);
    H5Dvlen_reclaim(type.get(), space, H5P_DEFAULT, pointers.data());
    return texts;
  }
  const std::size_t width = H5Tget_size(file_type);
  std::vector<char> bytes(count * width);
  if (read(file_type, bytes.data()) < 0) fail(ExitCode::kBadData, where, "is damaged");
  for (std::size_t i = 0; i < count; ++i) {
    std::string text(bytes.data() + i * width, strnlen(bytes.data() + i * width, width));
    if (H5Tget_strpad(file_type) == H5T_STR_SPACEPAD) text.erase(text.find_last_not_of(' ') + 1);
    texts.push_back(std::move(text));
  }
  return texts;
}

std::string type_name(hid_t type) {
  const std::size_t bits = 8 * H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return fmt::format("{}int{}", H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "", bits);
    case H5T_FLOAT:
      return fmt::format("float{}", bits);
    case H5T_STRING:
      return "string";
    case H5T_ENUM:
      return "enumeration";
    case H5T_COMPOUND:
      return "compound";
    default:
      return "other";
  }
}

// Names that only dimension scales and netCDF use among themselves.
bool is_internal(const std::string& attribute) {
  return attribute == "CLASS" || attribute == "NAME" || attribute == "DIMENSION_LIST" ||
         attribute == "REFERENCE_LIST" || attribute.starts_with("_Netcdf4") || attribute.starts_with("_nc");
}

herr_t collect_attribute(hid_t object, const char* name, const H5A_info_t*, void* out) {
  if (is_internal(name)) return 0;
  const Attribute attribute(H5Aopen(object, name, H5P_DEFAULT));
  if (!attribute) return -1;
  const Type type(H5Aget_type(attribute.get()));
  const Space space(H5Aget_space(attribute.get()));
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (count < 1 || static_cast<std::size_t>(count) > kAttributeValues || H5Tget_size(type.get()) > kSmall) return 0;
  const auto size = static_cast<std::size_t>(count);
  auto& attributes = *static_cast<Attributes*>(out);
  const auto numbers = [&]<class T>(T, hid_t memory) {
    std::vector<T> values(size);
    if (H5Aread(attribute.get(), memory, values.data()) < 0) return -1;
    if (size == 1)
      attributes.emplace_back(name, values[0]);
    else
      attributes.emplace_back(name, std::move(values));
    return 0;
  };
  switch (H5Tget_class(type.get())) {
    case H5T_INTEGER: {
      // HDF5 would clip an unsigned number beyond 2^63 - 1 (a fill value) on its way to a signed one.
      std::uint64_t beyond = 0;
      if (size == 1 && H5Tget_sign(type.get()) == H5T_SGN_NONE) {
        if (H5Aread(attribute.get(), H5T_NATIVE_UINT64, &beyond) < 0) return -1;
        if (beyond > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
          attributes.emplace_back(name, static_cast<double>(beyond));
          return 0;
        }
      }
      return numbers(std::int64_t{}, H5T_NATIVE_INT64);
    }
    case H5T_FLOAT:
      return numbers(double{}, H5T_NATIVE_DOUBLE);
    case H5T_STRING: {
      const auto texts = texts_of(name, type.get(), space.get(), size,
                                  [&](hid_t memory, void* data) { return H5Aread(attribute.get(), memory, data); });
      std::string joined;
      for (const std::string& text : texts) joined += (joined.empty() ? "" : "; ") + text;
      attributes.emplace_back(name, std::move(joined));
      return 0;
    }
    default:
      return 0;
  }
}

class Walk {
 public:
  Walk(const std::string& path, std::uint64_t file_size) : path_(path), file_size_(file_size) {}

  Catalogue run() {
    const Properties access = file_access();
    const File file(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, access.get()));
    if (!file) fail(ExitCode::kBadData, path_, "found no readable HDF5 file, expected a whole one");
    group(file.get(), "", 0);
    for (std::size_t i = 0; i < catalogue_.entries.size(); ++i)
      name_dimensions(file.get(), catalogue_.entries[i].dataset);
    return std::move(catalogue_);
  }

 private:
  struct Visit {
    Walk* walk;
    std::string prefix;
    int depth;
  };

  void group(hid_t id, const std::string& name, int depth) {
    attributes(id, name);
    if (depth >= kDepth) return;
    Visit visit{this, name.empty() ? "" : name + "/", depth};
    const auto step = [](hid_t parent, const char* link, const H5L_info_t* info, void* data) -> herr_t {
      auto& here = *static_cast<Visit*>(data);
      // Soft and external links are not followed: they may lead to any file.
      return info->type == H5L_TYPE_HARD ? here.walk->object(parent, link, here.prefix + link, here.depth) : 0;
    };
    hsize_t position = 0;
    if (H5Literate(id, H5_INDEX_CRT_ORDER, H5_ITER_INC, &position, step, &visit) >= 0) return;
    H5Eclear2(H5E_DEFAULT);  // the order of creation is not tracked in other people's files
    position = 0;
    if (H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, &position, step, &visit) < 0) {
      fail(ExitCode::kBadData, fmt::format("{}:/{}", path_, name), "group cannot be read");
    }
  }

  herr_t object(hid_t parent, const char* link, const std::string& name, int depth) {
    if (++objects_ > kObjects) return -1;
    const Object opened(H5Oopen(parent, link, H5P_DEFAULT));
    if (!opened) return -1;
    const H5I_type_t kind = H5Iget_type(opened.get());
    if (kind == H5I_GROUP) group(opened.get(), name, depth + 1);
    if (kind == H5I_DATASET) dataset(opened.get(), name);
    return 0;
  }

  void attributes(hid_t id, const std::string& name) {
    Attributes found;
    hsize_t position = 0;
    if (H5Aiterate2(id, H5_INDEX_CRT_ORDER, H5_ITER_INC, &position, collect_attribute, &found) < 0) {
      H5Eclear2(H5E_DEFAULT);
      found.clear();
      position = 0;
      if (H5Aiterate2(id, H5_INDEX_NAME, H5_ITER_INC, &position, collect_attribute, &found) < 0) {
        fail(ExitCode::kBadData, fmt::format("{}:/{}", path_, name), "attributes cannot be read");
      }
    }
    catalogue_.attributes[name] = std::move(found);
  }

  void dataset(hid_t id, const std::string& name) {
    Catalogue::Entry entry;
    entry.dataset.name = name;
    const Type type(H5Dget_type(id));
    const Space space(H5Dget_space(id));
    const int rank = H5Sget_simple_extent_ndims(space.get());
    if (!type || rank < 0) fail(ExitCode::kBadData, fmt::format("{}:/{}", path_, name), "dataset cannot be read");
    std::vector<hsize_t> shape(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr);
    entry.dataset.shape.assign(shape.begin(), shape.end());
    entry.dataset.dimensions.resize(shape.size());
    entry.dataset.type = type_name(type.get());
    const H5T_class_t kind = H5Tget_class(type.get());
    using Kind = ResultReader::Dataset::Kind;
    entry.dataset.kind = kind == H5T_INTEGER || kind == H5T_FLOAT ? Kind::kNumber
                         : kind == H5T_STRING                     ? Kind::kString
                                                                  : Kind::kOther;
    entry.dataset.scale = H5DSis_scale(id) > 0;
    if (entry.dataset.scale) {
      char label[80] = "";
      H5DSget_scale_name(id, label, sizeof label);
      entry.dataset.anonymous = std::strncmp(label, "This is a netCDF dimension but not", 34) == 0;
    }
    entry.problem = problem_of(id, shape, H5Tget_size(type.get()));
    if (entry.dataset.kind == Kind::kString && entry.problem.empty()) {
      entry.texts =
          texts_of(fmt::format("{}:/{}", path_, name), type.get(), space.get(), entry.dataset.size(),
                   [&](hid_t memory, void* data) {
                     return entry.dataset.size() == 0 ? 0 : H5Dread(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
                   });
    }
    if (H5Tget_size(type.get()) == 1 && rank > 1) join_characters(entry);
    attributes(id, name);
    H5O_info_t info;
    if (entry.dataset.scale && H5Oget_info(id, &info) >= 0) scales_[info.addr] = name;
    catalogue_.entries.push_back(std::move(entry));
  }

  // netCDF's older texts are arrays of characters, `char region(region, strlen)`: the last axis runs along each text.
  static void join_characters(Catalogue::Entry& entry) {
    const std::size_t length = entry.dataset.shape.back();
    if (entry.dataset.kind != ResultReader::Dataset::Kind::kString || length == 0) return;
    entry.dataset.shape.pop_back();
    entry.dataset.dimensions.pop_back();
    std::vector<std::string> joined;
    for (std::size_t i = 0; i < entry.texts.size(); i += length) {
      std::string& text = joined.emplace_back();
      for (std::size_t k = 0; k < length; ++k) text += entry.texts[i + k];
      text.erase(text.find_last_not_of(' ') + 1);
    }
    entry.texts = std::move(joined);
  }

  // Whether the values may be read: extents that the file can hold, no other file, no filter that is not here.
  std::string problem_of(hid_t id, const std::vector<hsize_t>& shape, std::size_t element) const {
    std::uint64_t bytes = element;
    for (const hsize_t extent : shape) {
      if (__builtin_mul_overflow(bytes, extent, &bytes)) return "claims more bytes than 64 bits can count";
    }
    const Properties creation(H5Dget_create_plist(id));
    if (H5Pget_external_count(creation.get()) != 0) return "keeps its values in another file";
    const H5D_layout_t layout = H5Pget_layout(creation.get());
    if (layout == H5D_VIRTUAL) return "is virtual: its values are in other files";
    if (layout != H5D_CHUNKED) {
      if (bytes > file_size_ && bytes > kSmall)
        return fmt::format("claims {} bytes in a file of {}", bytes, file_size_);
      return "";
    }
    if (bytes / kDeflateLimit > file_size_ && bytes > kSmall) {
      return fmt::format("claims {} bytes, more than a file of {} can hold", bytes, file_size_);
    }
    std::vector<hsize_t> chunk(shape.size());
    H5Pget_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data());
    std::uint64_t chunk_bytes = element;
    for (const hsize_t extent : chunk) {
      if (__builtin_mul_overflow(chunk_bytes, extent, &chunk_bytes)) return "has chunks of impossible size";
    }
    if (chunk_bytes > std::max(bytes, kSmall)) return fmt::format("has chunks of {} bytes", chunk_bytes);
    const int filters = H5Pget_nfilters(creation.get());
    for (int i = 0; i < filters; ++i) {
      unsigned flags = 0, configuration = 0;
      std::size_t parameters = 0;
      char name[64] = "";
      const H5Z_filter_t filter = H5Pget_filter2(creation.get(), static_cast<unsigned>(i), &flags, &parameters, nullptr,
                                                 sizeof name, name, &configuration);
      if (H5Zfilter_avail(filter) <= 0) {
        return fmt::format("is compressed by filter {} ({}), which this HDF5 lacks; repack it with gzip", filter, name);
      }
    }
    return "";
  }

  void name_dimensions(hid_t file, ResultReader::Dataset& dataset) {
    const Data data(H5Dopen2(file, dataset.name.c_str(), H5P_DEFAULT));
    if (!data) return;
    if (dataset.scale && dataset.shape.size() == 1) dataset.dimensions[0] = dataset.name;
    struct Found {
      const std::map<haddr_t, std::string>* scales;
      std::string name;
    };
    for (std::size_t axis = 0; axis < dataset.shape.size() && !dataset.scale; ++axis) {
      Found found{&scales_, ""};
      const auto take = [](hid_t, unsigned, hid_t scale, void* out) -> herr_t {
        auto& result = *static_cast<Found*>(out);
        H5O_info_t info;
        if (H5Oget_info(scale, &info) < 0) return -1;
        const auto known = result.scales->find(info.addr);
        if (known != result.scales->end()) result.name = known->second;
        return 1;  // the first scale names the axis
      };
      if (H5DSiterate_scales(data.get(), static_cast<unsigned>(axis), nullptr, take, &found) < 0)
        H5Eclear2(H5E_DEFAULT);
      dataset.dimensions[axis] = found.name;
    }
  }

  const std::string& path_;
  std::uint64_t file_size_;
  std::size_t objects_ = 0;
  Catalogue catalogue_;
  std::map<haddr_t, std::string> scales_;
};

}  // namespace

Catalogue read_catalogue(const std::string& path) {
  const std::uint64_t file_size = size_of_readable(path);
  refuse_work_file(path);
  refuse_in_place_of_hdf5(path);
  const std::string bytes = run_in_child(path, 0, [&] { return pack(Walk(path, file_size).run()); });
  std::optional<Catalogue> catalogue = unpack(bytes);
  if (!catalogue) throw damaged(path);
  return *std::move(catalogue);
}

}  // namespace balassa::hdf5
