#include "io/panel/cell_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "io/base/error.hpp"

namespace balassa {
namespace {

constexpr std::uint32_t kFirstSlots = 16;  // of a row
constexpr std::size_t kMoreRows = 64;      // rows of a year are made so many at once

}  // namespace

CellTable::CellTable(std::size_t dense_limit, std::size_t memory_limit, bool keep_origins)
    : dense_limit_(dense_limit), memory_limit_(memory_limit), keep_origins_(keep_origins) {}

void CellTable::account(std::size_t more) {
  if (bytes_ + more > memory_limit_) {
    throw Error(
        ExitCode::kOutOfMemory,
        fmt::format("import: found a panel that needs {:.2f} GB while it is read, expected at most {:.2f} GB (what is "
                    "free, or --memory); keep fewer years, locations or products, or use a larger machine",
                    static_cast<double>(bytes_ + more) / 1e9, static_cast<double>(memory_limit_) / 1e9));
  }
  bytes_ += more;
}

// Gives the year a slab that holds the cell, with room to spare; false where that goes sparse.
bool CellTable::make_room(std::uint32_t year, std::uint32_t location, std::uint32_t product) {
  if (year >= slabs_.size()) slabs_.resize(year + 1);
  Slab& old = slabs_[year];
  Slab wider;
  // The other years tell how many codes there will be; a slab that turns out too small grows by half.
  for (const Slab& slab : slabs_) {
    wider.locations = std::max(wider.locations, slab.locations);
    wider.products = std::max(wider.products, slab.products);
  }
  const auto room = [](std::size_t have, std::size_t need) {
    return need <= have ? have : (std::max(need, have + have / 2) + 15) / 16 * 16;
  };
  wider.locations = room(wider.locations, location + std::size_t{1});
  wider.products = room(wider.products, product + std::size_t{1});
  const std::size_t cell_bytes = sizeof(double) + (keep_origins_ ? sizeof(std::uint64_t) : 0);
  const std::size_t need = wider.locations * wider.products * cell_bytes;
  const std::size_t have = old.value.size() * cell_bytes;
  if (bytes_ + need > dense_limit_) {  // old and new exist together while the one is copied
    make_sparse();
    return false;
  }
  account(need);
  wider.value.assign(wider.locations * wider.products, kUnseen);
  if (keep_origins_) wider.origin.assign(wider.value.size(), 0);
  for (std::size_t row = 0; row < old.locations; ++row) {
    const auto from = static_cast<std::ptrdiff_t>(row * old.products),
               to = static_cast<std::ptrdiff_t>(row * wider.products);
    const auto length = static_cast<std::ptrdiff_t>(old.products);
    std::copy_n(old.value.begin() + from, length, wider.value.begin() + to);
    if (keep_origins_) std::copy_n(old.origin.begin() + from, length, wider.origin.begin() + to);
  }
  bytes_ -= have;
  old = std::move(wider);
  return true;
}

void CellTable::make_sparse() {
  sparse_ = true;
  for (std::uint32_t year = 0; year < slabs_.size(); ++year) {
    Slab& slab = slabs_[year];
    for (std::size_t cell = 0; cell < slab.value.size(); ++cell) {
      if (slab.value[cell] == kUnseen) continue;
      add_sparse(year, static_cast<std::uint32_t>(cell / slab.products),
                 static_cast<std::uint32_t>(cell % slab.products), slab.value[cell],
                 keep_origins_ ? slab.origin[cell] : 0);
    }
    bytes_ -= slab.value.size() * sizeof(double) + slab.origin.size() * sizeof(std::uint64_t);
    slab = Slab{};
  }
}

void CellTable::make_row(std::uint32_t year, std::uint32_t location) {
  if (year >= rows_.size()) rows_.resize(year + std::size_t{1});
  std::vector<SparseRow>& rows = rows_[year];
  const std::size_t count = (location + kMoreRows) / kMoreRows * kMoreRows;
  account((count - rows.size()) * sizeof(SparseRow));
  rows.resize(count);
}

void CellTable::grow(SparseRow& row) {
  SparseRow wider;
  wider.slots = std::max(kFirstSlots, 2 * row.slots);
  const std::size_t slot_bytes = sizeof(Entry) + (keep_origins_ ? sizeof(std::uint64_t) : 0);
  account(wider.slots * slot_bytes);  // old and new exist together while the one is copied
  wider.entries = std::make_unique<Entry[]>(wider.slots);
  if (keep_origins_) wider.origin = std::make_unique<std::uint64_t[]>(wider.slots);
  for (std::uint32_t i = 0; i < row.slots; ++i) {
    if (row.entries[i].value == kUnseen) continue;
    const std::uint32_t slot = wider.slot_of(row.entries[i].product);
    wider.entries[slot] = row.entries[i];
    if (keep_origins_) wider.origin[slot] = row.origin[i];
  }
  wider.used = row.used;
  bytes_ -= row.slots * slot_bytes;
  row = std::move(wider);
}

void CellTable::take_year(std::uint32_t year, const Visit& visit) {
  if (sparse_) {
    if (year >= rows_.size()) return;
    const std::vector<SparseRow> rows = std::move(rows_[year]);
    rows_[year].clear();
    for (std::uint32_t location = 0; location < rows.size(); ++location) {
      for (std::uint32_t slot = 0; slot < rows[location].slots; ++slot) {
        const Entry& entry = rows[location].entries[slot];
        if (entry.value != kUnseen) visit(location, entry.product, entry.value);
      }
    }
    return;
  }
  if (year >= slabs_.size()) return;
  Slab slab = std::move(slabs_[year]);
  slabs_[year] = Slab{};
  for (std::size_t cell = 0; cell < slab.value.size(); ++cell) {
    if (slab.value[cell] == kUnseen) continue;
    visit(static_cast<std::uint32_t>(cell / slab.products), static_cast<std::uint32_t>(cell % slab.products),
          slab.value[cell]);
  }
}

}  // namespace balassa
