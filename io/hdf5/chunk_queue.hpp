// Chunks on their way into a file: packed by several threads, placed by one, in the order in which they came. So the
// bytes of the file do not depend on the number of threads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "io/hdf5/chunk_packing.hpp"

namespace balassa {

class ChunkQueue {
 public:
  struct Chunk {
    std::size_t dataset = 0;            // a number that the owner knows it by
    std::vector<std::size_t> offset;    // of its first number
    std::vector<std::byte> bytes;       // as they are in memory; packed when it is placed
    ChunkFilters filters;
    std::string hash;                   // of the packed bytes
  };

  // `place` is called in the thread of the caller. `threads`: that pack, the caller's own among them.
  ChunkQueue(int threads, std::function<void(const Chunk&)> place);
  ~ChunkQueue();  // what was not placed is lost
  ChunkQueue(const ChunkQueue&) = delete;
  ChunkQueue& operator=(const ChunkQueue&) = delete;

  // Takes a chunk. Where enough are under way it packs and places some first. Throws what `place` throws, and
  // std::bad_alloc.
  void add(Chunk chunk);
  // Places all.
  void drain();
  // Room for a chunk's bytes, taken from one that was packed.
  std::vector<std::byte> room(std::size_t bytes);

  // Of bytes under way, at most, beside one chunk.
  static std::size_t most_bytes(int threads) { return std::size_t{2 << 20} * static_cast<std::size_t>(threads); }

 private:
  enum class State { kWaiting, kTaken, kPacked };
  struct Job {
    Chunk chunk;
    std::size_t bytes = 0;  // before it was packed
    State state = State::kWaiting;
    std::exception_ptr failure;
  };
  void work();
  void pack(Job& job, ChunkPacker& packer);
  Job* take();         // the first that waits, null: none; with the lock held
  void place_first();  // packs it, or others meanwhile

  std::function<void(const Chunk&)> place_;
  std::size_t most_;
  ChunkPacker packer_;  // the caller's
  std::mutex mutex_;
  std::condition_variable waiting_, packed_;
  std::deque<std::unique_ptr<Job>> jobs_;
  std::size_t under_way_ = 0;  // bytes of them
  std::vector<std::vector<std::byte>> rooms_;
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace balassa
