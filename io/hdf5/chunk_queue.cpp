#include "io/hdf5/chunk_queue.hpp"

#include <algorithm>
#include <utility>

#include "io/base/content_hash.hpp"

namespace balassa {
namespace {

constexpr std::size_t kRooms = 16;  // kept for further chunks

}  // namespace

ChunkQueue::ChunkQueue(int threads, std::function<void(const Chunk&)> place)
    : packers_(static_cast<std::size_t>(std::max(threads, 1))),
      work_(
          threads, most_bytes(std::max(threads, 1)),
          [this](Chunk& chunk, std::size_t thread) { pack(chunk, packers_[thread]); }, std::move(place)) {}

void ChunkQueue::add(Chunk chunk) {
  const std::size_t bytes = chunk.bytes.size();
  work_.add(std::move(chunk), bytes);
}

void ChunkQueue::pack(Chunk& chunk, ChunkPacker& packer) {
  std::vector<std::byte> bytes = packer.pack(chunk.bytes, chunk.filters);
  chunk.hash = text_hash({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  std::swap(chunk.bytes, bytes);
  const std::lock_guard lock(mutex_);
  if (rooms_.size() < kRooms) rooms_.push_back(std::move(bytes));
}

std::vector<std::byte> ChunkQueue::room(std::size_t bytes) {
  std::vector<std::byte> room;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(rooms_.begin(), rooms_.end(), [&](const auto& some) {
      return some.capacity() >= bytes && some.capacity() <= 2 * bytes;
    });
    if (found != rooms_.end()) {
      std::swap(*found, rooms_.back());
      room = std::move(rooms_.back());
      rooms_.pop_back();
    }
  }
  room.resize(bytes);
  return room;
}

}  // namespace balassa
