// A thread block on one core: its threads are fibers, run in an order of their own between barriers and warp exchanges,
// so that the .cuh code can be held to the CPU's bytes where there is no GPU. Names are CUDA's. Include it before the
// code, in a file that defines BALASSA_ISA. It shows wrong logic, divergence at a barrier, memory read before it is
// written, and many a missing barrier; it says nothing about a GPU's arithmetic or memory model.
#pragma once

#include <ucontext.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

struct EmulatedIndex {
  unsigned x = 0;
};
inline EmulatedIndex threadIdx, blockDim;

namespace balassa {

class EmulatedBlock {
 public:
  EmulatedBlock(int threads, unsigned seed) : fibers_(static_cast<std::size_t>(threads)), random_(seed) {
    warps_.resize(fibers_.size() / 32);
  }

  // Runs body() once as each thread. Throws where threads wait for others that never come.
  void run(const std::function<void()>& body) {
    blockDim.x = static_cast<unsigned>(fibers_.size());
    body_ = &body;
    current_block() = this;
    for (Fiber& fiber : fibers_) {
      if (!fiber.stack) fiber.stack = std::make_unique<std::byte[]>(kStack);
      getcontext(&fiber.context);
      fiber.context.uc_stack.ss_sp = fiber.stack.get();
      // Tops of stacks that lie a power of two apart would share the lines of a cache.
      fiber.context.uc_stack.ss_size = kStack - static_cast<std::size_t>(&fiber - fibers_.data()) % 64 * 320;
      fiber.context.uc_link = nullptr;
      fiber.started = false;
      makecontext(&fiber.context, &EmulatedBlock::enter, 0);
    }
    at_barrier_ = finished_ = 0;
    for (Warp& warp : warps_) warp = {};  // all ready
    while (finished_ < fibers_.size()) {
      // Warps take turns from a place of the dice's, upwards or downwards. The threads of one hand over to each other
      // until all wait, or the dice say that it is another warp's turn.
      bool any = false;
      const std::size_t n = warps_.size(), from = random_() % n;
      down_ = (random_() & 1) != 0;
      for (std::size_t k = 0; k < n; ++k) {
        const std::size_t w = (from + (down_ ? n - k : k)) % n;
        if (warps_[w].ready == 0) continue;
        any = true;
        turn_of_warp(w);
      }
      if (!any) throw std::logic_error("threads of the block wait for others that never come");
    }
  }

  static EmulatedBlock*& current_block() {
    static EmulatedBlock* block = nullptr;
    return block;
  }

  void barrier() {
    if (++at_barrier_ == fibers_.size()) {
      at_barrier_ = 0;
      for (Warp& warp : warps_) warp.ready = kWhole;
      return;
    }
    wait();
  }

  // Every lane of the warp gives a word and sees all 32; `kind` tells exchanges apart that must not meet.
  const std::uint64_t* exchange(int kind, std::uint64_t word) {
    const std::size_t w = current_ / 32;
    Warp& warp = warps_[w];
    std::uint64_t* words = warp.word[warp.turn];
    if (warp.arrived != 0 && warp.kind != kind) throw_in_scheduler_ = true;
    warp.kind = kind;
    words[current_ % 32] = word;
    if (++warp.arrived == 32) {
      warp.arrived = 0;
      warp.turn ^= 1;
      warp.ready = kWhole;
    } else {
      wait();
    }
    if (throw_in_scheduler_) std::abort();  // lanes of a warp met in different exchanges
    return words;
  }

  std::size_t lane() const { return current_ % 32; }

 private:
  static constexpr std::size_t kStack = std::size_t{1} << 17;
  static constexpr std::uint32_t kWhole = 0xFFFFFFFFu;
  static constexpr unsigned kMostTurns = 2048;  // of a warp's threads before another warp may come
  using Place = void* [5];                      // to jump to
  struct Fiber {
    ucontext_t context;  // to start in
    Place resume;
    bool started = false;
    std::unique_ptr<std::byte[]> stack;
  };
  struct Warp {
    std::uint32_t ready = kWhole;  // lanes that wait for nobody
    std::uint64_t word[2][32] = {};
    int turn = 0, arrived = 0, kind = 0;
  };

  static void enter() {
    EmulatedBlock& block = *current_block();
    (*block.body_)();
    ++block.finished_;
    block.leave();
  }
  // Jumps of the compiler's, which save next to nothing; a swap of contexts asks the system for the signal mask.
  [[gnu::noinline]] void turn_of_warp(std::size_t w) {
    turns_ = 1 + random_() % kMostTurns;
    current_ = 32 * w + random_() % 32;
    if (__builtin_setjmp(back_) == 0) hand_over();
  }
  [[gnu::noinline]] void wait() {
    if (__builtin_setjmp(fibers_[current_].resume) == 0) leave();
  }
  [[gnu::noinline]] void leave() {
    warps_[current_ / 32].ready &= ~(1u << current_ % 32);
    hand_over();
  }
  // To the next thread of the warp that waits for nobody, else to the scheduler.
  [[gnu::noinline]] void hand_over() {
    const std::uint32_t ready = warps_[current_ / 32].ready;
    if (ready == 0 || --turns_ == 0) __builtin_longjmp(back_, 1);
    const int lane = static_cast<int>(current_ % 32);
    const int next = down_ ? lane + 31 - std::countl_zero(std::rotl(ready, 32 - lane))
                           : lane + 1 + std::countr_zero(std::rotr(ready, lane + 1));
    current_ = current_ / 32 * 32 + static_cast<std::size_t>(next % 32);
    threadIdx.x = static_cast<unsigned>(current_);
    go_on(fibers_[current_]);
  }
  [[gnu::noinline]] void go_on(Fiber& fiber) {
    if (fiber.started) __builtin_longjmp(fiber.resume, 1);
    fiber.started = true;
    setcontext(&fiber.context);
  }

  std::vector<Fiber> fibers_;
  std::vector<Warp> warps_;
  std::minstd_rand random_;
  Place back_;
  const std::function<void()>* body_ = nullptr;
  std::size_t current_ = 0, at_barrier_ = 0, finished_ = 0;
  unsigned turns_ = 0;
  bool down_ = false;
  bool throw_in_scheduler_ = false;
};

template <class T>
std::uint64_t word_of(T x) {
  std::uint64_t word = 0;
  std::memcpy(&word, &x, sizeof x);
  return word;
}
template <class T>
T value_of(std::uint64_t word) {
  T x;
  std::memcpy(&x, &word, sizeof x);
  return x;
}

}  // namespace balassa

inline void __syncthreads() {
  balassa::EmulatedBlock::current_block()->barrier();
}
inline std::uint32_t __ballot_sync(std::uint32_t, bool vote) {
  const std::uint64_t* words = balassa::EmulatedBlock::current_block()->exchange(1, vote ? 1 : 0);
  std::uint32_t all = 0;
  for (unsigned l = 0; l < 32; ++l) all |= static_cast<std::uint32_t>(words[l]) << l;
  return all;
}
// Either answer serves where memory is all of one kind, the same for all threads of a warp; what is aligned as tables
// are in shared memory is, every other time, what lies there.
inline bool __isShared(const void* place) {
  return reinterpret_cast<std::uintptr_t>(place) % 256 == 128;
}
inline std::size_t __cvta_generic_to_shared(const void* place) {
  return reinterpret_cast<std::size_t>(place);
}
inline void* __cvta_shared_to_generic(std::size_t place) {
  return reinterpret_cast<void*>(place);
}
template <class T>
T __shfl_xor_sync(std::uint32_t, T x, int mask) {
  balassa::EmulatedBlock& block = *balassa::EmulatedBlock::current_block();
  const std::uint64_t* words = block.exchange(32 + mask, balassa::word_of(x));
  return balassa::value_of<T>(words[block.lane() ^ static_cast<std::size_t>(mask)]);
}
template <class T>
T __shfl_up_sync(std::uint32_t, T x, int by) {
  balassa::EmulatedBlock& block = *balassa::EmulatedBlock::current_block();
  const std::uint64_t* words = block.exchange(64 + by, balassa::word_of(x));
  const std::size_t lane = block.lane(), up = static_cast<std::size_t>(by);
  return balassa::value_of<T>(words[lane < up ? lane : lane - up]);
}
template <class T>
T __shfl_sync(std::uint32_t, T x, int from) {
  return balassa::value_of<T>(balassa::EmulatedBlock::current_block()->exchange(
      96 + from, balassa::word_of(x))[static_cast<std::size_t>(from)]);
}
template <class T>
T atomicAdd(T* place, T amount) {
  const T before = *place;
  *place += amount;
  return before;
}
template <class T>
T atomicCAS(T* place, T expected, T wanted) {
  const T before = *place;
  if (before == expected) *place = wanted;
  return before;
}
// Any clock that does not run backwards.
inline long long clock64() {
  static long long ticks = 0;
  return ++ticks;
}
