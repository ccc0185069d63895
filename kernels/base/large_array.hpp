// Arrays of a resident year: on whole cache lines, since a vector load that crosses a line costs two; large ones on
// huge pages where the system gives them, since a scenario touches more small pages than the translation buffer holds.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <vector>

namespace balassa {

inline constexpr std::size_t kHugePage = std::size_t{1} << 21, kCacheLine = 64;

// What `bytes` take as a large array: whole huge pages from a quarter of one up.
constexpr std::size_t large_array_bytes(std::size_t bytes) {
  return bytes >= kHugePage / 4 ? (bytes + kHugePage - 1) / kHugePage * kHugePage : bytes;
}

template <class T>
struct LargeAllocator {
  using value_type = T;
  LargeAllocator() = default;
  template <class U>
  LargeAllocator(const LargeAllocator<U>&) {}

  T* allocate(std::size_t n) {
    const std::size_t bytes = large_array_bytes(n * sizeof(T));
    void* block = ::operator new(bytes, alignment(bytes));
    if (bytes >= kHugePage) madvise(block, bytes, MADV_HUGEPAGE);  // a wish: small pages serve as well
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t n) { ::operator delete(block, alignment(large_array_bytes(n * sizeof(T)))); }
  friend bool operator==(const LargeAllocator&, const LargeAllocator&) { return true; }

 private:
  static std::align_val_t alignment(std::size_t bytes) {
    return std::align_val_t{bytes >= kHugePage ? kHugePage : kCacheLine};
  }
};

template <class T>
using LargeArray = std::vector<T, LargeAllocator<T>>;

}  // namespace balassa
