// Numbers and texts to bytes and back, little-endian, for files of our own. Reading trusts nothing.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace balassa {

static_assert(std::endian::native == std::endian::little, "files of our own are little-endian");

class ByteWriter {
 public:
  template <class T>
  void put(T value) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    append(&value, sizeof value);
  }
  void text(std::string_view value) {
    put(std::uint64_t{value.size()});
    append(value.data(), value.size());
  }
  template <class T>
  void array(std::span<const T> values) {
    static_assert(std::is_arithmetic_v<T>);
    put(std::uint64_t{values.size()});
    append(values.data(), values.size_bytes());
  }
  // Seven bits a byte, low first: counters are mostly small.
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<std::byte>(value | 0x80));
    bytes_.push_back(static_cast<std::byte>(value));
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  void append(const void* data, std::size_t count) {
    if (count == 0) return;
    const std::size_t at = bytes_.size();
    bytes_.resize(at + count);
    std::memcpy(bytes_.data() + at, data, count);
  }
  std::vector<std::byte> bytes_;
};

// Bytes that end early or hold what can't be.
class BadBytes : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>
  T take() {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    T value;
    std::memcpy(&value, next(sizeof value), sizeof value);
    return value;
  }
  std::string text() {
    const std::size_t length = size(1);
    const auto* first = reinterpret_cast<const char*>(next(length));
    return std::string(first, length);
  }
  template <class T>
  std::vector<T> array() {
    const std::size_t count = size(sizeof(T));
    std::vector<T> values(count);
    const std::byte* first = next(count * sizeof(T));
    if (count > 0) std::memcpy(values.data(), first, count * sizeof(T));
    return values;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<std::uint64_t>(*next(1));
      if (shift == 63 && byte > 1) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw BadBytes("a number of more than 64 bits");
  }
  // All was read.
  void finish() const {
    if (!rest_.empty()) throw BadBytes("more bytes than belong there");
  }

 private:
  const std::byte* next(std::size_t count) {
    if (count > rest_.size()) throw BadBytes("fewer bytes than belong there");
    const std::byte* first = rest_.data();
    rest_ = rest_.subspan(count);
    return first;
  }
  std::size_t size(std::size_t element) {
    const auto count = take<std::uint64_t>();
    if (count > rest_.size() / element) throw BadBytes("a length beyond the end");
    return static_cast<std::size_t>(count);
  }
  std::span<const std::byte> rest_;
};

}  // namespace balassa
