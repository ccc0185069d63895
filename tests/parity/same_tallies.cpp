// What a parity test says where devices differ: one message an array, with the first place, both values and how many.
#include "tests/same_tallies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>

namespace balassa {
namespace {

TEST(SameTallies, OneMessageAnArray) {
  const std::vector<int> a{1, 2, 3, 4, 5}, b{1, 2, 4, 4, 6};
  EXPECT_NONFATAL_FAILURE(expect_same_bytes(a, b, "rank"), "rank: first differs at 2: 3 and 4; 2 of 5 differ");
  std::vector<Moments> few(1240), others(1240);
  for (std::size_t p = 7; p < others.size(); ++p) others[p].count = 3;
  EXPECT_NONFATAL_FAILURE(expect_same(few, others, "moments"), "moments: first differs at 7: 0 scores, ");
  EXPECT_NONFATAL_FAILURE(expect_same(few, others, "moments"), "; 1233 of 1240 differ");
}

// Numbers that print alike, and zeros of two signs, differ in the bits that are printed beside them.
TEST(SameTallies, FloatingPointWithItsBits) {
  EXPECT_NONFATAL_FAILURE(expect_same_bytes(std::vector<double>{0.0}, std::vector<double>{-0.0}, "eci"),
                          "first differs at 0: 0 (0000000000000000) and -0 (8000000000000000); 1 of 1 differ");
  EXPECT_NONFATAL_FAILURE(expect_same_bytes(std::vector<float>{1.5f}, std::vector<float>{1.25f}, "raw"),
                          "1.5 (3fc00000) and 1.25 (3fa00000)");
}

TEST(SameTallies, EqualBytesAreSilent) {
  const double nan = std::bit_cast<double>(0x7FF8000000000000ull);
  expect_same_bytes(std::vector<double>{nan, 1.0}, std::vector<double>{nan, 1.0}, "with NaN");
  expect_same(std::vector<Moments>(1), std::vector<Moments>(1), "moments");
}

void change(std::uint64_t& count) {
  ++count;
}
void change(std::vector<std::uint64_t>& counts) {
  ++counts.back();
}
void change(SparseHistograms& histograms) {
  histograms = SparseHistograms(histograms.rows() - 1);
  histograms.put(7, 1);
  histograms.end_row();
}
void change(std::vector<Moments>& moments) {
  ++moments.back().square.high;
}
void change(Worst& worst) {
  worst.any = true;
}

// A counter of any family that differs is found, and its family named.
TEST(SameTallies, EveryFamilyIsCompared) {
  const Tallies zero = shaped_tallies({3, 4, 4, 1, 2});
  each_tally([&](const auto& family) {
    Tallies other = zero;
    change(other.*family.member);
    ::testing::TestPartResultArray found;
    {
      const ::testing::ScopedFakeTestPartResultReporter reporter(&found);
      expect_same_tallies(zero, other, "of a scenario");
    }
    ASSERT_GT(found.size(), 0) << family.name;
    EXPECT_THAT(found.GetTestPartResult(0).message(), ::testing::HasSubstr(family.name));
  });
}

}  // namespace
}  // namespace balassa
