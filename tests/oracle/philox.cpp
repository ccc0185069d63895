// Philox4x32-10 against the published known answers and, where the package is there, Random123 itself.
#include "kernels/base/philox.hpp"

#include <gtest/gtest.h>

#if __has_include(<Random123/philox.h>)
#include <Random123/philox.h>
#undef philox4x32  // its macro of our function's name
#define BALASSA_HAS_RANDOM123 1
#endif

namespace balassa {
namespace {

void expect_words(const Philox4& found, std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  EXPECT_EQ(found.word[0], a);
  EXPECT_EQ(found.word[1], b);
  EXPECT_EQ(found.word[2], c);
  EXPECT_EQ(found.word[3], d);
}

TEST(Philox, KnownAnswers) {  // Random123 1.14, kat_vectors, philox4x32 10
  expect_words(philox4x32(0, 0, 0, 0, 0, 0), 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
  constexpr std::uint32_t kOnes = 0xffffffff;
  expect_words(philox4x32(kOnes, kOnes, kOnes, kOnes, kOnes, kOnes), 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
  expect_words(philox4x32(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0), 0xd16cfe09,
               0x94fdcceb, 0x5001e420, 0x24126ea1);
}

TEST(Philox, AgreesWithRandom123) {
#if defined(BALASSA_HAS_RANDOM123)
  for (std::uint32_t i = 0; i < 100000; ++i) {
    const r123::Philox4x32::ctr_type counter = {{i, ~i, i * 7919u, 3u}};
    const r123::Philox4x32::key_type key = {{i ^ 0x5555u, 42u}};
    const auto expected = r123::Philox4x32()(counter, key);
    expect_words(philox4x32(i, ~i, i * 7919u, 3u, i ^ 0x5555u, 42u), expected[0], expected[1], expected[2],
                 expected[3]);
  }
#else
  GTEST_SKIP() << "Random123 is not installed (librandom123-dev)";
#endif
}

// Two purposes, replicates or attempts never share a counter.
TEST(Philox, CountersAreApart) {
  const Philox4 base = draw_block(1, 2, 3, Purpose::kProductWeights);
  for (const Philox4& other :
       {draw_block(1, 2, 3, Purpose::kCellNoise), draw_block(1, 3, 3, Purpose::kProductWeights),
        draw_block(1, 2, 4, Purpose::kProductWeights), draw_block(1, 2, 3, Purpose::kProductWeights, 1),
        draw_block(2, 2, 3, Purpose::kProductWeights), draw_block(1, 2 + (1ull << 32), 3, Purpose::kProductWeights)}) {
    EXPECT_NE(base.word[0], other.word[0]);
  }
}

}  // namespace
}  // namespace balassa
