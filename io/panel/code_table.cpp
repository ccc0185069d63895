#include "io/panel/code_table.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace balassa {

CodeTable::CodeTable() : slots_(1024) {}

std::uint64_t CodeTable::long_key(std::string_view code) {
  return XXH3_64bits(code.data(), code.size());
}

std::uint32_t CodeTable::look_up(std::string_view code, std::uint64_t key) {
  const auto is_code = [&](const Slot& slot) {
    return slot.key == key && slot.length == code.size() && (code.size() <= kShort || codes_[slot.index] == code);
  };
  std::size_t slot = first_slot(key);
  while (slots_[slot].index != kNone && !is_code(slots_[slot])) slot = (slot + 1) & (slots_.size() - 1);
  last_ = slots_[slot];
  if (last_.index != kNone) return last_.index;
  last_ = {key, static_cast<std::uint32_t>(code.size()), static_cast<std::uint32_t>(codes_.size())};
  slots_[slot] = last_;
  codes_.emplace_back(code);
  if (2 * codes_.size() > slots_.size()) grow();
  return last_.index;
}

void CodeTable::grow() {
  const std::vector<Slot> old = std::move(slots_);
  slots_.assign(2 * old.size(), Slot{});
  for (const Slot& entry : old) {
    if (entry.index == kNone) continue;
    std::size_t slot = first_slot(entry.key);
    while (slots_[slot].index != kNone) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = entry;
  }
}

}  // namespace balassa
