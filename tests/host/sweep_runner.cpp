// The runner against a machine whose scores are known: alignment, ranges, raw scores, signals.
#include "host/sweep_runner.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "host/sweep_report.hpp"

namespace balassa {
namespace {

ScenarioRecord baseline_with(Validity validity, double corr_diversity, double corr_ubiquity, double reflection) {
  ScenarioRecord record;
  record.validity = validity;
  record.corr_eci_diversity = corr_diversity;
  record.corr_pci_ubiquity = corr_ubiquity;
  record.reflection = reflection;
  return record;
}

TEST(Alignment, AmbiguousWhereTwoStatisticsDisagreeOrOneIsWeak) {
  EXPECT_FALSE(sign_ambiguous(baseline_with(Validity::kValid, 0.5, -0.3, 1.0)));
  EXPECT_FALSE(sign_ambiguous(baseline_with(Validity::kValid, -0.5, 0.3, -1.0)));  // the raw sign is arbitrary
  EXPECT_FALSE(sign_ambiguous(baseline_with(Validity::kValid, 0.21, -0.3, 1.0)));
  EXPECT_TRUE(sign_ambiguous(baseline_with(Validity::kValid, 0.19, -0.3, 1.0)));
  EXPECT_TRUE(sign_ambiguous(baseline_with(Validity::kValid, 0.5, 0.3, 1.0)));
  EXPECT_TRUE(sign_ambiguous(baseline_with(Validity::kValid, 0.5, -0.3, -1.0)));
  // L18's table 1: corr(ECI, d) = .106, corr(PCI, u) = .41, reflection < 0 (METHODS A1.2, finding 1).
  EXPECT_TRUE(sign_ambiguous(baseline_with(Validity::kValid, 0.106, 0.41, -0.1)));
}

TEST(Alignment, OwnThenNearestThenConvention) {
  const ScenarioRecord good = baseline_with(Validity::kValid, 0.5, -0.3, 1.0);
  const ScenarioRecord weak = baseline_with(Validity::kValid, 0.1, -0.3, 1.0);
  const ScenarioRecord broken = baseline_with(Validity::kDisconnected, 0.5, -0.3, 1.0);
  const auto at = [](double threshold, TieRule tie) {
    Specification s;
    s.rca_threshold = threshold;
    s.tie = tie;
    return s;
  };
  const std::vector<Specification> specifications = {at(0.5, TieRule::kAtLeast), at(1.0, TieRule::kAtLeast),
                                                     at(1.0, TieRule::kAbove), at(2.0, TieRule::kAbove)};
  auto found = choose_alignments(std::vector<ScenarioRecord>{good, good, good, broken}, specifications);
  EXPECT_EQ(found[0].kind, Alignment::kOwnBaseline);
  EXPECT_EQ(found[3].kind, Alignment::kNeighbour);
  EXPECT_EQ(found[3].specification, 2);  // as near as 1, of the same tie rule
  found = choose_alignments(std::vector<ScenarioRecord>{good, weak, broken, broken}, specifications);
  EXPECT_EQ(found[1].specification, 0);
  EXPECT_EQ(found[3].specification, 0);
  found = choose_alignments(std::vector<ScenarioRecord>{weak, weak, broken, broken}, specifications);
  for (const CellAlignment& alignment : found) {
    EXPECT_EQ(alignment.kind, Alignment::kConvention);
    EXPECT_EQ(alignment.specification, -1);
  }
}

// A machine on which location c of C has score (replicate + c) mod 7 - c, so that every number is known.
double known_score(std::uint64_t replicate, std::size_t c) {
  return static_cast<double>((replicate + c) % 7) - static_cast<double>(c);
}

constexpr std::size_t kFirstProduct = 10;  // product p scores as a location kFirstProduct + p would

class KnownStudy final : public ResidentStudy {
 public:
  explicit KnownStudy(const Study& study)
      : study_(study),
        n_(static_cast<std::size_t>(study.year->locations)),
        products_(static_cast<std::size_t>(study.year->products)) {
    baseline_ = baseline_with(study.specification.rca_threshold > 1.5 ? Validity::kDisconnected : Validity::kValid, 0.5,
                              -0.3, 1.0);
    for (std::size_t c = 0; c < n_; ++c) baseline_.eci.push_back(known_score(0, c) + study.specification.rca_threshold);
    baseline_.rank.assign(n_, 1);
    reset();
  }
  const ScenarioRecord& baseline() const override { return baseline_; }
  void run(std::uint64_t first, std::uint64_t count, float* raw_eci, float* raw_pci) override {
    EXPECT_EQ(first, next_);
    next_ = first + count;
    for (std::uint64_t r = first; r < first + count; ++r) {
      ++tallies_.scenarios;
      ++tallies_.validity[0];
      for (std::size_t p = 0; raw_pci != nullptr && p < products_; ++p)
        raw_pci[(r - first) * products_ + p] = static_cast<float>(known_score(r, kFirstProduct + p));
      for (std::size_t c = 0; c < n_; ++c) {
        if (raw_eci != nullptr) raw_eci[(r - first) * n_ + c] = static_cast<float>(known_score(r, c));
        std::size_t rank = 1;
        for (std::size_t d = 0; d < n_; ++d) rank += known_score(r, d) > known_score(r, c) ? 1 : 0;
        ++tallies_.rank[c * (n_ + 1) + rank];
      }
    }
  }
  Tallies collect() override {
    Tallies out = std::move(tallies_);
    reset();
    return out;
  }
  ScenarioRecord replay(std::uint64_t) override { return baseline_; }

 private:
  void reset() {
    tallies_ = {};
    tallies_.validity.assign(kValidityCount, 0);
    tallies_.rank.assign(n_ * (n_ + 1), 0);
  }
  Study study_;
  std::size_t n_, products_;
  std::uint64_t next_ = 1;
  ScenarioRecord baseline_;
  Tallies tallies_;
};

class KnownDevice final : public Device {
 public:
  DeviceDescription describe() const override { return {}; }
  YearMeasures measure(const Year&, const MeasureRequest&) override { return {}; }
  MemoryNeed memory_need(int, int, const Study&) const override { return {}; }
  std::unique_ptr<ResidentStudy> make_resident(const Study& study) override {
    if (study.classes.cells() > 0) references.push_back(study.reference);  // the run, not the search for alignments
    return std::make_unique<KnownStudy>(study);
  }
  std::vector<std::vector<double>> references;
};

struct Recorder final : SweepSink {
  void raw(const SweepCell& cell, std::uint64_t first, std::uint64_t count, std::span<const float> eci,
           std::span<const float> pci) override {
    const std::size_t n = static_cast<std::size_t>(cell.year->locations);
    EXPECT_LE(count, kRawRows);
    EXPECT_EQ(first % kRawRows, 1u);
    ASSERT_EQ(eci.size(), count * n);
    for (std::uint64_t r = 0; r < count; ++r) {
      for (std::size_t c = 0; c < n; ++c) EXPECT_EQ(eci[r * n + c], static_cast<float>(known_score(first + r, c)));
    }
    const std::size_t products = static_cast<std::size_t>(cell.year->products);
    ASSERT_EQ(pci.size(), count * products);
    for (std::uint64_t r = 0; r < count; ++r) {
      for (std::size_t p = 0; p < products; ++p)
        EXPECT_EQ(pci[r * products + p], static_cast<float>(known_score(first + r, kFirstProduct + p)));
    }
    raw_rows += count;
  }
  void finish(const SweepCell& cell) override {
    finished.emplace_back(cell.year_index, cell.specification);
    alignments.push_back(cell.alignment);
    tallies.push_back(cell.tallies);
  }
  std::uint64_t raw_rows = 0;
  std::vector<std::pair<std::size_t, std::size_t>> finished;
  std::vector<CellAlignment> alignments;
  std::vector<Tallies> tallies;
};

Year small_year(std::size_t y) {
  Year year;
  year.label = 2000 + static_cast<std::int32_t>(y);
  year.locations = year.panel_locations = 4;
  year.products = year.panel_products = 3;
  year.location_item = {0, 1, 2, 3};
  year.product_item = {0, 1, 2};
  return year;
}

Plan small_plan(std::uint64_t replicates) {
  Plan plan;
  plan.rca_threshold = {1.0, 2.0};
  plan.replicates = replicates;
  resolve_plan(plan);
  return plan;
}

TEST(SweepRunner, RunsEveryReplicateOfEveryCellOnceInOrder) {
  Plan plan = small_plan(5000);
  plan.keep_eci = plan.keep_pci = true;
  const SpecificationGrid grid(plan, 2);
  KnownDevice device;
  Recorder recorder;
  SweepSink* sinks[] = {&recorder};
  std::uint64_t last = 0;
  SweepHooks hooks;
  hooks.progress = [&](std::uint64_t done) {
    EXPECT_GE(done, last);
    last = done;
  };
  EXPECT_EQ(run_sweep(plan, grid, small_year, device, sinks, hooks), 0);
  EXPECT_EQ(last, grid.scenarios());
  EXPECT_EQ(recorder.finished, (std::vector<std::pair<std::size_t, std::size_t>>{{0, 0}, {0, 1}, {1, 0}, {1, 1}}));
  EXPECT_EQ(recorder.raw_rows, 4u * 5000u);
  for (const Tallies& t : recorder.tallies) {
    EXPECT_EQ(t.scenarios, 5000u);
    // Location 0 leads unless (r mod 7) is below another's score: counted here by hand over one period of 7.
    std::uint64_t first = 0;
    for (std::uint64_t r = 1; r <= 5000; ++r) {
      bool leads = true;
      for (std::size_t c = 1; c < 4; ++c) leads = leads && known_score(r, 0) >= known_score(r, c);
      first += leads ? 1 : 0;
    }
    EXPECT_EQ(t.rank[1], first);
  }
  // The second specification's baseline is disconnected: aligned with the first's.
  EXPECT_EQ(recorder.alignments[0].kind, Alignment::kOwnBaseline);
  EXPECT_EQ(recorder.alignments[1].kind, Alignment::kNeighbour);
  ASSERT_EQ(device.references.size(), 4u);
  EXPECT_TRUE(device.references[0].empty());
  ASSERT_EQ(device.references[1].size(), 4u);
  EXPECT_EQ(device.references[1][0], known_score(0, 0) + 1.0);
}

TEST(SweepRunner, AStudyIsWhatThePlanSays) {
  Plan plan;
  plan.seed = 9;
  plan.scheme = Scheme::kNoise;
  plan.sigma = 0.25;
  plan.rho_location = 0.5;
  plan.rho_product = 0.125;
  plan.precision = Precision::kDouble;
  plan.tally_product_score = false;
  plan.hhi_cut = {1500, 1800};
  resolve_plan(plan);
  const Year year = small_year(0);
  const Specification specification = SpecificationGrid(plan, 1).specifications().front();
  Study study = study_of(plan, specification, year);
  EXPECT_EQ(study.year, &year);
  EXPECT_EQ(study.resampling.seed, 9u);
  EXPECT_EQ(study.resampling.scheme, Scheme::kNoise);
  EXPECT_EQ(study.resampling.sigma, 0.25);
  EXPECT_EQ(study.resampling.rho_location, 0.5);
  EXPECT_EQ(study.resampling.rho_product, 0.125);
  EXPECT_EQ(study.precision, Precision::kDouble);
  EXPECT_FALSE(study.product_tallies);
  EXPECT_EQ(study.classes.cells(), 2u);
  EXPECT_TRUE(study.reference.empty());
  plan.precision = Precision::kFast;
  plan.tally_product_score = true;
  study = study_of(plan, specification, year);
  EXPECT_EQ(study.precision, Precision::kFast);
  EXPECT_TRUE(study.product_tallies);
}

TEST(SweepRunner, StopsAtASignalWithoutFinishingTheCell) {
  const Plan plan = small_plan(100000);
  const SpecificationGrid grid(plan, 1);
  KnownDevice device;
  Recorder recorder;
  SweepSink* sinks[] = {&recorder};
  std::atomic<int> stop{0};
  SweepHooks hooks;
  hooks.stop = &stop;
  hooks.progress = [&](std::uint64_t) { stop = 15; };
  EXPECT_EQ(run_sweep(plan, grid, small_year, device, sinks, hooks), 15);
  EXPECT_TRUE(recorder.finished.empty());
}

TEST(SweepRunner, BaselinesAloneWithoutReplicates) {
  Plan plan;
  plan.scheme = Scheme::kNone;
  resolve_plan(plan);
  const SpecificationGrid grid(plan, 1);
  KnownDevice device;
  Recorder recorder;
  SweepSink* sinks[] = {&recorder};
  EXPECT_EQ(run_sweep(plan, grid, small_year, device, sinks, {}), 0);
  ASSERT_EQ(recorder.tallies.size(), 1u);
  EXPECT_EQ(recorder.tallies[0].scenarios, 0u);
}

TEST(SweepReport, CentralClassCellIsTheUsualOne) {
  ClassGrid classes;
  classes.quantiles = {{7, 10}, {3, 4}, {4, 5}};
  classes.splits = {{Split::Kind::kMean, 0}, {Split::Kind::kMedian, 0}};
  classes.hhi_cuts = {1000, 1800, 2500};
  EXPECT_EQ(central_class_cell(classes), (1u * 2 + 1) * 3 + 1);
  EXPECT_EQ(class_cell_label(classes, central_class_cell(classes)), "P1 0.75, median, HHI 1800");
}

}  // namespace
}  // namespace balassa
