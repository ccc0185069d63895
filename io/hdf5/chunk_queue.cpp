#include "io/hdf5/chunk_queue.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "io/base/content_hash.hpp"

namespace balassa {
namespace {

constexpr std::size_t kRooms = 16;  // kept for further chunks

}  // namespace

ChunkQueue::ChunkQueue(int threads, std::function<void(const Chunk&)> place)
    : place_(std::move(place)), most_(most_bytes(std::max(threads, 1))) {
  try {
    for (int t = 1; t < threads; ++t) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // The system gives no more threads: those that there are do the work.
  }
}

ChunkQueue::~ChunkQueue() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  waiting_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

ChunkQueue::Job* ChunkQueue::take() {
  for (const auto& job : jobs_) {
    if (job->state != State::kWaiting) continue;
    job->state = State::kTaken;
    return job.get();
  }
  return nullptr;
}

void ChunkQueue::work() {
  ChunkPacker packer;
  std::unique_lock lock(mutex_);
  while (!ends_) {
    if (Job* job = take()) {
      lock.unlock();
      pack(*job, packer);
      lock.lock();
      continue;
    }
    waiting_.wait(lock);
  }
}

void ChunkQueue::pack(Job& job, ChunkPacker& packer) {
  std::vector<std::byte> packed;
  try {
    packed = packer.pack(job.chunk.bytes, job.chunk.filters);
    job.chunk.hash = text_hash({reinterpret_cast<const char*>(packed.data()), packed.size()});
  } catch (...) {
    job.failure = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    std::swap(job.chunk.bytes, packed);
    if (rooms_.size() < kRooms) rooms_.push_back(std::move(packed));
    job.state = State::kPacked;
  }
  packed_.notify_one();
}

std::vector<std::byte> ChunkQueue::room(std::size_t bytes) {
  std::vector<std::byte> room;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(rooms_.rbegin(), rooms_.rend(),
                                    [&](const auto& some) {
      return some.capacity() >= bytes && some.capacity() <= 2 * bytes;
    });
    if (found != rooms_.rend()) {
      room = std::move(*found);
      rooms_.erase(std::next(found).base());
    }
  }
  room.resize(bytes);
  return room;
}

void ChunkQueue::add(Chunk chunk) {
  auto job = std::make_unique<Job>();
  job->bytes = chunk.bytes.size();
  job->chunk = std::move(chunk);
  under_way_ += job->bytes;
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  waiting_.notify_one();
  while (under_way_ > most_ && jobs_.size() > 1) place_first();
}

void ChunkQueue::drain() {
  while (!jobs_.empty()) place_first();
}

void ChunkQueue::place_first() {
  std::unique_lock lock(mutex_);
  Job& first = *jobs_.front();
  while (first.state != State::kPacked) {
    if (Job* job = take()) {
      lock.unlock();
      pack(*job, packer_);
      lock.lock();
    } else {
      packed_.wait(lock);
    }
  }
  const std::unique_ptr<Job> job = std::move(jobs_.front());
  jobs_.pop_front();
  under_way_ -= job->bytes;
  lock.unlock();
  if (job->failure) std::rethrow_exception(job->failure);
  place_(job->chunk);
}

}  // namespace balassa
