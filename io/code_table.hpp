// Codes as strings -> dense indices in order of first appearance.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace balassa {

// Open addressing over XXH3 with a memo of the last code, since rows come sorted by most of their columns. Amortised
// O(1); indices never change.
class CodeTable {
 public:
  CodeTable();

  // Index of `code`, which is added if it is new; `size()` grew by one then.
  std::uint32_t index(std::string_view code) {
    if (code == last_code_ && last_index_ != kNone) return last_index_;
    return look_up(code);
  }

  std::size_t size() const { return codes_.size(); }
  const std::string& code(std::size_t index) const { return codes_[index]; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t index = kNone;
  };
  std::uint32_t look_up(std::string_view code);
  void grow();

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::vector<std::string> codes_;
  std::string last_code_;
  std::uint32_t last_index_ = kNone;
};

}  // namespace balassa
