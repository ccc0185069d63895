// Sums of cells [year, location, product] while rows stream by.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace balassa {

// Dense slabs, one per year, while they fit `dense_limit` bytes; then a hash table for each year and location, whose
// size follows the rows instead of C x P. (One table for each, since files are sorted by them: what a run of rows
// touches stays in a core's second-level cache.) Throws Error 71 with the figure where that passes `memory_limit`. A
// cell is unseen, missing (NaN) or a sum; the sum is in the order of the rows.
class CellTable {
 public:
  // `keep_origins`: remember where each cell was first seen (8 more bytes per cell).
  CellTable(std::size_t dense_limit, std::size_t memory_limit, bool keep_origins);

  // The outcome of add(): whether the cell was there already, and if so where it was first seen.
  struct Added {
    bool again;
    std::uint64_t first_origin;  // 0 unless origins are kept
  };

  // Adds a value (NaN = missing, which a later value replaces) to a cell; indices below 2^16, 2^24, 2^24.
  Added add(std::uint32_t year, std::uint32_t location, std::uint32_t product, double value, std::uint64_t origin) {
    if (sparse_) return add_sparse(year, location, product, value, origin);
    if (year >= slabs_.size() || location >= slabs_[year].locations || product >= slabs_[year].products) {
      if (!make_room(year, location, product)) return add_sparse(year, location, product, value, origin);
    }
    Slab& slab = slabs_[year];
    const std::size_t cell = location * slab.products + product;
    const bool again = put(slab.value[cell], value);
    if (!keep_origins_) return {again, 0};
    if (!again) slab.origin[cell] = origin;
    return {again, slab.origin[cell]};
  }

  bool sparse() const { return sparse_; }
  std::size_t bytes() const { return bytes_; }

  // Hands every seen cell of one year to `visit(location, product, value)`, by location, and frees that year's cells.
  using Visit = std::function<void(std::uint32_t, std::uint32_t, double)>;
  void take_year(std::uint32_t year, const Visit& visit);

 private:
  static constexpr double kUnseen = -1.0;  // values are >= 0

  struct Slab {
    std::size_t locations = 0, products = 0;
    std::vector<double> value;
    std::vector<std::uint64_t> origin;
  };
  struct Entry {
    double value = kUnseen;
    std::uint32_t product = 0;
  };
  // The cells of a year and location; open addressing by product, at most 2/3 full.
  struct SparseRow {
    std::unique_ptr<Entry[]> entries;
    std::unique_ptr<std::uint64_t[]> origin;  // of each entry, where origins are kept
    std::uint32_t slots = 0, used = 0;        // slots: 0 or a power of two

    std::uint32_t slot_of(std::uint32_t product) const {
      // Fibonacci hashing: the high bits of a product with 2^32 / golden ratio.
      std::uint32_t slot = (product * 0x9E3779B1U) >> (std::countl_zero(slots) + 1);
      while (entries[slot].value != kUnseen && entries[slot].product != product) slot = (slot + 1) & (slots - 1);
      return slot;
    }
  };
  static bool put(double& cell, double value) {
    if (cell == kUnseen) {
      cell = value;
      return false;
    }
    if (!(value != value)) cell = cell != cell ? value : cell + value;
    return true;
  }
  Added add_sparse(std::uint32_t year, std::uint32_t location, std::uint32_t product, double value,
                   std::uint64_t origin) {
    if (year >= rows_.size() || location >= rows_[year].size()) make_row(year, location);
    SparseRow& row = rows_[year][location];
    if (3 * (row.used + 1) > 2 * row.slots) grow(row);
    const std::uint32_t slot = row.slot_of(product);
    const bool again = put(row.entries[slot].value, value);
    if (!again) {
      row.entries[slot].product = product;
      ++row.used;
    }
    if (!keep_origins_) return {again, 0};
    if (!again) row.origin[slot] = origin;
    return {again, row.origin[slot]};
  }
  bool make_room(std::uint32_t year, std::uint32_t location, std::uint32_t product);
  void make_sparse();
  void make_row(std::uint32_t year, std::uint32_t location);
  void grow(SparseRow& row);
  void account(std::size_t more);

  std::size_t dense_limit_, memory_limit_, bytes_ = 0;
  bool keep_origins_, sparse_ = false;
  std::vector<Slab> slabs_;
  std::vector<std::vector<SparseRow>> rows_;  // [year][location]
};

}  // namespace balassa
