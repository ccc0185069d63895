// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011): a random word is a function of (seed, replicate, item, purpose)
// only.
#pragma once

#include <cstdint>

#include "kernels/base/hd.hpp"

namespace balassa::inline BALASSA_ISA {

// What a draw is for; two purposes never share a counter.
enum class Purpose : std::uint32_t {
  kProductWeights = 1,
  kCellNoise = 2,
  kLocationNoise = 3,
  kProductNoise = 4,
  kStartVector = 5,
  kGapProbe = 6,
  kLocationWeights = 7,
  kSynthetic = 16,  // and above: the panel generator
};

struct Philox4 {
  std::uint32_t word[4];
};

// Ten rounds on a 128-bit counter with a 64-bit key; known answers in tests/oracle/philox.cpp.
BALASSA_HD inline Philox4 philox4x32(std::uint32_t c0, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3,
                                     std::uint32_t k0, std::uint32_t k1) {
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c0;
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * c2;
    const std::uint32_t n0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    const std::uint32_t n2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<std::uint32_t>(p1);
    c3 = static_cast<std::uint32_t>(p0);
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

// The four words of items 4 block .. 4 block + 3: key = seed, counter = (replicate, block, purpose). `attempt` numbers
// redraws of a rejected item.
BALASSA_HD inline Philox4 draw_block(std::uint64_t seed, std::uint64_t replicate, std::uint32_t block, Purpose purpose,
                                     std::uint32_t attempt = 0) {
  return philox4x32(static_cast<std::uint32_t>(replicate), static_cast<std::uint32_t>(replicate >> 32), block,
                    static_cast<std::uint32_t>(purpose) | (attempt << 16), static_cast<std::uint32_t>(seed),
                    static_cast<std::uint32_t>(seed >> 32));
}

}  // namespace balassa::inline BALASSA_ISA
