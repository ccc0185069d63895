// Rows that come again: those of a cell that an earlier row has filled, and the columns in which the two differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/panel/code_table.hpp"
#include "io/text/csv_reader.hpp"

namespace balassa {

// Rows are known by their cell and by the columns that rows are added over (the partner of a bilateral file). A row
// with the same of both as an earlier one repeats it. All rows are watched while they are few; then those of a sample
// of the cells, drawn by a hash of the cell, which halves when it is full. So the memory is bounded, and a repeat of
// many rows is found in a file of any size.
class RepeatedRows {
 public:
  // At most `watched` rows are kept in memory.
  explicit RepeatedRows(std::size_t watched = std::size_t{1} << 15) : watched_(watched) {}

  // A file begins. `added_over`: columns that tell apart rows which are added by definition; `described`: columns that
  // say what a row's cell and value are.
  void begin_file(const std::vector<std::string>& header, const std::vector<std::size_t>& added_over,
                  const std::vector<std::size_t>& described);

  // A row of `cell`, which is at `origin`.
  void see(const CsvReader& reader, std::uint64_t cell, std::uint64_t origin, double value) {
    const std::uint64_t hash = cell * 0x9E3779B97F4A7C15ULL;  // 2^64 / golden ratio
    if ((hash >> 32 & mask_) == 0) look(reader, hash, origin, value);
  }

  // The first repeat, and how many there were among the watched rows.
  struct Repeat {
    std::uint64_t count = 0, first_origin = 0, origin = 0;
    std::uint64_t same_value = 0;  // of `count`
    std::string added_over;        // "j 156", of the first repeat
  };
  const Repeat& repeat() const { return repeat_; }

  // A column in which repeats differ from the first row, with up to four of its texts: the first row's comes first.
  struct Difference {
    std::string column;
    std::vector<std::string> texts;
    std::size_t distinct;  // texts that were found
  };
  // In the order of the header. Columns of measures (fractions, or more than half of
  // the texts distinct) are left out; of columns that
  // divide the rows alike, such as a code and its description, one is named.
  std::vector<Difference> differences() const;

 private:
  static constexpr std::size_t kDescribedRows = std::size_t{1} << 14;  // of which the texts are kept
  static constexpr std::size_t kTexts = 4096;                          // a column with more holds measures
  static constexpr std::uint64_t kCompared = std::uint64_t{1} << 19;   // repeats that are looked at column by column
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct Column {
    std::string name;
    CodeTable texts;
    std::vector<std::uint32_t> examples;
    std::uint64_t pattern = 0;  // of the texts by first appearance, over all described and compared rows
    bool measures = false;
  };
  struct Watched {
    std::uint64_t cell_hash, origin;
    double value;
    std::uint32_t row;  // in rows_; kNone: not described
  };

  void look(const CsvReader& reader, std::uint64_t cell_hash, std::uint64_t origin, double value);
  std::uint32_t text_of(const CsvReader& reader, std::size_t column);
  void compare(const CsvReader& reader, std::uint32_t row);

  std::size_t watched_;
  std::uint64_t mask_ = 0;
  std::unordered_map<std::uint64_t, Watched> first_;
  std::vector<Column> columns_;
  std::vector<std::uint32_t> rows_;      // [described rows, columns_ of the first file]
  std::vector<std::size_t> place_;       // of columns_ in this file's header
  std::vector<std::size_t> added_over_;  // of this file
  std::uint64_t compared_ = 0, described_ = 0;
  Repeat repeat_;
};

}  // namespace balassa
