#include "io/base/content_hash.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>

#include "io/base/error.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace balassa {

struct ContentHash::State {
  XXH3_state_t stream;
};

namespace {

std::string hexadecimal(XXH128_hash_t hash) {
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace

ContentHash::ContentHash() : state_(std::make_unique<State>()) {
  XXH3_128bits_reset(&state_->stream);
}
ContentHash::~ContentHash() = default;

void ContentHash::add(const void* data, std::size_t bytes) {
  XXH3_128bits_update(&state_->stream, data, bytes);
}

void ContentHash::add(std::string_view text) {
  const std::uint64_t length = text.size();
  add(&length, sizeof length);
  add(text.data(), text.size());
}

void ContentHash::add(const std::vector<std::string>& texts) {
  const std::uint64_t length = texts.size();
  add(&length, sizeof length);
  for (const std::string& text : texts) add(std::string_view(text));
}

void ContentHash::add(std::span<const double> values) {
  const std::uint64_t length = values.size();
  add(&length, sizeof length);
  std::array<double, 4096> block;
  for (std::size_t first = 0; first < values.size(); first += block.size()) {
    const std::size_t count = std::min(block.size(), values.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      const double value = values[first + i];
      block[i] = std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value + 0.0;  // -0 + 0 = 0
    }
    add(block.data(), count * sizeof(double));
  }
}

void ContentHash::add(std::span<const std::int32_t> values) {
  const std::uint64_t length = values.size();
  add(&length, sizeof length);
  add(values.data(), values.size_bytes());
}

void ContentHash::add(std::span<const std::uint8_t> values) {
  const std::uint64_t length = values.size();
  add(&length, sizeof length);
  add(values.data(), values.size_bytes());
}

std::string ContentHash::hex() const {
  return hexadecimal(XXH3_128bits_digest(&state_->stream));
}

std::string text_hash(std::string_view text) {
  return hexadecimal(XXH3_128bits(text.data(), text.size()));
}

std::string file_hash(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const ExitCode code = errno == EACCES || errno == EPERM ? ExitCode::kPermission : ExitCode::kInputMissing;
    throw Error(code, fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  }
  ContentHash hash;
  std::vector<char> block(1 << 20);
  ssize_t count = 0;
  while ((count = read(descriptor, block.data(), block.size())) != 0) {
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      close(descriptor);
      throw Error(ExitCode::kIo, fmt::format("{}: cannot be read: {}", path, std::strerror(error)));
    }
    hash.add(block.data(), static_cast<std::size_t>(count));
  }
  close(descriptor);
  return hash.hex();
}

}  // namespace balassa
