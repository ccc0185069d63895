// The self-test finds a device that computes wrongly: the CPU behind a device that alters what it returns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <functional>

#include "host/commands/self_test.hpp"

namespace balassa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using AlterTallies = std::function<void(Tallies&)>;
using AlterScores = std::function<void(float* eci, float* pci)>;

// What it tallies and the first raw scores it writes are altered.
class AlteredStudy final : public ResidentStudy {
 public:
  AlteredStudy(std::unique_ptr<ResidentStudy> study, AlterTallies tallies, AlterScores scores)
      : study_(std::move(study)), alter_tallies_(std::move(tallies)), alter_scores_(std::move(scores)) {}
  const ScenarioRecord& baseline() const override { return study_->baseline(); }
  void run(std::uint64_t first, std::uint64_t count, float* raw_eci, float* raw_pci) override {
    study_->run(first, count, raw_eci, raw_pci);
    if (alter_scores_) alter_scores_(raw_eci, raw_pci);
  }
  Tallies collect() override {
    Tallies tallies = study_->collect();
    if (alter_tallies_) alter_tallies_(tallies);
    return tallies;
  }
  ScenarioRecord replay(std::uint64_t replicate) override { return study_->replay(replicate); }
  void become(const CellStudy& study) override { study_->become(study); }

 private:
  std::unique_ptr<ResidentStudy> study_;
  AlterTallies alter_tallies_;
  AlterScores alter_scores_;
};

class AlteredDevice final : public Device {
 public:
  explicit AlteredDevice(std::function<void(YearMeasures&)> alter) : alter_(std::move(alter)) {}
  AlteredDevice(AlterTallies tallies, AlterScores scores)
      : alter_([](YearMeasures&) {}), alter_tallies_(std::move(tallies)), alter_scores_(std::move(scores)) {}
  DeviceDescription describe() const override { return cpu_->describe(); }
  std::string arithmetic_name(Arithmetic arithmetic) const override { return cpu_->arithmetic_name(arithmetic); }
  YearMeasures measure(const Year& year, const MeasureRequest& request) override {
    YearMeasures measures = cpu_->measure(year, request);
    alter_(measures);
    return measures;
  }
  MemoryNeed memory_need(int locations, int products, const CellStudy& study) const override {
    return cpu_->memory_need(locations, products, study);
  }
  std::unique_ptr<ResidentStudy> make_resident(const CellStudy& study) override {
    return std::make_unique<AlteredStudy>(cpu_->make_resident(study), alter_tallies_, alter_scores_);
  }

 private:
  std::unique_ptr<Device> cpu_ = make_device("cpu", {});
  std::function<void(YearMeasures&)> alter_;
  AlterTallies alter_tallies_;
  AlterScores alter_scores_;
};

SelfTest test_altered(std::function<void(YearMeasures&)> alter, const std::string& expected_hash = "") {
  AlteredDevice device(std::move(alter));
  return test_device(device, expected_hash);
}

TEST(SelfTest, PassesOnTheCpu) {
  const SelfTest test = test_altered([](YearMeasures&) {});
  EXPECT_THAT(test.faults, ElementsAre());
  EXPECT_TRUE(test_altered([](YearMeasures&) {}, test.scenario_hash).passed());
}

TEST(SelfTest, NamesTheMeasureThatIsWrong) {
  EXPECT_THAT(test_altered([](YearMeasures& m) { m.eci[2] += 1e-9; }).faults,
              ElementsAre(HasSubstr("ECI: found -0.0753530")));
  EXPECT_THAT(test_altered([](YearMeasures& m) { m.pci[3] = -m.pci[3]; }).faults, ElementsAre(HasSubstr("PCI")));
  EXPECT_THAT(test_altered([](YearMeasures& m) { m.presence[5] = 0; }).faults, ElementsAre(HasSubstr("presence")));
  EXPECT_THAT(test_altered([](YearMeasures& m) { m.ubiquity[0] = 2; }).faults, ElementsAre(HasSubstr("ubiquity")));
  EXPECT_THAT(test_altered([](YearMeasures& m) { m.eci[0] = std::nan(""); }).faults, ElementsAre(HasSubstr("ECI")));
  EXPECT_THAT(test_altered([](YearMeasures& m) { std::swap(m.eci_rank[0], m.eci_rank[1]); }).faults,
              ElementsAre(HasSubstr("ranks")));
}

TEST(SelfTest, NamesScenariosThatDiffer) {
  EXPECT_THAT(test_altered([](YearMeasures&) {}, std::string(32, '0')).faults,
              ElementsAre(StartsWith("200 scenarios: found hash ")));
}

// One alteration for each number that scenarios leave behind, in the words of its type.
void one_more(std::uint64_t& count) {
  ++count;
}
void one_more(std::vector<std::uint64_t>& counts) {
  ++counts.at(0);
}
std::vector<AlterTallies> alterations(SparseHistograms Tallies::*member) {
  return {[=](Tallies& t) { ++(t.*member).start.at(1); }, [=](Tallies& t) { ++(t.*member).column.at(0); },
          [=](Tallies& t) { ++(t.*member).count.at(0); }};
}
std::vector<AlterTallies> alterations(std::vector<Moments> Tallies::*member) {
  const auto of = [member](auto alter) { return [=](Tallies& t) { alter((t.*member).at(0)); }; };
  return {of([](Moments& m) { ++m.count; }),       of([](Moments& m) { ++m.sum.low; }),
          of([](Moments& m) { ++m.sum.high; }),    of([](Moments& m) { ++m.square.low; }),
          of([](Moments& m) { ++m.square.high; }), of([](Moments& m) { m.minimum -= 1; }),
          of([](Moments& m) { m.maximum += 1; })};
}
std::vector<AlterTallies> alterations(Worst Tallies::*member) {
  return {[=](Tallies& t) { (t.*member).value += 1; }, [=](Tallies& t) { ++(t.*member).replicate; },
          [=](Tallies& t) { (t.*member).any = !(t.*member).any; }};
}
template <class Member>
std::vector<AlterTallies> alterations(Member Tallies::*member) {
  return {[=](Tallies& t) { one_more(t.*member); }};
}

// Each member of Tallies by hand, not by the table that the hash walks: the binding no longer compiles when there is
// another, which then belongs into this list.
std::vector<std::vector<AlterTallies>> alterations_of_each() {
  using T = Tallies;
  [[maybe_unused]] auto [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20] =
      T{};
  return {alterations(&T::scenarios),       alterations(&T::validity),
          alterations(&T::certification),   alterations(&T::sign_disagree),
          alterations(&T::sign_undefined),  alterations(&T::axis_swap),
          alterations(&T::giant_component), alterations(&T::rank),
          alterations(&T::score),           alterations(&T::score_moments),
          alterations(&T::product_score),   alterations(&T::product_moments),
          alterations(&T::in_p1),           alterations(&T::class_count),
          alterations(&T::log_residual),    alterations(&T::log_gap),
          alterations(&T::participation),   alterations(&T::worst_residual),
          alterations(&T::worst_gap),       alterations(&T::worst_participation)};
}

TEST(SelfTest, TheHashHoldsEveryScoreAndCounter) {
  const auto hash = [](AlterTallies tallies, AlterScores scores) {
    AlteredDevice device(std::move(tallies), std::move(scores));
    return test_device(device, "").scenario_hash;
  };
  const std::string whole = hash({}, {});
  const auto families = alterations_of_each();
  for (std::size_t family = 0; family < families.size(); ++family) {
    for (std::size_t k = 0; k < families[family].size(); ++k)
      EXPECT_NE(hash(families[family][k], {}), whole) << fmt::format("member {} of Tallies, part {}", family, k);
  }
  EXPECT_NE(hash({}, [](float* eci, float*) { eci[0] += 1; }), whole);
  EXPECT_NE(hash({}, [](float*, float* pci) { pci[0] += 1; }), whole);
  EXPECT_EQ(hash([](Tallies&) {}, [](float*, float*) {}), whole);
}

// Where cuBLAS and cuSOLVER are missing, scenarios run all the same and are held to their hash.
TEST(SelfTest, ScenariosRunWhereTheLibrariesOfMeasuresAreMissing) {
  const auto lacks_library = [](YearMeasures&) { throw DeviceUnavailable("libcublas.so: not there"); };
  const SelfTest whole = test_altered([](YearMeasures&) {}), test = test_altered(lacks_library, whole.scenario_hash);
  EXPECT_THAT(test.faults, ElementsAre());
  EXPECT_EQ(test.measure_problem, "libcublas.so: not there");
  EXPECT_EQ(test.scenario_hash, whole.scenario_hash);
  EXPECT_EQ(whole.measure_problem, "");
  EXPECT_THAT(test_altered(lacks_library, std::string(32, '0')).faults, ElementsAre(StartsWith("200 scenarios: ")));
}

TEST(SelfTest, ErrorsOfTheDeviceAreFaults) {
  const SelfTest test = test_altered([](YearMeasures&) { throw std::runtime_error("the device is lost"); });
  EXPECT_THAT(test.faults, ElementsAre("the device is lost"));
  EXPECT_EQ(test.measure_problem, "");
  EXPECT_THROW(test_altered([](YearMeasures&) { throw std::bad_alloc(); }), std::bad_alloc);
}

}  // namespace
}  // namespace balassa
