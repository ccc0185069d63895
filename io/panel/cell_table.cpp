#include "io/panel/cell_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "io/base/error.hpp"

namespace balassa {
namespace {

constexpr std::uint64_t kNoKey = ~std::uint64_t{0};

std::uint64_t key_of(std::uint64_t year, std::uint64_t location, std::uint64_t product) {
  return year << 48 | location << 24 | product;
}

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
  rehash(1 << 16);
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

std::size_t CellTable::slot_of(std::uint64_t key) const {
  // Fibonacci hashing: the high bits of a product with 2^64 / golden ratio.
  std::size_t slot = ((key * 0x9E3779B97F4A7C15ULL) >> 20) & (entries_.size() - 1);
  while (entries_[slot].key != kNoKey && entries_[slot].key != key) slot = (slot + 1) & (entries_.size() - 1);
  return slot;
}

void CellTable::rehash(std::size_t slots) {
  const std::size_t slot_bytes = sizeof(Entry) + (keep_origins_ ? sizeof(std::uint64_t) : 0);
  account(slots * slot_bytes);
  std::vector<Entry> old = std::move(entries_);
  std::vector<std::uint64_t> old_origin = std::move(entry_origin_);
  entries_.assign(slots, {kNoKey, kUnseen});
  entry_origin_.assign(keep_origins_ ? slots : 0, 0);
  for (std::size_t i = 0; i < old.size(); ++i) {
    if (old[i].key == kNoKey) continue;
    const std::size_t slot = slot_of(old[i].key);
    entries_[slot] = old[i];
    if (keep_origins_) entry_origin_[slot] = old_origin[i];
  }
  bytes_ -= old.size() * slot_bytes;
}

CellTable::Added CellTable::add_sparse(std::uint32_t year, std::uint32_t location, std::uint32_t product, double value,
                                       std::uint64_t origin) {
  if (3 * (used_ + 1) > 2 * entries_.size()) rehash(2 * entries_.size());
  const std::uint64_t key = key_of(year, location, product);
  const std::size_t slot = slot_of(key);
  if (entries_[slot].key == kNoKey) {
    entries_[slot].key = key;
    ++used_;
  }
  const bool again = put(entries_[slot].value, value);
  if (!keep_origins_) return {again, 0};
  if (!again) entry_origin_[slot] = origin;
  return {again, entry_origin_[slot]};
}

void CellTable::take_year(std::uint32_t year, const Visit& visit) {
  if (sparse_) {
    for (const Entry& entry : entries_) {
      if (entry.key == kNoKey || entry.key >> 48 != year) continue;
      constexpr std::uint64_t kIndex = (1 << 24) - 1;
      visit(static_cast<std::uint32_t>(entry.key >> 24 & kIndex), static_cast<std::uint32_t>(entry.key & kIndex),
            entry.value);
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
