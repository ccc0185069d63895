// Ranks share a sweep and rank 0 gets what one process would: here the ranks are threads.
#include "host/cluster/ranked_run.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <map>
#include <mutex>
#include <thread>

#include "tests/same_tallies.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

// What the ranks of a job share, in one process.
struct Job {
  explicit Job(int ranks) : size(ranks), meeting(ranks) {}
  int size;
  std::barrier<> meeting;
  std::mutex mutex;
  std::uint64_t value = 0;
  std::optional<RangeDispenser> dispenser;
  std::vector<RawBlock> raw;
  Tallies tallies;
  std::map<int, std::uint64_t> taken;  // scenarios by rank
};

class ThreadRanks final : public Ranks {
 public:
  ThreadRanks(Job& job, int rank) : job_(job), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return job_.size; }
  int rank_here() const override { return rank_; }
  int ranks_on_my_cores() const override { return job_.size; }
  std::uint64_t of_root(std::uint64_t value) override {
    if (rank_ == 0) job_.value = value;
    job_.meeting.arrive_and_wait();
    value = job_.value;
    job_.meeting.arrive_and_wait();
    return value;
  }
  void begin_round(const ScenarioRange& round) override {
    if (rank_ == 0) job_.dispenser.emplace(round, job_.size);
    job_.meeting.arrive_and_wait();
  }
  std::optional<ScenarioRange> take(double, int stop) override {
    const std::lock_guard lock(job_.mutex);
    if (stop != 0) job_.dispenser->close(stop);
    const auto range = job_.dispenser->take(300);  // so that every rank comes several times
    if (range) job_.taken[rank_] += range->end - range->begin;
    return range;
  }
  void send(RawBlock block) override {
    const std::lock_guard lock(job_.mutex);
    job_.raw.push_back(std::move(block));
  }
  std::vector<RawBlock> received() override {
    const std::lock_guard lock(job_.mutex);
    return std::exchange(job_.raw, {});
  }
  std::uint64_t given() override {
    const std::lock_guard lock(job_.mutex);
    return job_.dispenser->given();
  }
  RoundEnd end_round(const std::function<void(const RawBlock&)>& take_raw) override {
    job_.meeting.arrive_and_wait();
    if (rank_ == 0) {
      for (const RawBlock& block : received()) take_raw(block);
    }
    const RoundEnd end = job_.dispenser->end();
    job_.meeting.arrive_and_wait();
    return end;
  }
  void sum(Tallies& tallies) override {
    if (rank_ == 0) job_.tallies = tallies;
    job_.meeting.arrive_and_wait();
    if (rank_ != 0) {
      const std::lock_guard lock(job_.mutex);
      job_.tallies.add(tallies);
    }
    job_.meeting.arrive_and_wait();
    if (rank_ == 0) tallies = job_.tallies;
  }
  void end_together() override {}

 private:
  Job& job_;
  int rank_;
};

// Everything that a run hands on, as one process or rank 0 would save it.
class Kept final : public WorkSink {
 public:
  void raw(std::uint64_t cell, std::uint64_t first, std::uint64_t count, std::span<const float> eci,
           std::span<const float> pci) override {
    for (std::uint64_t r = 0; r < count; ++r) {
      std::vector<float>& row = rows[{cell, first + r}];
      EXPECT_TRUE(row.empty()) << "replicate " << first + r << " of cell " << cell << " twice";
      row.assign(eci.begin() + static_cast<std::ptrdiff_t>(r * (eci.size() / count)),
                 eci.begin() + static_cast<std::ptrdiff_t>((r + 1) * (eci.size() / count)));
      row.insert(row.end(), pci.begin() + static_cast<std::ptrdiff_t>(r * (pci.size() / count)),
                 pci.begin() + static_cast<std::ptrdiff_t>((r + 1) * (pci.size() / count)));
    }
  }
  void finish(const PartOfCell& part) override { parts.push_back(part); }
  void checkpoint(const PartOfCell* begun) override {
    ++checkpoints;
    last.reset();
    if (begun != nullptr) last = *begun;
  }
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<float>> rows;
  std::vector<PartOfCell> parts;
  std::optional<PartOfCell> last;
  int checkpoints = 0;
};

class RankedRunTest : public ::testing::Test {
 protected:
  RankedRunTest() {
    plan_.choices["rca_threshold"] = {0.5, 1.0, 1.5};
    plan_.replicates = 700;
    plan_.keep_eci = plan_.keep_pci = true;
    resolve_plan(plan_);
    grid_.emplace(plan_, 2);
  }
  static Year load(std::size_t y) {
    Year year = random_year(9, 30, 40 + y);
    year.label = static_cast<std::int32_t>(y);
    return year;
  }
  static std::unique_ptr<Device> device() {
    DeviceOptions options;
    options.threads = 1;
    return make_device("cpu", options);
  }
  ScenarioRange whole() const { return {0, grid_->scenarios()}; }

  Kept alone(const ScenarioRange& range) {
    Kept kept;
    EXPECT_EQ(run_range(plan_, *grid_, load, *device(), range, std::nullopt, kept, {}), 0);
    return kept;
  }
  // `hooks_of(rank)`; gives what all ranks returned.
  int together(
      Job& job, const ScenarioRange& range, const std::optional<PartOfCell>& begun, Kept& kept,
      const std::function<SweepHooks(int)>& hooks_of = [](int) { return SweepHooks{}; }) {
    std::vector<int> answers(static_cast<std::size_t>(job.size), -1);
    {
      std::vector<std::jthread> ranks;
      for (int r = 0; r < job.size; ++r) {
        ranks.emplace_back([&, r] {
          ThreadRanks mine(job, r);
          answers[static_cast<std::size_t>(r)] =
              run_range_by_ranks(plan_, *grid_, load, *device(), r == 0 ? range : ScenarioRange{},
                                 r == 0 ? begun : std::nullopt, r == 0 ? &kept : nullptr, hooks_of(r), mine);
        });
      }
    }
    for (const int answer : answers) EXPECT_EQ(answer, answers.front());
    return answers.front();
  }
  static void expect_same(const std::vector<PartOfCell>& a, const std::vector<PartOfCell>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].part, b[i].part);
      EXPECT_EQ(a[i].alignment.specification, b[i].alignment.specification);
      ASSERT_EQ(a[i].baseline.has_value(), b[i].baseline.has_value());
      if (a[i].baseline) {
        expect_same_bytes(a[i].baseline->eci, b[i].baseline->eci, "baseline eci");
        expect_same_bytes(a[i].baseline->location_class, b[i].baseline->location_class, "baseline class");
      }
      expect_same_tallies(a[i].tallies, b[i].tallies, "part " + std::to_string(i));
    }
  }

  Plan plan_;
  std::optional<SpecificationGrid> grid_;
};

TEST_F(RankedRunTest, AnyNumberOfRanksGivesWhatOneProcessGives) {
  const Kept expected = alone(whole());
  ASSERT_EQ(expected.parts.size(), 6u);
  ASSERT_EQ(expected.rows.size(), 6u * 700u);
  for (const int ranks : {1, 2, 5}) {
    Job job(ranks);
    Kept kept;
    EXPECT_EQ(together(job, whole(), std::nullopt, kept), 0);
    expect_same(kept.parts, expected.parts);
    EXPECT_TRUE(kept.rows == expected.rows) << ranks;
    std::uint64_t taken = 0;
    for (const auto& [rank, scenarios] : job.taken) taken += scenarios;
    EXPECT_EQ(taken, grid_->scenarios());
  }
}

TEST_F(RankedRunTest, AShardThatBeginsAndEndsWithinCells) {
  const ScenarioRange range{350, 2000};
  const Kept expected = alone(range);
  Job job(3);
  Kept kept;
  EXPECT_EQ(together(job, range, std::nullopt, kept), 0);
  expect_same(kept.parts, expected.parts);
  EXPECT_TRUE(kept.rows == expected.rows);
  EXPECT_EQ(kept.parts.front().part.first, 350u);
  EXPECT_FALSE(kept.parts.front().baseline);
}

TEST_F(RankedRunTest, StoppedOnAnyRankItContinuesToTheSameEnd) {
  const Kept expected = alone(whole());
  Kept kept;
  Job first(3);
  std::atomic<int> looks = 0;
  const int reason = together(first, whole(), std::nullopt, kept, [&](int rank) {
    SweepHooks hooks;
    if (rank == 2) hooks.stop = [&] { return ++looks > 2 ? 10 : 0; };
    return hooks;
  });
  EXPECT_EQ(reason, 10);
  ASSERT_LT(kept.parts.size(), 6u);
  EXPECT_EQ(kept.checkpoints, 1);
  const std::uint64_t cell = kept.last ? kept.last->part.cell : kept.parts.size();
  Job second(2);
  EXPECT_EQ(together(second, {id_of(*grid_, cell, 0), grid_->scenarios()}, kept.last, kept), 0);
  expect_same(kept.parts, expected.parts);
  EXPECT_TRUE(kept.rows == expected.rows);
}

TEST_F(RankedRunTest, SavesAsOftenAsItIsAsked) {
  const Kept expected = alone(whole());
  Kept kept;
  Job job(2);
  EXPECT_EQ(together(job, whole(), std::nullopt, kept,
                     [](int) {
                       SweepHooks hooks;
                       hooks.checkpoint_every.scenarios = 200;
                       return hooks;
                     }),
            0);
  EXPECT_GE(kept.checkpoints, 6 * 701 / 200);
  expect_same(kept.parts, expected.parts);
  EXPECT_TRUE(kept.rows == expected.rows);
}

TEST(DeviceOfRank, OneGpuARankOnItsMachine) {
  EXPECT_EQ(device_of_rank("auto", 3, 0), "cpu");
  EXPECT_EQ(device_of_rank("cpu", 3, 8), "cpu");
  EXPECT_EQ(device_of_rank("auto", 3, 4), "cuda:3");
  EXPECT_EQ(device_of_rank("cuda", 5, 4), "cuda:1");
  EXPECT_EQ(device_of_rank("cuda:all", 1, 2), "cuda:1");
  EXPECT_EQ(device_of_rank("cuda:2,0", 0, 4), "cuda:2");
  EXPECT_EQ(device_of_rank("cuda:2,0", 3, 4), "cuda:0");
  EXPECT_EQ(device_of_rank("cuda", 5, 1), "cuda:0");  // the launcher shows each rank its own
  EXPECT_EQ(device_of_rank("cuda", 0, 0), "cuda");    // the device says why there is none
}

}  // namespace
}  // namespace balassa
