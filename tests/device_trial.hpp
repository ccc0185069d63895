// One study run on a device: everything that leaves it, to be compared in bytes.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "kernels/device.hpp"
#include "tests/same_tallies.hpp"
#include "tests/small_year.hpp"

namespace balassa {

inline CellStudy study_of(const Year& year, Scheme scheme, Weights weights, Precision precision) {
  CellStudy study;
  study.year = &year;
  study.precision = precision;
  study.specification.rca_threshold = 0.4;  // dense enough that replicates hold together
  study.resampling = {scheme, weights, true, 0.4, 0.1, 0.2, 99};
  study.classes = {{{1, 2}, {3, 4}},
                   {{Split::Kind::kMedian, 0}, {Split::Kind::kQuantile, 0.3}, {Split::Kind::kFixed, 20}},
                   {1000, 2500},
                   false};
  return study;
}

struct Trial {
  ScenarioRecord baseline, last;
  std::vector<float> raw_eci, raw_pci;
  Tallies tallies;
};

// Replicates 1 to `replicates`, in calls of at most `together`.
inline Trial run(Device& device, const CellStudy& study, std::uint64_t replicates, std::uint64_t together = 1u << 30) {
  const auto resident = device.make_resident(study);
  const std::size_t c = static_cast<std::size_t>(study.year->locations),
                    p = static_cast<std::size_t>(study.year->products);
  Trial result;
  result.baseline = resident->baseline();
  result.raw_eci.resize(replicates * c);
  result.raw_pci.resize(replicates * p);
  for (std::uint64_t done = 0; done < replicates; done += together) {
    const std::uint64_t count = std::min(together, replicates - done);
    resident->run(1 + done, count, result.raw_eci.data() + done * c, result.raw_pci.data() + done * p);
  }
  result.tallies = resident->collect();
  result.last = resident->replay(replicates);
  return result;
}

inline void expect_same_record(const ScenarioRecord& a, const ScenarioRecord& b, const std::string& what) {
  EXPECT_EQ(a.validity, b.validity) << what;
  EXPECT_EQ(a.certification, b.certification) << what;
  EXPECT_EQ(a.components, b.components) << what;
  EXPECT_EQ(a.sign, b.sign) << what;
  EXPECT_EQ(a.rule_sign, b.rule_sign) << what;
  EXPECT_EQ(a.axis_swap, b.axis_swap) << what;
  EXPECT_EQ(a.lambda3_found, b.lambda3_found) << what;
  EXPECT_EQ(a.turned, b.turned) << what;
  for (const auto part : {&ScenarioRecord::eci, &ScenarioRecord::pci, &ScenarioRecord::share, &ScenarioRecord::hhi_p1,
                          &ScenarioRecord::split_value})
    expect_same_bytes(a.*part, b.*part, what + " real numbers");
  for (const auto part : {&ScenarioRecord::weight, &ScenarioRecord::diversity, &ScenarioRecord::ubiquity,
                          &ScenarioRecord::weighted_diversity})
    expect_same_bytes(a.*part, b.*part, what + " counts");
  for (const auto part : {&ScenarioRecord::in_p1, &ScenarioRecord::location_class})
    expect_same_bytes(a.*part, b.*part, what + " classes");
  expect_same_bytes(a.rank, b.rank, what + " rank");
  if (a.validity != Validity::kValid) return;
  EXPECT_TRUE(a.votes.diversity == b.votes.diversity && a.votes.ubiquity == b.votes.ubiquity &&
              a.votes.reflection == b.votes.reflection)
      << what;
  const auto numbers = [](const ScenarioRecord& r) {
    return std::vector<double>{
        r.lambda2,           r.lambda3,        r.residual, r.gap, r.participation, r.corr_eci_diversity,
        r.corr_pci_ubiquity, r.corr_reflection};
  };
  expect_same_bytes(numbers(a), numbers(b), what + " certificate");
}

inline void expect_same(const Trial& a, const Trial& b, const std::string& what) {
  expect_same_record(a.baseline, b.baseline, what + " baseline");
  expect_same_record(a.last, b.last, what + " replayed");
  expect_same_bytes(a.raw_eci, b.raw_eci, what + " raw eci");
  expect_same_bytes(a.raw_pci, b.raw_pci, what + " raw pci");
  expect_same_tallies(a.tallies, b.tallies, what);
}

// Whether BALASSA_REQUIRE_DEVICES=cpu,cuda names a device: then a test that can't have it fails.
inline bool device_required(std::string_view name) {
  const char* required = std::getenv("BALASSA_REQUIRE_DEVICES");
  const std::string list = required == nullptr ? "" : "," + std::string(required) + ",";
  return list.find("," + std::string(name) + ",") != std::string::npos;
}

}  // namespace balassa

// Declares `device`, or leaves the test: skipped with the reason, failed where the device is required. A fault of a
// device that is there is an exception, never a skip.
#define BALASSA_DEVICE_OR_SKIP(device, name, options)                                \
  std::unique_ptr<::balassa::Device> device;                                         \
  try {                                                                              \
    device = ::balassa::make_device(name, options);                                  \
  } catch (const ::balassa::DeviceUnavailable& reason) {                             \
    if (::balassa::device_required("cuda")) FAIL() << "required: " << reason.what(); \
    GTEST_SKIP() << reason.what();                                                   \
  }
