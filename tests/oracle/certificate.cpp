// The certificate: what it leaves undecided, on both sides of every bound (its ranks in whole scenarios:
// tests/oracle/spectrum.cpp); and on a trade-like panel what a second correction decides, so that hardly anything needs
// a solve in double precision, and that what it decides is what double precision finds.
#include "kernels/scenario/certificate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "host/panel/synthetic_panel.hpp"
#include "host/panel/year_selection.hpp"
#include "kernels/base/workspace.hpp"
#include "kernels/cpu/cpu_team.hpp"
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

// Four locations and four products, all decided, with an eigenvector within 1e-8 of the truth. Every location has d = 4
// and lambda_2 = 1/2, so that two raw scores must be apart by more than 2 (1/2) 1e-8 / sqrt(4) = 5e-9, and PCI by more
// than 2e-8 / sqrt(4) / deviation = 2e-8 at a deviation of a half.
class Undecided : public testing::Test {
 protected:
  static constexpr double kRaw = 5e-9, kPci = 2e-8, kSlightly = 1e-3;
  Undecided() {
    study_.locations = study_.products = 4;
    study_.padded_locations = study_.padded_products = padded(4);
    study_.quantiles = study_.splits = study_.cuts = 1;
    study_.cut[0] = 1800;
    Arena measure;
    carve_workspace(measure, measure, {}, 4, 4, 1);
    block_.resize(measure.used() + 64);
    void* aligned = block_.data();
    std::size_t room = block_.size();
    Arena place(static_cast<std::byte*>(std::align(64, measure.used(), aligned, room)));
    work_ = carve_workspace(place, place, {}, 4, 4, 1);
    *work_.outcome = Outcome{};
    work_.outcome->rows = 4;
    work_.outcome->gap = 0.1;
    work_.outcome->residual = 1e-9;
    work_.outcome->lambda2 = work_.outcome->deviation = 0.5;
    work_.outcome->product_deviation = 5.0;
    work_.row_inv_sqrt_d = work_.inv_sqrt_d;
    work_.split_value[0] = 50;
    std::fill_n(work_.inv_sqrt_d, study_.padded_locations, 0.0);
    for (int i = 0; i < 4; ++i) {
      work_.order[i] = i;
      work_.raw[i] = 1.0 - 0.5 * i;
      work_.diversity[i] = 4;
      work_.inv_sqrt_d[i] = 0.5;
      work_.share[i] = 10 + i;
      work_.hhi[i] = 1000;
    }
    set_pci({2, 1, -1, -2});
  }
  // Falling; the upper two are P1.
  void set_pci(const std::vector<double>& pci) {
    std::copy(pci.begin(), pci.end(), work_.pci);
    work_.p1_cut[0] = -pci[1];
    work_.p1_cut[1] = -pci[2];
  }
  double count() {
    CpuTeam<PlainProduct> team(work_);
    return count_undecided(team, study_, Draw{}, work_);
  }
  StudyView study_{};
  Workspace work_{};

 private:
  std::vector<std::byte> block_;
};

TEST_F(Undecided, WithoutAGapEverything) {
  EXPECT_EQ(count(), 0);
  work_.outcome->gap = 0;
  EXPECT_GT(count(), 0);
}

TEST_F(Undecided, RanksWithinTheBound) {
  const auto at = [&](double distance) {
    work_.raw[2] = work_.raw[1] - distance;
    return count();
  };
  const double tie = kTie * work_.outcome->deviation;
  EXPECT_EQ(at(tie + kRaw * (1 + kSlightly)), 0);
  EXPECT_EQ(at(tie + kRaw * (1 - kSlightly)), 1);
  EXPECT_EQ(at(tie), 1);
  EXPECT_EQ(at(0), 0);              // identical rows
  work_.outcome->residual = 1e-12;  // which tells ties of 5e-11 from what is not: the bound is 5e-12
  EXPECT_EQ(at(tie - 5e-12 * (1 + kSlightly)), 0);
  EXPECT_EQ(at(tie - 5e-12 * (1 - kSlightly)), 1);
  EXPECT_EQ(at(tie + 5e-12 * (1 - kSlightly)), 1);
  EXPECT_EQ(at(tie + 5e-12 * (1 + kSlightly)), 0);
}

TEST_F(Undecided, TheCutOfP1) {
  const auto at = [&](double distance) {
    set_pci({2, 1, 1 - distance, -2});
    return count();
  };
  EXPECT_EQ(at(kTie + kPci * (1 + kSlightly)), 0);
  EXPECT_EQ(at(kTie + kPci * (1 - kSlightly)), 1);
  EXPECT_EQ(at(0.5 * kTie), 1);  // may be a tie that goes up, or not
  EXPECT_EQ(at(0), 0);           // identical columns: both go up, and the next is far
  set_pci({2, 1, 1, 1 - kTie - kPci * (1 - kSlightly)});
  EXPECT_EQ(count(), 1);  // the next is not
  set_pci({2, 1, 1, 1 - kTie - kPci * (1 + kSlightly)});
  EXPECT_EQ(count(), 0);
  study_.specification.pci_scale = PciScale::kOwn;  // a deviation ten times as large, a bound of a tenth
  EXPECT_EQ(at(kTie + 0.1 * kPci * (1 + kSlightly)), 0);
  EXPECT_EQ(at(kTie + 0.1 * kPci * (1 - kSlightly)), 1);
  study_.p1_given = true;
  EXPECT_EQ(at(kTie + 0.1 * kPci * (1 - kSlightly)), 0);  // given, it depends on no PCI
}

// Shares and HHI know no eigenvector: only rounding, 1e-12 of both, can make a tie of them.
TEST_F(Undecided, SharesAndHhiNearATie) {
  for (double* const value : {work_.share, work_.hhi}) {
    const double cut = value == work_.share ? 50.0 : 1800.0, rounding = 2 * cut * kClassRounding;
    const auto at = [&](double distance) {
      value[3] = cut + distance;
      return count();
    };
    EXPECT_EQ(at(0), 0);
    for (const double side : {1.0, -1.0}) {
      EXPECT_EQ(at(side * 0.4 * rounding), 0);
      EXPECT_EQ(at(side * 0.6 * rounding), 1);
      EXPECT_EQ(at(side * 1.8 * rounding), 1);
      EXPECT_EQ(at(side * 2.2 * rounding), 0);
    }
    at(rounding);
    work_.diversity[3] = 0;
    EXPECT_EQ(count(), 0);  // a location without a score has no class
    work_.diversity[3] = 4;
    value[3] = 0;
  }
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
