// `compute` and the baseline of a sweep are two roads to the numbers of a year: LAPACK on the links of a graph, and the
// scenario on bits. They are held to each other in every convention and with every knob, in causes, ranks, classes and
// signs exactly where both can decide them, and in scores to 1e-12 beside what the baseline's own residual leaves open.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "host/panel/synthetic_panel.hpp"
#include "host/panel/year_selection.hpp"
#include "host/plan/knobs.hpp"
#include "kernels/cpu/measures.hpp"
#include "kernels/device.hpp"
#include "kernels/formulas/scoring.hpp"
#include "tests/chained_clusters.hpp"
#include "tests/host/of_convention.hpp"
#include "tests/oracle/golden.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

struct Choices {
  std::string name;
  Specification specification;
  bool read_as_float32 = false;
};

// The named conventions, and `py` with one knob changed.
std::vector<Choices> every_choice(double threshold) {
  std::vector<Choices> all;
  for (const char* name : {"py", "stata", "lyubimov"}) {
    const auto [specification, reading] = of_convention(name, threshold);
    all.push_back({name, specification, reading.read_as_float32});
  }
  const Specification py = of_convention("py", threshold).first;
  const auto change = [&](const char* name, auto knob, auto value) {
    all.push_back({name, py});
    all.back().specification.*knob = value;
  };
  change("lower threshold", &Specification::rca_threshold, 0.75 * threshold);
  change("RCA above", &Specification::tie, TieRule::kAbove);
  change("sample deviation", &Specification::deviation, Deviation::kSample);
  change("long table", &Specification::deviation, Deviation::kLongTable);
  change("own scale", &Specification::pci_scale, PciScale::kOwn);
  change("giant component", &Specification::disconnected, Disconnected::kGiant);
  change("participation of 3", &Specification::min_participation, 3.0);
  all.push_back({"float32", py, true});
  change("long table, own scale", &Specification::deviation, Deviation::kLongTable);
  all.back().specification.pci_scale = PciScale::kOwn;
  return all;
}

class ComputeAndBaseline : public testing::Test {
 protected:
  // Whether both roads say the same of the year.
  void expect_one_answer(const Year& year, const Specification& specification, bool turned, const std::string& what) {
    const testing::ScopedTrace trace(__FILE__, __LINE__, what);
    CellStudy study;
    study.year = &year;
    study.specification = specification;
    study.turned = turned;
    study.resampling.draws = Scheme::kNone;
    study.product_tallies = false;
    study.classes = {{{1, 4}, {1, 2}, {3, 4}}, {{Split::Kind::kMedian, 0}}, {1800}, false};
    const ScenarioRecord baseline = device_->make_resident(study)->baseline();
    const YearMeasures measures = measure_year(year, {specification, 0, turned});

    EXPECT_EQ(std::vector<double>(baseline.diversity.begin(), baseline.diversity.end()), measures.diversity);
    EXPECT_EQ(std::vector<double>(baseline.ubiquity.begin(), baseline.ubiquity.end()), measures.ubiquity);
    ASSERT_EQ(baseline.validity, measures.validity);
    const bool decided = baseline.certification != Certification::kNotCertified && measures.undecided == 0;
    undecided_ += decided ? 0 : 1;
    if (decided) {
      EXPECT_EQ(baseline.rank, measures.eci_rank);
    }
    ++seen_[static_cast<std::size_t>(baseline.validity)];
    if (has_axis(baseline.validity)) {
      EXPECT_NEAR(baseline.lambda2, measures.lambda[1], 1e-12);
      EXPECT_NEAR(baseline.participation, measures.participation, 1e-9 * measures.participation);
    }
    if (baseline.validity != Validity::kValid) return;
    EXPECT_EQ(baseline.components, measures.components);
    expect_one_sign(baseline, measures);
    // An error of the vector by Davis and Kahan, which reaches a score some times enlarged.
    const double tolerance = 1e-12 + 10 * baseline.residual / measures.gap;
    expect_near(baseline.eci, measures.eci, tolerance, "ECI");
    expect_near(baseline.pci, measures.pci, tolerance, "PCI");
    if (decided) expect_quartiles(baseline, measures);
  }

  std::array<int, kValidityCount> seen_{};
  int undefined_signs_ = 0, undecided_ = 0;

 private:
  void expect_one_sign(const ScenarioRecord& baseline, const YearMeasures& measures) {
    EXPECT_EQ(baseline.rule_sign == 0, measures.sign_undefined);
    EXPECT_EQ(sign_ambiguous(baseline.votes, baseline.sign), measures.sign_ambiguous);
    EXPECT_EQ(baseline.sign * baseline.votes.diversity, measures.votes.diversity);
    EXPECT_EQ(baseline.sign * baseline.votes.ubiquity, measures.votes.ubiquity);
    EXPECT_EQ(baseline.sign * baseline.votes.reflection, measures.votes.reflection);
    const double tolerance = 1e-11 + 10 * baseline.residual / measures.gap;
    EXPECT_NEAR(baseline.sign * baseline.corr_eci_diversity, measures.corr_eci_diversity, tolerance);
    EXPECT_NEAR(baseline.sign * baseline.corr_pci_ubiquity, measures.corr_pci_ubiquity, tolerance);
    EXPECT_NEAR(baseline.sign * baseline.corr_reflection, measures.corr_reflection, tolerance);
    undefined_signs_ += measures.sign_undefined ? 1 : 0;
  }

  static void expect_near(const std::vector<double>& a, const std::vector<double>& b, double tolerance,
                          const char* score) {
    ASSERT_EQ(a.size(), b.size());
    double furthest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(std::isnan(a[i]), std::isnan(b[i])) << score << " " << i;
      if (!std::isnan(a[i])) furthest = std::max(furthest, std::fabs(a[i] - b[i]) / std::max(1.0, std::fabs(a[i])));
    }
    EXPECT_LE(furthest, tolerance) << score;
  }

  // P1 of the quantiles 1/4, 1/2 and 3/4 are the quartiles down to 3, 2 and 1.
  static void expect_quartiles(const ScenarioRecord& baseline, const YearMeasures& measures) {
    for (const int q : {0, 1, 2}) {
      std::vector<std::uint8_t> inside;
      for (const std::uint8_t quartile : measures.pci_quartile) inside.push_back(quartile != 0 && quartile <= 3 - q);
      const auto first = baseline.in_p1.begin() + static_cast<std::ptrdiff_t>(inside.size()) * q;
      EXPECT_EQ(std::vector<std::uint8_t>(first, first + static_cast<std::ptrdiff_t>(inside.size())), inside)
          << "P1 of quantile " << q + 1 << "/4";
    }
  }

  std::unique_ptr<Device> device_ = make_device("cpu", {});
};

TEST_F(ComputeAndBaseline, OfTheSizeOfAWorldPanel) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const SyntheticPanel synthetic = synthetic_panel(
        {.locations = 240, .products = 1240, .years = {2017}, .seed = seed, .density = 0.15, .regions = 0});
    for (const Choices& choice : every_choice(1.0)) {
      YearOptions options;
      options.read_as_float32 = choice.read_as_float32;
      const SelectedYear selected = select_year(synthetic.panel, 0, options);
      expect_one_answer(selected.year, choice.specification, false, fmt::format("{}, seed {}", choice.name, seed));
    }
  }
  EXPECT_EQ(seen_[0], 3 * static_cast<int>(every_choice(1.0).size()));
  EXPECT_EQ(undecided_, 0);
}

// Every matrix of 0 and 1 in 3 x 3, 4 x 3 and 3 x 4: all causes but one, ties, symmetries and undefined signs.
TEST_F(ComputeAndBaseline, OfEverySmallMatrix) {
  for (const auto& [locations, products] : {std::pair{3, 3}, std::pair{4, 3}, std::pair{3, 4}}) {
    const unsigned cells = static_cast<unsigned>(locations * products);
    for (unsigned bits = 1; bits < 1u << cells; ++bits) {
      std::vector<double> value;
      for (unsigned i = 0; i < cells; ++i) value.push_back((bits >> i) & 1u);
      for (const Disconnected policy : {Disconnected::kNa, Disconnected::kGiant}) {
        Specification specification{.rca_threshold = golden::kAnyPositive, .disconnected = policy};
        const bool turned = bits % 3 == 0;
        expect_one_answer(year_of(locations, products, value), specification, turned,
                          fmt::format("{} x {}, bits {:#x}, policy {}", locations, products, bits,
                                      knob_named("disconnected").word(static_cast<double>(policy))));
        if (HasFailure()) return;
      }
    }
  }
  for (const Validity cause : {Validity::kValid, Validity::kTooSmall, Validity::kDisconnected, Validity::kTiedAxis})
    EXPECT_GT(seen_[static_cast<std::size_t>(cause)], 100) << static_cast<int>(cause);
  EXPECT_GT(undefined_signs_, 100);
  EXPECT_EQ(undecided_, 0);
}

// Small numbers, so that RCA is often exactly at its threshold, baskets are alike and matrices fall apart.
TEST_F(ComputeAndBaseline, OfSmallYears) {
  std::uint32_t state = 1;
  const auto below = [&](std::uint32_t n) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % n;
  };
  for (int k = 0; k < 3000; ++k) {
    const int locations = 3 + static_cast<int>(below(8)), products = 2 + static_cast<int>(below(9));
    const std::uint32_t kinds = 2 + below(4), filled = 1 + below(4);
    std::vector<double> value;
    for (int i = 0; i < locations * products; ++i) value.push_back(below(4) < filled ? below(kinds) : 0);
    for (const Choices& choice : every_choice(1.0)) {
      expect_one_answer(year_of(locations, products, value), choice.specification, k % 2 == 1,
                        fmt::format("year {} of {} x {}, {}", k, locations, products, choice.name));
      if (HasFailure()) return;
    }
  }
  for (const Validity cause :
       {Validity::kValid, Validity::kTooSmall, Validity::kDisconnected, Validity::kTiedAxis, Validity::kLocalised})
    EXPECT_GT(seen_[static_cast<std::size_t>(cause)], 100) << static_cast<int>(cause);
  EXPECT_GT(undefined_signs_, 100);
  EXPECT_EQ(undecided_, 0);
}

// Two blocks, of which the larger is the giant; and second and third axis ever nearer to each other.
TEST_F(ComputeAndBaseline, OfBlocksAndNearTies) {
  const Year blocks = blocks_of(random_year(40, 60, 21), random_year(30, 25, 22));
  for (const Choices& choice : every_choice(golden::kAnyPositive)) {
    expect_one_answer(blocks, choice.specification, false, "blocks, " + choice.name);
    for (const int steps : {0, 1, 2, 3})  // gaps down to 6e-6
      expect_one_answer(chained_clusters(steps, 14, 12), choice.specification, false,
                        fmt::format("clusters, {} steps, {}", steps, choice.name));
  }
  expect_one_answer(chained_clusters(9, 14, 12), of_convention("py", golden::kAnyPositive).first, false,
                    "clusters with a gap of 6e-11");
  EXPECT_GT(seen_[static_cast<std::size_t>(Validity::kTiedAxis)], 0);
}

}  // namespace
}  // namespace balassa
