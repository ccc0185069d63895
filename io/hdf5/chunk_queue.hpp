// Chunks on their way into a file: packed by several threads, placed by one.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "io/base/ordered_work.hpp"
#include "io/hdf5/chunk_packing.hpp"

namespace balassa {

class ChunkQueue {
 public:
  struct Chunk {
    std::size_t dataset = 0;          // a number that the owner knows it by
    std::vector<std::size_t> offset;  // of its first number
    std::vector<std::byte> bytes;     // as they are in memory; packed when it is placed
    ChunkFilters filters;
    std::string hash;  // of the packed bytes
  };

  // `place` is called in the thread of the caller. `threads`: that pack, the caller's own among them.
  ChunkQueue(int threads, std::function<void(const Chunk&)> place);

  // Takes a chunk. Where enough are under way it packs and places some first. Throws what `place` throws, and
  // std::bad_alloc.
  void add(Chunk chunk);
  // Places all.
  void drain() { work_.drain(); }
  // Room for a chunk's bytes, taken from one that was packed.
  std::vector<std::byte> room(std::size_t bytes);

  // Of bytes under way, at most, beside one chunk.
  static std::size_t most_bytes(int threads) { return (std::size_t{2} << 20) * static_cast<std::size_t>(threads); }

 private:
  void pack(Chunk& chunk, ChunkPacker& packer);

  std::mutex mutex_;  // of the rooms
  std::vector<std::vector<std::byte>> rooms_;
  std::vector<ChunkPacker> packers_;  // one a thread
  OrderedWork<Chunk> work_;
};

}  // namespace balassa
