// Certified and double precision give the same ranks and classes, scenario by scenario, on the world panel of 2017; the
// share that is not certified is reported.
#include <gtest/gtest.h>

#include <cstdio>

#include "host/panel/year_selection.hpp"
#include "kernels/device.hpp"
#include "tests/real/real_data.hpp"

namespace balassa {
namespace {

constexpr std::uint64_t kReplicates = 100'000, kTogether = 50;  // a difference can't hide in the sum of so few

TEST(Certified, GivesTheRanksAndClassesOfDouble) {
  const std::string file = real::data_folder() + "/world-hs07-1962-1980-2017/ots_hs07_4_world.csv.gz";
  BALASSA_REQUIRE_FILE(file);
  const Panel panel = real::panel_from_rows(real::read_rows(file));
  const SelectedYear selected = select_year(panel, 2);
  CellStudy study;
  study.year = &selected.year;
  study.resampling.weights = Weights::kMultinomial;
  study.product_tallies = false;
  study.classes = {{{3, 4}, {4, 5}}, {{Split::Kind::kMedian, 0}, {Split::Kind::kMean, 0}}, {1000, 1800, 2500}, false};
  const auto device = make_device("cpu", {});
  study.precision = Precision::kCertified;
  const auto certified = device->make_resident(study);
  study.precision = Precision::kDouble;
  const auto in_double = device->make_resident(study);
  std::uint64_t left_out = 0, fp64 = 0, valid = 0, compared = 0;
  for (std::uint64_t first = 1; first <= kReplicates; first += kTogether) {
    certified->run(first, kTogether, nullptr, nullptr);
    in_double->run(first, kTogether, nullptr, nullptr);
    const Tallies a = certified->collect(), b = in_double->collect();
    valid += a.validity[0];
    fp64 += a.certification[static_cast<std::size_t>(Certification::kFp64)];
    const std::uint64_t uncertain = a.certification[static_cast<std::size_t>(Certification::kNotCertified)] +
                                    b.certification[static_cast<std::size_t>(Certification::kNotCertified)];
    left_out += uncertain;
    EXPECT_EQ(a.validity, b.validity) << first;
    if (uncertain > 0) continue;
    ++compared;
    ASSERT_EQ(a.rank, b.rank) << "replicates from " << first;
    ASSERT_EQ(a.class_count, b.class_count) << "replicates from " << first;
    ASSERT_EQ(a.in_p1, b.in_p1) << "replicates from " << first;
  }
  std::printf("%llu scenarios: %llu valid, %llu needed fp64, %llu not certified; %llu groups of %llu compared\n",
              static_cast<unsigned long long>(kReplicates), static_cast<unsigned long long>(valid),
              static_cast<unsigned long long>(fp64), static_cast<unsigned long long>(left_out),
              static_cast<unsigned long long>(compared), static_cast<unsigned long long>(kTogether));
  EXPECT_GT(compared, kReplicates / kTogether * 9 / 10);
}

}  // namespace
}  // namespace balassa
