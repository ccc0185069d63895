// A machine whose every score is known, so that the runner can be held to numbers.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "host/plan/plan.hpp"
#include "kernels/device.hpp"

namespace balassa {

inline ScenarioRecord baseline_with(Validity validity, double corr_diversity = 0.5) {
  ScenarioRecord record;
  record.validity = validity;
  record.corr_eci_diversity = corr_diversity;
  return record;
}

// A machine on which location c of C has score (replicate + c) mod 7 - c, so that every number is known.
inline double known_score(std::uint64_t replicate, std::size_t c) {
  return static_cast<double>((replicate + c) % 7) - static_cast<double>(c);
}

struct DeviceFault : std::runtime_error {
  DeviceFault() : std::runtime_error("the device is lost") {}
};

inline constexpr std::size_t kFirstProduct = 10;  // product p scores as a location kFirstProduct + p would

class KnownStudy final : public ResidentStudy {
 public:
  // `references` gets each study's; `first`, `left`: see KnownDevice.
  KnownStudy(const CellStudy& study, std::vector<std::vector<double>>& references, std::uint64_t& first,
             std::uint64_t& left)
      : n_(static_cast<std::size_t>(study.year->locations)),
        products_(static_cast<std::size_t>(study.year->products)),
        references_(references),
        first_(first),
        left_(left) {
    become(study);
  }
  void become(const CellStudy& study) override {
    references_.push_back(study.reference);
    next_ = 0;
    baseline_ = {};
    baseline_ = baseline_with(study.specification.rca_threshold > 1.5 ? Validity::kDisconnected : Validity::kValid);
    for (std::size_t c = 0; c < n_; ++c) baseline_.eci.push_back(known_score(0, c) + study.specification.rca_threshold);
    baseline_.rank.assign(n_, 1);
    reset();
  }
  const ScenarioRecord& baseline() const override { return baseline_; }
  void run(std::uint64_t first, std::uint64_t count, float* raw_eci, float* raw_pci) override {
    if (next_ == 0) next_ = std::exchange(first_, 0);
    EXPECT_TRUE(next_ == 0 || first == next_) << first << ", not " << next_;
    next_ = first + count;
    for (std::uint64_t r = first; r < first + count; ++r) {
      if (left_ > 0 && --left_ == 0) throw DeviceFault();
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
  std::size_t n_, products_;
  std::vector<std::vector<double>>& references_;
  std::uint64_t &first_, &left_;
  std::uint64_t next_ = 0;  // the replicate to be asked for; 0: any
  ScenarioRecord baseline_;
  Tallies tallies_;
};

class KnownDevice final : public Device {
 public:
  // `first`: the first replicate that is to be asked for; 0: any. `fault_at`: the scenario, counted from 1, at which
  // the device is lost; 0: never.
  explicit KnownDevice(std::uint64_t first = 0, std::uint64_t fault_at = 0) : first_(first), left_(fault_at) {}
  DeviceDescription describe() const override { return {}; }
  std::string arithmetic_name(Arithmetic) const override { return {}; }
  YearMeasures measure(const Year&, const MeasureRequest&) override { return {}; }
  MemoryNeed memory_need(int, int, const CellStudy&) const override { return {}; }
  std::unique_ptr<ResidentStudy> make_resident(const CellStudy& study) override {
    return std::make_unique<KnownStudy>(study, references, first_, left_);
  }
  std::vector<std::vector<double>> references;  // of a year: first those of the search for alignments, then the runs'

 private:
  std::uint64_t first_, left_;
};

inline Year small_year(std::size_t y) {
  Year year;
  year.label = 2000 + static_cast<std::int32_t>(y);
  year.locations = year.panel_locations = 4;
  year.products = year.panel_products = 3;
  year.location_item = {0, 1, 2, 3};
  year.product_item = {0, 1, 2};
  return year;
}

inline Plan small_plan(std::uint64_t replicates) {
  Plan plan;
  plan.choices["rca_threshold"] = {1.0, 2.0};
  plan.replicates = replicates;
  resolve_plan(plan);
  return plan;
}

}  // namespace balassa
