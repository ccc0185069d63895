// Gemm arithmetic on the world panel of 2017, its presence fixed: the ranks, P1 sets and classes of canonical double.
#include <gtest/gtest.h>

#include <cstdio>

#include "host/panel/year_selection.hpp"
#include "kernels/device.hpp"
#include "tests/real/real_data.hpp"

namespace balassa {
namespace {

constexpr std::uint64_t kReplicates = 2'048, kTogether = 64;  // a difference can't hide in the sum of so few

TEST(LockStep, GivesTheRanksAndClassesOfDouble) {
  const std::string file = real::data_folder() + "/world-hs07-1962-1980-2017/ots_hs07_4_world.csv.gz";
  BALASSA_REQUIRE_FILE(file);
  const Panel panel = real::panel_from_rows(real::read_rows(file));
  const SelectedYear selected = select_year(panel, 2);
  CellStudy study;
  study.year = &selected.year;
  study.resampling.recompute_presence = false;
  study.classes = {{{3, 4}, {4, 5}}, {{Split::Kind::kMedian, 0}, {Split::Kind::kMean, 0}}, {1000, 1800, 2500}, false};
  const auto device = make_device("cpu", {});
  for (const Weights weights : {Weights::kMultinomial, Weights::kBayesian}) {
    study.resampling.weights = weights;
    study.precision = Precision::kCertified;
    study.arithmetic = Arithmetic::kGemm;
    const auto gemm = device->make_resident(study);
    study.precision = Precision::kDouble;
    study.arithmetic = Arithmetic::kCanonical;
    const auto in_double = device->make_resident(study);
    std::uint64_t fp64 = 0, compared = 0;
    for (std::uint64_t first = 1; first <= kReplicates; first += kTogether) {
      gemm->run(first, kTogether, nullptr, nullptr);
      in_double->run(first, kTogether, nullptr, nullptr);
      const Tallies a = gemm->collect(), b = in_double->collect();
      fp64 += a.certification[static_cast<std::size_t>(Certification::kFp64)];
      EXPECT_EQ(a.validity, b.validity) << first;
      const std::size_t not_certified = static_cast<std::size_t>(Certification::kNotCertified);
      if (a.certification[not_certified] + b.certification[not_certified] > 0) continue;
      ++compared;
      ASSERT_EQ(a.rank, b.rank) << "replicates from " << first;
      ASSERT_EQ(a.class_count, b.class_count) << "replicates from " << first;
      ASSERT_EQ(a.in_p1, b.in_p1) << "replicates from " << first;
    }
    std::printf("%llu replicates, %llu by fp64; %llu groups of %llu compared\n",
                static_cast<unsigned long long>(kReplicates), static_cast<unsigned long long>(fp64),
                static_cast<unsigned long long>(compared), static_cast<unsigned long long>(kTogether));
    EXPECT_GT(compared, kReplicates / kTogether * 9 / 10);
    EXPECT_LT(fp64, kReplicates / 50);
  }
}

}  // namespace
}  // namespace balassa
