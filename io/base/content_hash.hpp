// XXH3-128 of content, as 32 hexadecimal digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace balassa {

class ContentHash {
 public:
  ContentHash();
  ~ContentHash();
  ContentHash(const ContentHash&) = delete;
  ContentHash& operator=(const ContentHash&) = delete;

  void add(const void* data, std::size_t bytes);
  // Length first, so that no two sequences of texts or arrays give the same stream of bytes.
  void add(std::string_view text);
  void add(const std::vector<std::string>& texts);
  void add(std::span<const double> values);  // every NaN counts as the same one, -0 as 0
  void add(std::span<const std::int32_t> values);
  void add(std::span<const std::uint8_t> values);

  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Of a text, without its length: what `xxh128sum` prints for a file that holds it.
std::string text_hash(std::string_view text);

// Of a file's bytes. Throws Error: kInputMissing, kPermission, kIo.
std::string file_hash(const std::string& path);

}  // namespace balassa
