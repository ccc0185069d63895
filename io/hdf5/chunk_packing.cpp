#include "io/hdf5/chunk_packing.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace balassa {
namespace {

constexpr int kLevel = 1;

// All first bytes of the numbers, then all second ones, and so on.
void shuffle(std::span<const std::byte> chunk, std::size_t element, std::vector<std::byte>& to) {
  const std::size_t numbers = chunk.size() / element;
  to.resize(chunk.size());
  constexpr std::size_t kBlock = 4096;  // numbers, which stay in the fastest cache
  for (std::size_t from = 0; from < numbers; from += kBlock) {
    const std::size_t end = std::min(numbers, from + kBlock);
    for (std::size_t byte = 0; byte < element; ++byte) {
      std::byte* plane = to.data() + byte * numbers;
      for (std::size_t i = from; i < end; ++i) plane[i] = chunk[i * element + byte];
    }
  }
}

}  // namespace

std::uint32_t fletcher32(std::span<const std::byte> bytes) {
  constexpr std::size_t kWords = 360;  // whose sums fit 32 bits
  const auto fold = [](std::uint32_t sum) { return (sum & 0xffff) + (sum >> 16); };
  std::uint32_t first = 0, second = 0;
  std::size_t at = 0;
  for (std::size_t words = bytes.size() / 2; words > 0;) {
    const std::size_t some = std::min(words, kWords);
    words -= some;
    for (std::size_t i = 0; i < some; ++i, at += 2) {
      first += std::to_integer<std::uint32_t>(bytes[at]) << 8 | std::to_integer<std::uint32_t>(bytes[at + 1]);
      second += first;
    }
    first = fold(first);
    second = fold(second);
  }
  if (at < bytes.size()) {
    first = first + (std::to_integer<std::uint32_t>(bytes[at]) << 8);
    second = fold(second + first);
    first = fold(first);
  }
  return fold(second) << 16 | fold(first);
}

ChunkPacker::ChunkPacker() : compressor_(libdeflate_alloc_compressor(kLevel)) {
  if (compressor_ == nullptr) throw std::bad_alloc();
}

ChunkPacker::~ChunkPacker() {
  libdeflate_free_compressor(compressor_);
}

std::vector<std::byte> ChunkPacker::pack(std::span<const std::byte> chunk, const ChunkFilters& filters) {
  if (filters.shuffle && filters.element > 1) {
    shuffle(chunk, filters.element, shuffled_);
    chunk = shuffled_;
  }
  std::vector<std::byte> packed;
  std::size_t length = chunk.size();
  if (filters.deflate) {
    packed.resize(libdeflate_zlib_compress_bound(compressor_, chunk.size()) + sizeof(std::uint32_t));
    length = libdeflate_zlib_compress(compressor_, chunk.data(), chunk.size(), packed.data(), packed.size());
  } else {
    packed.resize(chunk.size() + sizeof(std::uint32_t));
    std::memcpy(packed.data(), chunk.data(), chunk.size());
  }
  const std::uint32_t sum = fletcher32({packed.data(), length});
  for (unsigned byte = 0; byte < sizeof sum; ++byte) packed[length + byte] = static_cast<std::byte>(sum >> 8 * byte);
  packed.resize(length + sizeof sum);
  return packed;
}

}  // namespace balassa
