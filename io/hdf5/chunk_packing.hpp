// A chunk as HDF5's own filters would store it: bytes shuffled, deflated, and a Fletcher checksum behind them (HDF5
// file format specification, filters 2, 1 and 3). Packed here, chunks are packed in parallel, which HDF5 is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

struct libdeflate_compressor;

namespace balassa {

struct ChunkFilters {
  bool shuffle = false, deflate = false;
  std::size_t element = 1;  // bytes of a number
};

// For one thread.
class ChunkPacker {
 public:
  ChunkPacker();
  ~ChunkPacker();
  ChunkPacker(const ChunkPacker&) = delete;
  ChunkPacker& operator=(const ChunkPacker&) = delete;

  // Throws std::bad_alloc.
  std::vector<std::byte> pack(std::span<const std::byte> chunk, const ChunkFilters& filters);

 private:
  libdeflate_compressor* compressor_;
  std::vector<std::byte> shuffled_;
};

// HDF5's: of 16-bit words whose first byte is the high one.
std::uint32_t fletcher32(std::span<const std::byte> bytes);

}  // namespace balassa
