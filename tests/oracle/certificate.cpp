// The certificate on a trade-like panel: what a second correction decides, so that hardly anything needs a solve in
// double precision, and that what it decides is what double precision finds.
#include <gtest/gtest.h>

#include "host/panel/synthetic_panel.hpp"
#include "host/panel/year_selection.hpp"
#include "kernels/device.hpp"

namespace balassa {
namespace {

Tallies tallies_of(const Year& year, Precision precision, Weights weights, std::uint64_t replicates) {
  CellStudy study;
  study.year = &year;
  study.precision = precision;
  study.resampling.weights = weights;
  study.classes = {{{3, 4}}, {{Split::Kind::kMedian, 0}}, {1000, 1800}, false};
  const auto resident = make_device("cpu", {})->make_resident(study);
  resident->run(1, replicates, nullptr, nullptr);
  return resident->collect();
}

// The first correction leaves 2 to 5 % undecided at 240 x 1240, the second fewer than one in 1,000.
TEST(Certificate, HardlyAnyScenarioNeedsDoublePrecision) {
  constexpr std::uint64_t kReplicates = 1000;
  const SelectedYear selected = select_year(
      synthetic_panel({.locations = 240, .products = 1240, .years = {2017}, .seed = 3, .density = 0.15, .regions = 0})
          .panel,
      0);
  for (const Weights weights : {Weights::kMultinomial, Weights::kBayesian}) {
    const Tallies certified = tallies_of(selected.year, Precision::kCertified, weights, kReplicates);
    const auto count = [&](Certification how) { return certified.certification[static_cast<std::size_t>(how)]; };
    EXPECT_EQ(certified.validity[0], kReplicates);
    EXPECT_LE(count(Certification::kFp64), kReplicates / 100);
    EXPECT_EQ(count(Certification::kNotCertified), 0u);
    const Tallies in_double = tallies_of(selected.year, Precision::kDouble, weights, kReplicates);
    EXPECT_EQ(certified.rank, in_double.rank);
    EXPECT_EQ(certified.in_p1, in_double.in_p1);
    EXPECT_EQ(certified.class_count, in_double.class_count);
  }
}

}  // namespace
}  // namespace balassa
