// Whole HDF5 files with any datasets, types, extents and attributes end in a panel or in an Error of one line; what was
// read can be written and reads back the same.
//
// The input says how the file departs from a good panel: no bytes at all are a good one. HDF5 itself builds the file,
// so what is tried here is our reader of it, without the child process that HDF5's own crashes need (those are the
// 4,000 mutants of tests/faults/panel_file.cpp); the reader runs in this process, where sanitizer and coverage see it.
#include "io/panel/panel_file.hpp"

#include <fuzzer/FuzzedDataProvider.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <functional>

#include "io/hdf5/hdf5.hpp"
#include "io/hdf5/hdf5_child.hpp"
#include "io/hdf5/hdf5_handle.hpp"
#include "tests/fuzz/violation.hpp"

// In place of io/hdf5/hdf5_child.cpp, which the linker then leaves out.
namespace balassa::hdf5 {

std::uint64_t size_of_readable(const std::string& path) {
  struct stat status {};
  fuzz::expect(stat(path.c_str(), &status) == 0, "file is gone");
  return static_cast<std::uint64_t>(status.st_size);
}

Error damaged(const std::string& path) {
  return Error(ExitCode::kBadData, path + ": is damaged");
}

std::string run_in_child(const std::string&, std::uint64_t, const std::function<std::string()>& work) {
  try {
    return work();
  } catch (const Error& error) {
    throw Error(ExitCode::kBadData, error.what());
  }
}

}  // namespace balassa::hdf5

namespace {

using namespace balassa;
using Extents = std::vector<hsize_t>;

constexpr hsize_t kYears = 2, kLocations = 2, kProducts = 3;

class HostileFile {
 public:
  HostileFile(const std::string& path, FuzzedDataProvider& input) : input_(input) {
    const hdf5::Properties access = hdf5::file_access(), creation(H5Pcreate(H5P_FILE_CREATE));
    H5Pset_link_creation_order(creation.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    const bool in_order = !input.ConsumeBool();
    file_ = hdf5::File(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, in_order ? creation.get() : H5P_DEFAULT, access.get()));
    text_attribute(file_.get(), "format", "balassa-panel");
    version();
    const bool sparse = input.ConsumeBool();
    if (sparse || input.ConsumeBool()) groups_.emplace_back(group("sparse"));
    groups_.emplace_back(group("product_class"));
    groups_.emplace_back(group("table"));
    numbers("year", {kYears}, [](std::size_t i) { return 2000.0 + static_cast<double>(i); });
    texts("location", {kLocations});
    texts("product", {kProducts});
    if (sparse) {
      sparse_values();
    } else {
      numbers("value", {kYears, kLocations, kProducts}, [](std::size_t i) { return static_cast<double>(i); });
    }
    numbers(
        "missing", {kYears, kLocations}, [](std::size_t) { return 0.0; }, H5T_STD_U8LE);
    while (input.remaining_bytes() > 0) optional_dataset();
  }

 private:
  hdf5::Group group(const char* name) {
    return hdf5::Group(H5Gcreate2(file_.get(), name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  }

  void optional_dataset() {
    constexpr const char* kTexts[] = {"location_name", "product_name", "location_kind", "product_class/hs"};
    constexpr const char* kTables[] = {"population", "gdp", "table/output", "table/\n", "value", "location"};
    switch (input_.ConsumeIntegralInRange(0, 3)) {
      case 0: {
        const auto which = input_.ConsumeIntegralInRange<std::size_t>(0, std::size(kTexts) - 1);
        texts(kTexts[which], {which % 2 == 0 ? kLocations : kProducts});
        break;
      }
      case 1:
        numbers(kTables[input_.ConsumeIntegralInRange<std::size_t>(0, std::size(kTables) - 1)], {kYears, kLocations},
                [](std::size_t i) { return static_cast<double>(i); });
        break;
      case 2:
        numbers(
            "location_parent", {kLocations}, [](std::size_t) { return -1.0; }, H5T_STD_I32LE);
        break;
      default:
        text_attribute(file_.get(), "title", "");
    }
  }

  void sparse_values() {
    numbers(
        "sparse/indptr", {kYears * kLocations + 1}, [](std::size_t i) { return static_cast<double>(i); },
        H5T_STD_I64LE);
    numbers(
        "sparse/indices", {kYears * kLocations}, [](std::size_t) { return 1.0; }, H5T_STD_I32LE);
    numbers("sparse/data", {kYears * kLocations}, [](std::size_t i) { return static_cast<double>(i + 1); });
    text_attribute(groups_.front().get(), "layout", "csr_year_location");
    const hsize_t three = 3;
    std::int64_t shape[] = {kYears, kLocations, kProducts};
    if (input_.ConsumeBool()) shape[input_.ConsumeIntegralInRange(0, 2)] = input_.ConsumeIntegral<std::int64_t>();
    attribute(groups_.front().get(), "shape", H5T_NATIVE_INT64, hdf5::Space(H5Screate_simple(1, &three, nullptr)),
              shape);
  }

  // Extents as they should be, or with one changed, more or fewer of them.
  Extents extents(Extents good) {
    switch (input_.ConsumeIntegralInRange(0, 7)) {
      case 1:
        good[input_.ConsumeIntegralInRange<std::size_t>(0, good.size() - 1)] = input_.ConsumeIntegralInRange(0, 40);
        break;
      case 2:
        good.clear();
        break;
      case 3:
        good.push_back(input_.ConsumeIntegralInRange(0, 3));
        break;
      case 4:  // more than there is memory for; such a dataset is chunked and never written
        good[0] = input_.ConsumeIntegral<std::uint64_t>() >> input_.ConsumeIntegralInRange(1, 40);
        break;
      default:
        break;
    }
    return good;
  }

  hdf5::Type number_type(hid_t usual) {
    const hid_t types[] = {usual,         H5T_NATIVE_DOUBLE, H5T_NATIVE_FLOAT, H5T_STD_I8LE,  H5T_STD_U8LE,
                           H5T_STD_I32BE, H5T_STD_I64LE,     H5T_STD_U64LE,    H5T_IEEE_F64BE};
    return hdf5::Type(H5Tcopy(types[input_.ConsumeIntegralInRange<std::size_t>(0, std::size(types) - 1)]));
  }

  void numbers(const char* name, const Extents& good, double (*usual)(std::size_t),
               hid_t usual_type = H5T_NATIVE_DOUBLE) {
    if (input_.ConsumeIntegralInRange(0, 15) == 15) return texts(name, good);
    const Extents shape = extents(good);
    const hdf5::Type type = number_type(usual_type);
    const hdf5::Data data = dataset(name, shape, type.get());
    const std::size_t size = count(shape);
    if (!data || size > 4096) return;
    std::vector<double> values(size);
    for (std::size_t i = 0; i < size; ++i) values[i] = usual(i);
    for (int changes = input_.ConsumeIntegralInRange(0, 3); changes > 0 && size > 0; --changes) {
      values[input_.ConsumeIntegralInRange<std::size_t>(0, size - 1)] =
          input_.ConsumeBool() ? input_.ConsumeFloatingPoint<double>() : input_.ConsumeIntegral<std::int8_t>();
    }
    H5Dwrite(data.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    if (input_.ConsumeBool()) text_attribute(data.get(), "units", "USD");
  }

  void texts(const char* name, const Extents& good) {
    if (input_.ConsumeIntegralInRange(0, 15) == 15) return;
    const Extents shape = extents(good);
    const std::size_t size = count(shape);
    const bool fixed = input_.ConsumeBool();
    const std::size_t width = fixed ? input_.ConsumeIntegralInRange<std::size_t>(1, 9) : 0;
    const hdf5::Type type = fixed ? hdf5::Type(H5Tcopy(H5T_C_S1)) : hdf5::text_type();
    if (fixed) H5Tset_size(type.get(), width);
    if (fixed && input_.ConsumeBool()) H5Tset_strpad(type.get(), H5T_STR_SPACEPAD);
    const hdf5::Data data = dataset(name, shape, type.get());
    if (!data || size > 64) return;
    std::vector<std::string> held;
    for (std::size_t i = 0; i < size; ++i) {
      held.push_back(input_.ConsumeBool() ? input_.ConsumeRandomLengthString(12) : std::string(1, char('A' + i)));
    }
    if (fixed) {
      std::string bytes;
      for (const std::string& text : held) bytes += (text + std::string(width, '\0')).substr(0, width);
      H5Dwrite(data.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
    } else {
      std::vector<const char*> pointers;
      for (const std::string& text : held) pointers.push_back(text.c_str());
      H5Dwrite(data.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data());
    }
    if (input_.ConsumeBool()) text_attribute(data.get(), "code_system", "iso3");
  }

  static std::size_t count(const Extents& shape) {
    std::size_t size = 1;
    for (const hsize_t extent : shape) {
      if (__builtin_mul_overflow(size, extent, &size)) return SIZE_MAX;
    }
    return size;
  }

  // Contiguous, or chunked where it is large.
  hdf5::Data dataset(const char* name, const Extents& shape, hid_t type) {
    const hdf5::Space space(shape.empty() ? H5Screate(H5S_SCALAR)
                                          : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
    const hdf5::Properties creation(H5Pcreate(H5P_DATASET_CREATE));
    if (!shape.empty() && (count(shape) > 4096 || input_.ConsumeBool())) {
      const Extents chunk(shape.size(), input_.ConsumeIntegralInRange<hsize_t>(1, 64));
      H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data());
      if (input_.ConsumeBool()) H5Pset_deflate(creation.get(), 1);
    }
    return hdf5::Data(H5Dcreate2(file_.get(), name, type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT));
  }

  void version() {
    const std::int64_t number = input_.ConsumeBool() ? input_.ConsumeIntegral<std::int64_t>() : 1;
    attribute(file_.get(), "version", H5T_NATIVE_INT64, hdf5::Space(H5Screate(H5S_SCALAR)), &number);
  }

  void text_attribute(hid_t object, const char* name, const char* usual) {
    const std::string text = input_.ConsumeBool() ? input_.ConsumeRandomLengthString(20) : std::string(usual);
    const char* pointer = text.c_str();
    attribute(object, name, hdf5::text_type().get(), hdf5::Space(H5Screate(H5S_SCALAR)), &pointer);
  }

  static void attribute(hid_t object, const char* name, hid_t type, const hdf5::Space& space, const void* value) {
    const hdf5::Attribute made(H5Acreate2(object, name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT));
    if (made) H5Awrite(made.get(), type, value);
  }

  FuzzedDataProvider& input_;
  hdf5::File file_;
  std::vector<hdf5::Group> groups_;
};

// A folder of this process, removed when it ends.
const std::string& folder() {
  struct Folder {
    std::string path = (std::filesystem::temp_directory_path() / "balassa-fuzz-XXXXXX").string();
    Folder() {
      hdf5::initialise();
      fuzz::expect(mkdtemp(path.data()) != nullptr, "no folder for files");
    }
    ~Folder() { std::filesystem::remove_all(path); }
  };
  static const Folder kFolder;
  return kFolder.path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string path = folder() + "/panel.h5", copy = folder() + "/copy.h5";
  FuzzedDataProvider input(data, size);
  { const HostileFile file(path, input); }
  H5Eclear2(H5E_DEFAULT);
  Panel panel;
  try {
    panel = read_panel(path);
  } catch (const Error& error) {
    fuzz::expect_one_line(error.what());
    fuzz::expect(error.code() == ExitCode::kBadData || error.code() == ExitCode::kOutOfMemory,
                 std::string("another exit code than of bad data: ") + error.what());
    fuzz::expect(size > 0, std::string("a good panel is refused: ") + error.what());
    return 0;
  }
  try {
    write_panel(copy, panel, true);
    fuzz::expect(panel_hash(read_panel(copy)) == panel_hash(panel), "another panel when written and read");
  } catch (const Error& error) {
    fuzz::violation(std::string("read, but not to be written: ") + error.what());
  }
  return 0;
}
