#include "host/commands/self_test.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cmath>
#include <span>

#include "host/panel/synthetic_panel.hpp"
#include "host/panel/year_selection.hpp"
#include "io/base/content_hash.hpp"

namespace balassa {
namespace {

// Table 1 of Lyubimov, Gvozdeva and Lysyuk: M with its diversity and ubiquity, and the ECI and PCI that an independent
// numpy implementation gave for it (METHODS A1.2): the sign that correlates with diversity, deviations over n, PCI on
// ECI's scale.
constexpr int kSide = 4;
constexpr double kPresence[kSide * kSide] = {1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1};
constexpr double kDiversity[kSide] = {4, 1, 2, 1};
constexpr double kUbiquity[kSide] = {1, 2, 2, 3};
constexpr double kEci[kSide] = {-0.07535308897542724, -1.6029160656860542, 0.747788201914631, 0.9304809527468503};
constexpr double kPci[kSide] = {-0.19407269404491695, -1.6029160656860542, 0.5650954510824118, 0.9304809527468503};
constexpr std::int32_t kRank[kSide] = {3, 4, 2, 1};
// At this threshold every positive value is present, so the values 0 and 1 are their own presence.
constexpr double kAnyPositive = 1e-9;
// A residual of at most 1e-12 over a gap of 0.35, times the few units by which standardising a 4-vector can stretch it.
constexpr double kTolerance = 2e-11;

Year worked_example() {
  Year year;
  year.locations = year.panel_locations = year.products = year.panel_products = kSide;
  year.value.assign(std::begin(kPresence), std::end(kPresence));
  year.location_item = year.product_item = {0, 1, 2, 3};
  year.class_unit.assign(kSide, 1);
  return year;
}

template <class Found, class Expected>
void compare(std::span<const Found> found, std::span<const Expected> expected, double tolerance, const char* what,
             std::vector<std::string>& faults) {
  bool same = found.size() == expected.size();
  for (std::size_t i = 0; same && i < found.size(); ++i) {
    same = std::fabs(static_cast<double>(found[i]) - static_cast<double>(expected[i])) <= tolerance;
  }
  if (!same) {
    faults.push_back(fmt::format("worked example, {}: found {:.15g}, expected {:.15g}", what, fmt::join(found, " "),
                                 fmt::join(expected, " ")));
  }
}

std::vector<double> as_doubles(const auto& values) {
  return {values.begin(), values.end()};
}

// Compares what the device found for the worked example with what is known of it.
class WorkedExample {
 public:
  explicit WorkedExample(std::vector<std::string>& faults) : faults_(faults) {
    specification_.rca_threshold = kAnyPositive;
  }

  void scenario(Device& device) {
    CellStudy study;
    study.year = &year_;
    study.specification = specification_;
    const std::unique_ptr<ResidentStudy> resident = device.make_resident(study);
    const ScenarioRecord& baseline = resident->baseline();
    expect(baseline.diversity, kDiversity, 0, "diversity of the scenario");
    expect(baseline.ubiquity, kUbiquity, 0, "ubiquity of the scenario");
    expect(baseline.eci, kEci, kTolerance, "ECI of the scenario");
    expect(baseline.pci, kPci, kTolerance, "PCI of the scenario");
    expect(baseline.rank, ranks_, 0, "ranks of the scenario");
  }

  void measures(Device& device) {
    MeasureRequest request;
    request.specification = specification_;
    const YearMeasures measured = device.measure(year_, request);
    expect(measured.presence, kPresence, 0, "presence");
    expect(measured.diversity, kDiversity, 0, "diversity");
    expect(measured.ubiquity, kUbiquity, 0, "ubiquity");
    expect(measured.eci, kEci, kTolerance, "ECI");
    expect(measured.pci, kPci, kTolerance, "PCI");
    expect(measured.eci_rank, ranks_, 0, "ranks");
  }

 private:
  void expect(const auto& found, std::span<const double> expected, double tolerance, const char* what) {
    const std::vector<double> values = as_doubles(found);
    compare(std::span(values), expected, tolerance, what, faults_);
  }

  std::vector<std::string>& faults_;
  const Year year_ = worked_example();
  const std::vector<double> ranks_ = as_doubles(std::span(kRank));
  Specification specification_;
};

const Year& synthetic_year() {
  static const SelectedYear selected = [] {
    SyntheticRequest request;
    request.locations = 60;
    request.products = 300;
    request.years = {2017};
    return select_year(synthetic_panel(request).panel, 0);
  }();
  return selected.year;
}

template <class T>
void add_bytes(ContentHash& hash, const T& value) {
  hash.add(&value, sizeof(T));
}
template <class T>
void add_bytes(ContentHash& hash, const std::vector<T>& values) {
  hash.add(values.data(), values.size() * sizeof(T));
}
// Of structs the members, which lie apart.
void add_bytes(ContentHash& hash, const SparseHistograms& histograms) {
  add_bytes(hash, histograms.start);
  add_bytes(hash, histograms.column);
  add_bytes(hash, histograms.count);
}
void add_bytes(ContentHash& hash, const std::vector<Moments>& moments) {
  for (const Moments& m : moments) {
    for (const std::uint64_t word : {m.count, m.sum.low, static_cast<std::uint64_t>(m.sum.high), m.square.low,
                                     static_cast<std::uint64_t>(m.square.high)}) {
      add_bytes(hash, word);
    }
    for (const double extreme : {m.minimum, m.maximum}) add_bytes(hash, extreme);
  }
}
void add_bytes(ContentHash& hash, const Worst& worst) {
  add_bytes(hash, worst.value);
  add_bytes(hash, worst.replicate);
  add_bytes(hash, worst.any);
}

// Raw scores and every counter.
std::string hash_of(const Tallies& tallies, const std::vector<float>& eci, const std::vector<float>& pci) {
  ContentHash hash;
  for (const std::vector<float>* scores : {&eci, &pci}) add_bytes(hash, *scores);
  each_tally([&](const auto& family) { add_bytes(hash, tallies.*family.member); });
  return hash.hex();
}

std::string run_scenarios(Device& device) {
  CellStudy study;
  study.year = &synthetic_year();
  study.classes = {{{1, 2}, {3, 4}}, {{Split::Kind::kMedian, 0}, {Split::Kind::kQuantile, 0.4}}, {1000, 2500}, false};
  const std::unique_ptr<ResidentStudy> resident = device.make_resident(study);
  std::vector<float> eci(static_cast<std::size_t>(kSelfTestScenarios) * study.year->locations);
  std::vector<float> pci(static_cast<std::size_t>(kSelfTestScenarios) * study.year->products);
  resident->run(1, kSelfTestScenarios, eci.data(), pci.data());
  return hash_of(resident->collect(), eci, pci);
}

}  // namespace

SelfTest test_device(Device& device, const std::string& expected_hash) {
  SelfTest test;
  const auto start = std::chrono::steady_clock::now();
  WorkedExample example(test.faults);
  const auto attempt = [&test](const auto& part) {
    try {
      part();
    } catch (const DeviceUnavailable&) {
      throw;
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      test.faults.emplace_back(error.what());
    }
  };
  attempt([&] {
    example.scenario(device);
    test.scenario_hash = run_scenarios(device);
    if (!expected_hash.empty() && test.scenario_hash != expected_hash) {
      test.faults.push_back(fmt::format("{} scenarios: found hash {}, expected {} of the plain path",
                                        kSelfTestScenarios, test.scenario_hash, expected_hash));
    }
  });
  try {
    attempt([&] { example.measures(device); });
  } catch (const DeviceUnavailable& error) {
    test.measure_problem = error.what();
  }
  test.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return test;
}

}  // namespace balassa
