// Result files: HDF5 that h5py, xarray, netCDF-4 and R read without our code (FORMATS sections 2, 3 and 9).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace balassa {

using AttributeValue = std::variant<std::string, std::int64_t, double, std::vector<std::uint8_t>,
                                    std::vector<std::int32_t>, std::vector<std::int64_t>, std::vector<double>>;
// In the order in which they are written: {{"units", "USD"}, {"flag_values", std::vector<std::uint8_t>{0, 1}}}.
using Attributes = std::vector<std::pair<std::string, AttributeValue>>;

// How the values of a dataset are stored. Every dataset is checksummed (fletcher32).
enum class Compression : std::uint8_t {
  kByType,  // integers: gzip, shuffled beyond 8 bits; float, double: none (FORMATS 9)
  kNone,
  kGzip,         // level 1
  kShuffleGzip,  // level 1
};
struct Storage {
  Compression compression = Compression::kByType;
  std::vector<std::size_t> chunk;  // empty: about 1 MiB of whole rows
  // Of an integer dataset, what stands where nothing was measured: its `_FillValue`, in its own type (-1 is 2^64 - 1 in
  // uint64, 255 in uint8). None: every number counts.
  std::optional<std::int64_t> fill = std::nullopt;
};

// One HDF5 file under construction. Element types of write, begin, write_slab and append: double, float, int32, int64,
// uint64, uint32, uint16, uint8. Names may hold groups ("score/mean"), which are made on demand; floating datasets get
// `_FillValue` NaN, integer ones Storage::fill. Every failure is an Error (kIo, kCannotCreate, kPermission) with the
// text of HDF5. Equal calls give equal bytes, whatever the number of threads.
class ResultFile {
 public:
  // Root attributes `format`, `version` (int32), `Conventions`, `balassa_version` are written at once. `threads`: that
  // compress.
  ResultFile(const std::string& path, const std::string& format, int version, bool force, int threads = 1);
  ~ResultFile();
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;

  // A root attribute.
  void attribute(const std::string& name, const AttributeValue& value);
  // An attribute of a dataset or group that exists.
  void attribute(const std::string& object, const std::string& name, const AttributeValue& value);

  // Dimensions with coordinate values; declare them before the datasets that lie on them.
  void dimension(const std::string& name, std::span<const std::int32_t> values, const Attributes& attributes = {});
  void dimension(const std::string& name, std::span<const std::int64_t> values, const Attributes& attributes = {});
  void dimension(const std::string& name, std::span<const double> values, const Attributes& attributes = {});
  void dimension(const std::string& name, const std::vector<std::string>& values, const Attributes& attributes = {});
  // A dimension without coordinate values.
  void dimension(const std::string& name, std::size_t size);
  // One that grows: for datasets on it alone, made by begin and filled by append, all to the same length in the end.
  void growing_dimension(const std::string& name);

  // A whole dataset; its shape is that of its dimensions, row-major. No dimensions: a scalar.
  template <class T>
  void write(const std::string& name, std::span<const T> values, const std::vector<std::string>& dimensions,
             const Attributes& attributes = {}, const Storage& storage = {});
  template <class T>
  void write(const std::string& name, const std::vector<T>& values, const std::vector<std::string>& dimensions,
             const Attributes& attributes = {}, const Storage& storage = {}) {
    write(name, std::span<const T>(values), dimensions, attributes, storage);
  }
  void write(const std::string& name, const std::vector<std::string>& values,
             const std::vector<std::string>& dimensions, const Attributes& attributes = {});

  // A dataset that is larger than memory: made by begin, filled by hyperslabs, which do not overlap. A chunk
  // (Storage::chunk) stays in memory until it is full. What is never written reads as the fill value, or 0.
  template <class T>
  void begin(const std::string& name, const std::vector<std::string>& dimensions, const Attributes& attributes = {},
             const Storage& storage = {});
  template <class T>
  void write_slab(const std::string& name, const std::vector<std::size_t>& offset,
                  const std::vector<std::size_t>& count, std::span<const T> values);
  template <class T>
  void append(const std::string& name, std::span<const T> values);

  // Of chunks that are full and not in the file yet, at most.
  static std::size_t most_bytes_under_way(int threads);

  // Closes, re-opens and compares every dataset with what was written, then renames (io/base/atomic_file.hpp).
  // `progress`: told after each part that was compared, of how many.
  void commit(const std::function<void(std::size_t done, std::size_t parts)>& progress = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A file of ours or of others, read as hostile: all of it is read in a child process
// that may die (FORMATS 9), extents are bounded before anything is allocated, links to other files are not
// followed.
class ResultReader {
 public:
  struct Dataset {
    std::string name;                     // "score/mean"; no leading slash
    std::vector<std::size_t> shape;       // empty: scalar
    std::vector<std::string> dimensions;  // per axis, "" where no scale is attached
    enum class Kind : std::uint8_t { kNumber, kString, kOther } kind = Kind::kOther;
    std::string type;        // "float64", "uint8", "string", ...
    bool scale = false;      // a dimension scale
    bool anonymous = false;  // a dimension without coordinate values
    std::size_t size() const;
  };

  // Throws Error: kInputMissing, kPermission, kBadData.
  explicit ResultReader(const std::string& path);
  ~ResultReader();
  ResultReader(const ResultReader&) = delete;
  ResultReader& operator=(const ResultReader&) = delete;

  const std::string& path() const;
  std::string format() const;  // "" where the file has none
  int version() const;         // 0 where the file has none

  const std::vector<Dataset>& datasets() const;           // in the order of creation, groups depth first
  const Dataset* find(const std::string& name) const;     // nullptr where there is none
  const Dataset& require(const std::string& name) const;  // kBadData where there is none

  // Any numeric dataset; 64-bit integers beyond 2^53 are rounded. kBadData for others.
  std::vector<double> numbers(const std::string& name) const;
  std::vector<std::uint64_t> counts(const std::string& name) const;   // unsigned integers, exact
  std::vector<std::int64_t> integers(const std::string& name) const;  // integers, exact
  std::vector<double> slab(const std::string& name, const std::vector<std::size_t>& offset,
                           const std::vector<std::size_t>& count) const;
  const std::vector<std::string>& strings(const std::string& name) const;

  // What an element holds that was not measured, as numbers() gives it; none where every number counts.
  std::optional<double> fill_value(const std::string& name) const;

  // Attributes of an object ("" = the root); integers come as int64 (an unsigned one beyond 2^63 - 1 as double), reals
  // as double.
  const Attributes& attributes(const std::string& object) const;
  const AttributeValue* attribute(const std::string& object, const std::string& name) const;
  std::string text_attribute(const std::string& object, const std::string& name) const;  // "" where there is none

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace balassa
