#include "io/code_table.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace balassa {

CodeTable::CodeTable() : slots_(1024) {}

std::uint32_t CodeTable::look_up(std::string_view code) {
  const std::uint64_t hash = XXH3_64bits(code.data(), code.size());
  std::size_t slot = hash & (slots_.size() - 1);
  while (slots_[slot].index != kNone && (slots_[slot].hash != hash || codes_[slots_[slot].index] != code)) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  std::uint32_t found = slots_[slot].index;
  if (found == kNone) {
    found = static_cast<std::uint32_t>(codes_.size());
    codes_.emplace_back(code);
    slots_[slot] = {hash, found};
    if (2 * codes_.size() > slots_.size()) grow();
  }
  last_code_.assign(code);
  last_index_ = found;
  return found;
}

void CodeTable::grow() {
  std::vector<Slot> larger(2 * slots_.size());
  for (const Slot& old : slots_) {
    if (old.index == kNone) continue;
    std::size_t slot = old.hash & (larger.size() - 1);
    while (larger[slot].index != kNone) slot = (slot + 1) & (larger.size() - 1);
    larger[slot] = old;
  }
  slots_ = std::move(larger);
}

}  // namespace balassa
