// The self-test finds a device that computes wrongly: the CPU behind a device that alters what it returns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "host/commands/self_test.hpp"

namespace balassa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class AlteredDevice final : public Device {
 public:
  explicit AlteredDevice(std::function<void(YearMeasures&)> alter) : alter_(std::move(alter)) {}
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
  std::unique_ptr<ResidentStudy> make_resident(const CellStudy& study) override { return cpu_->make_resident(study); }

 private:
  std::unique_ptr<Device> cpu_ = make_device("cpu", {});
  std::function<void(YearMeasures&)> alter_;
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
