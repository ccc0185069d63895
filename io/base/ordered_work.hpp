// Jobs that several threads do, taken back by one in the order in which they came: what is written does not depend on
// the number of threads.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace balassa {

template <class Job>
class OrderedWork {
 public:
  // `work` is called in any thread, of which `thread` counts `threads`; `take` in the caller's, which is one of them.
  // `most`: bytes under way, beside one job.
  OrderedWork(int threads, std::size_t most, std::function<void(Job&, std::size_t thread)> work,
              std::function<void(Job&)> take)
      : work_(std::move(work)), take_(std::move(take)), most_(most) {
    try {
      for (std::size_t t = 1; t < static_cast<std::size_t>(std::max(threads, 1)); ++t)
        threads_.emplace_back([this, t] { run(t); });
    } catch (const std::system_error&) {
      // The system gives no more threads: those that there are do the work.
    }
  }
  // What was not taken is lost.
  ~OrderedWork() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    added_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  OrderedWork(const OrderedWork&) = delete;
  OrderedWork& operator=(const OrderedWork&) = delete;

  // Where too much is under way, some is done and taken first. Throws what `work` and `take` throw, in the order of the
  // jobs.
  void add(Job job, std::size_t bytes) {
    under_way_ += bytes;
    {
      const std::lock_guard lock(mutex_);
      entries_.push_back({std::move(job), bytes, State::kWaiting, {}});
    }
    added_.notify_one();
    while (under_way_ > most_ && entries_.size() > 1) take_first();
  }
  // Takes all.
  void drain() {
    while (!entries_.empty()) take_first();
  }

 private:
  enum class State { kWaiting, kBegun, kDone };
  struct Entry {
    Job job;
    std::size_t bytes = 0;
    State state = State::kWaiting;
    std::exception_ptr failure;
  };

  // The first that waits; null: none.
  Entry* begin_one() {
    for (Entry& entry : entries_) {
      if (entry.state != State::kWaiting) continue;
      entry.state = State::kBegun;
      return &entry;
    }
    return nullptr;
  }
  void finish(Entry& entry, std::size_t thread, std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    try {
      work_(entry.job, thread);
    } catch (...) {
      entry.failure = std::current_exception();
    }
    lock.lock();
    entry.state = State::kDone;
    done_.notify_one();
  }
  void run(std::size_t thread) {
    std::unique_lock lock(mutex_);
    while (!ends_) {
      if (Entry* entry = begin_one()) {
        finish(*entry, thread, lock);
      } else {
        added_.wait(lock);
      }
    }
  }
  void take_first() {
    std::unique_lock lock(mutex_);
    while (entries_.front().state != State::kDone) {
      if (Entry* entry = begin_one()) {
        finish(*entry, 0, lock);
      } else {
        done_.wait(lock);
      }
    }
    Entry first = std::move(entries_.front());
    entries_.pop_front();
    lock.unlock();
    under_way_ -= first.bytes;
    if (first.failure) std::rethrow_exception(first.failure);
    take_(first.job);
  }

  std::function<void(Job&, std::size_t)> work_;
  std::function<void(Job&)> take_;
  std::size_t most_, under_way_ = 0;
  std::mutex mutex_;
  std::condition_variable added_, done_;
  std::deque<Entry> entries_;  // a deque: those that are worked on stay where they are
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace balassa
