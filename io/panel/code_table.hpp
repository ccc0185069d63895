// Codes as strings -> dense indices in order of first appearance.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace balassa {

// Open addressing with a memo of the last code, since rows come sorted by most of their columns. Codes of up to eight
// bytes are compared as one number, without a look at the string. Amortised O(1); indices never change.
class CodeTable {
 public:
  CodeTable();

  // Index of `code`, which is added if it is new; `size()` grew by one then.
  std::uint32_t index(std::string_view code) {
    const std::uint64_t key = key_of(code);
    if (key == last_.key && code.size() == last_.length && code.size() <= kShort) return last_.index;
    return look_up(code, key);
  }

  std::size_t size() const { return codes_.size(); }
  const std::string& code(std::size_t index) const { return codes_[index]; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::size_t kShort = 8;
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t length = kNone;
    std::uint32_t index = kNone;
  };

  // Together with the length, all of a short code; the XXH3 hash of a longer one.
  static std::uint64_t key_of(std::string_view code) {
    const std::size_t length = code.size();
    if (length > kShort) return long_key(code);
    const char* const text = code.data();
    if (length >= 4) {  // two halves, which may overlap
      std::uint32_t low, high;
      std::memcpy(&low, text, 4);
      std::memcpy(&high, text + length - 4, 4);
      return low | static_cast<std::uint64_t>(high) << 32;
    }
    if (length == 0) return 0;
    const auto byte = [text](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(text[i])); };
    return byte(0) | byte(length / 2) << 8 | byte(length - 1) << 16;
  }
  static std::uint64_t long_key(std::string_view code);
  std::size_t first_slot(std::uint64_t key) const {
    // Fibonacci hashing: the high bits of a product with 2^64 / golden ratio.
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15ULL) >> 32) & (slots_.size() - 1);
  }
  std::uint32_t look_up(std::string_view code, std::uint64_t key);
  void grow();

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::vector<std::string> codes_;
  Slot last_;
};

}  // namespace balassa
