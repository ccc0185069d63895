// Saved work under every damage: what is read back is right or is computed again, and the sums are those of a run that
// nothing befell.
#include "host/sweep/sweep_journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "host/sweep/sweep_assembly.hpp"
#include "host/sweep/tally_encoding.hpp"
#include "io/base/error.hpp"
#include "tests/cli/program.hpp"
#include "tests/host/known_device.hpp"
#include "tests/same_tallies.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;

// All members other than zero, different and of sizes other than each other's.
Tallies full_tallies() {
  Tallies t;
  t.scenarios = 1;
  t.sign_disagree = 2;
  t.sign_undefined = 3;
  t.axis_swap = 4;
  t.giant_component = 5;
  std::uint64_t size = 1;
  for (const auto& counts : kTallyCounts) {
    // Runs of zeros at the start, within and at the end, and numbers of one to eight bytes.
    (t.*counts.member).assign(3 * ++size, 0);
    (t.*counts.member)[size] = size;
    (t.*counts.member)[size + 1] = std::uint64_t{1} << (7 * (size - 2));
  }
  for (const auto& histograms : kTallyHistograms) {
    t.*histograms.member = SparseHistograms(0);
    (t.*histograms.member).end_row();  // a row without entries
    for (const int column : {0, 1, 700, kScoreColumns - 1})
      (t.*histograms.member).put(column, std::uint64_t{1} << (column % 64));
    (t.*histograms.member).end_row();
    (t.*histograms.member).put(4000, 5);
    (t.*histograms.member).end_row();
  }
  t.score_moments = {{7, {1, -1}, {2, 3}, -0.5, 0.5}, {}};
  t.product_moments = {{8, {~std::uint64_t{0}, 5}, {4, 6}, -1.5, 2.5}};
  t.worst_residual = {1e-9, 17, true};
  t.worst_gap = {1e-3, std::uint64_t{1} << 40, true};
  return t;
}

TEST(TallyEncoding, GivesBackEveryCounter) {
  const Tallies tallies = full_tallies();
  ByteWriter to;
  encode_tallies(tallies, to);
  ByteReader from(to.bytes());
  const Tallies back = decode_tallies(from, 100);
  from.finish();
  expect_same_tallies(tallies, back, "encoded");
  EXPECT_EQ(tallies.worst_participation.any, back.worst_participation.any);
}

TEST(TallyEncoding, RefusesEveryPrefixAndNeverReadsBeyond) {
  ByteWriter to;
  encode_tallies(full_tallies(), to);
  for (std::size_t size = 0; size < to.bytes().size(); ++size) {
    ByteReader from(to.bytes().first(size));
    EXPECT_THROW(decode_tallies(from, 100), BadBytes) << size;
  }
  ByteReader from(to.bytes());
  EXPECT_THROW(decode_tallies(from, 10), BadBytes);  // more counters than there may be
}

// Tallies whose histograms are these bytes: all else is empty.
std::vector<std::byte> with_histograms(std::initializer_list<std::uint64_t> numbers) {
  ByteWriter to;
  for (std::size_t i = 0; i < std::size(kTallyScalars); ++i) to.put(std::uint64_t{0});
  for (std::size_t i = 0; i < std::size(kTallyCounts); ++i) to.varint(0);
  for (const std::uint64_t number : numbers) to.varint(number);
  for (int i = 0; i < 1000; ++i) to.put(std::uint64_t{0});  // whatever follows, there is enough of it
  return {to.bytes().begin(), to.bytes().end()};
}

TEST(TallyEncoding, RefusesHistogramsThatAreNone) {
  const std::uint64_t columns = kScoreColumns;
  const auto decode = [](const std::vector<std::byte>& bytes) {
    ByteReader from(bytes);
    return decode_tallies(from, 100);
  };
  // One row of two entries: column 3 five times, column 5 once.
  const Tallies good = decode(with_histograms({1, 2, 3, 5, 2, 1}));
  EXPECT_EQ(good.score.column, (std::vector<std::uint16_t>{3, 5}));
  EXPECT_EQ(good.score.count, (std::vector<std::uint64_t>{5, 1}));
  for (const auto& bytes : {
           with_histograms({101}),                                   // more rows than there may be
           with_histograms({1, 1, columns, 1}),                      // no such column
           with_histograms({1, 2, columns - 1, 1, 1, 1}),            // nor the one after the last
           with_histograms({1, 2, 3, 1, ~std::uint64_t{0} - 1, 1}),  // nor one before the first
           with_histograms({1, 2, 3, 1, 0, 1}),                      // a column twice
           with_histograms({1, 1, 3, 0}),                            // a column that did not occur
       }) {
    EXPECT_THROW(decode(bytes), BadBytes);
  }
}

TEST(TallyEncoding, GivesBackEveryMemberOfABaseline) {
  ScenarioRecord r;
  r.validity = Validity::kTiedAxis;
  r.certification = Certification::kFp64;
  r.lambda2 = 1;
  r.lambda3 = 2;
  r.residual = 3;
  r.gap = 4;
  r.participation = 5;
  r.components = 6;
  r.axis_swap = 1;
  r.corr_eci_diversity = 7;
  r.corr_pci_ubiquity = 8;
  r.corr_reflection = 9;
  r.votes = {1, -1, 0};
  r.sign = -1;
  r.rule_sign = 0;
  r.turned = 1;
  r.eci = {1, 2};
  r.pci = {3};
  r.rank = {4, 5};
  r.weight = {6};
  r.diversity = {7};
  r.ubiquity = {8};
  r.weighted_diversity = {12};
  r.share = {9};
  r.hhi_p1 = {10};
  r.split_value = {11};
  r.in_p1 = {1};
  r.location_class = {2, 255};
  ByteWriter to;
  encode_record(r, to);
  ByteReader from(to.bytes());
  const ScenarioRecord b = decode_record(from);
  from.finish();
  EXPECT_EQ(b.validity, r.validity);
  EXPECT_EQ(b.certification, r.certification);
  EXPECT_EQ((std::vector<double>{b.lambda2, b.lambda3, b.residual, b.gap, b.participation, b.corr_eci_diversity,
                                 b.corr_pci_ubiquity, b.corr_reflection}),
            (std::vector<double>{1, 2, 3, 4, 5, 7, 8, 9}));
  EXPECT_EQ((std::vector<int>{b.components, b.axis_swap, b.sign, b.rule_sign, b.turned}),
            (std::vector<int>{6, 1, -1, 0, 1}));
  EXPECT_EQ((std::vector<int>{b.votes.diversity, b.votes.ubiquity, b.votes.reflection}), (std::vector<int>{1, -1, 0}));
  EXPECT_EQ(b.eci, r.eci);
  EXPECT_EQ(b.pci, r.pci);
  EXPECT_EQ(b.rank, r.rank);
  EXPECT_EQ(b.weight, r.weight);
  EXPECT_EQ(b.diversity, r.diversity);
  EXPECT_EQ(b.ubiquity, r.ubiquity);
  EXPECT_EQ(b.weighted_diversity, r.weighted_diversity);
  EXPECT_EQ(b.share, r.share);
  EXPECT_EQ(b.hhi_p1, r.hhi_p1);
  EXPECT_EQ(b.split_value, r.split_value);
  EXPECT_EQ(b.in_p1, r.in_p1);
  EXPECT_EQ(b.location_class, r.location_class);
}

// Two cells of 20 replicates with raw scores; a checkpoint is saved after every 5.
class SavedWork : public ::testing::Test {
 protected:
  SavedWork() : plan_(plan()), grid_(plan_, 1) {}

  static Plan plan() {
    Plan plan = small_plan(20);
    plan.keep_eci = true;
    return plan;
  }
  WorkHeader header(const Plan& of) const {
    return header_of(of, grid_, "panel-hash", "canonical-1", {0, grid_.scenarios()});
  }
  SweepJournal journal() const { return SweepJournal(base(), header(plan_), grid_, 1000); }
  std::string base() const { return folder / "out.h5"; }

  // Runs on from what is saved, up to `scenarios` done; 0 = to the end. Gives the first replicate that was asked for.
  void run(std::uint64_t scenarios = 0) {
    SweepJournal work = journal();
    warnings_ = work.warnings();
    found_ = work.done();
    KnownDevice device(work.begun() ? work.begun()->part.last : 1, fault_at_);
    SweepHooks hooks;
    hooks.checkpoint_every = {5, 0.0};
    std::uint64_t done = 0;
    hooks.progress = [&](std::uint64_t now) { done = now; };
    hooks.stop = [&] { return scenarios > 0 && done >= scenarios ? 15 : 0; };
    const int reason = run_range(plan_, grid_, small_year, device, work.remaining(), work.begun(), work, hooks);
    if (reason == 0) work.close();
  }

  // The finished work has every replicate once, with its tallies and raw scores.
  void expect_whole() const {
    WorkReader file(cells_name(base()));
    std::vector<std::byte> payload;
    std::uint64_t cells = 0, next_raw = 1;
    while (const auto entry = file.next(payload)) {
      ByteReader from(payload);
      if (entry->kind == kRawRecord) {
        const RawBlock block = decode_raw(from);
        ASSERT_EQ(block.cell, cells);
        ASSERT_EQ(block.first, next_raw);
        next_raw += block.count;
        for (std::uint64_t r = 0; r < block.count; ++r) {
          for (std::size_t c = 0; c < 4; ++c)
            ASSERT_EQ(block.eci[r * 4 + c], static_cast<float>(known_score(block.first + r, c)));
        }
      } else if (entry->kind == kPartRecord) {
        const PartOfCell part = decode_part(from, 1000);
        ASSERT_EQ(part.part, (CellPart{cells, 0, 21}));
        ASSERT_EQ(part.tallies.scenarios, 20u);
        ASSERT_EQ(next_raw, 21u);
        next_raw = 1;
        ++cells;
      }
    }
    EXPECT_EQ(file.damage(), "");
    EXPECT_EQ(cells, 2u);
  }

  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder / ""))
      all[entry.path()] = cli::file_text(entry.path());
    return all;
  }
  void restore(const std::map<std::string, std::string>& all) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder / "")) std::filesystem::remove(entry.path());
    for (const auto& [name, text] : all) std::ofstream(name, std::ios::binary) << text;
  }

  cli::Folder folder;
  Plan plan_;
  SpecificationGrid grid_;
  std::vector<std::string> warnings_;
  std::uint64_t found_ = 0;
  std::uint64_t fault_at_ = 0;  // the scenario at which the device is lost; 0: never
};

TEST_F(SavedWork, GoesOnWhereItWasSaved) {
  run(32);  // within the second cell
  run();
  EXPECT_EQ(warnings_.size(), 0u);
  EXPECT_GE(found_, 32u);
  EXPECT_LT(found_, 42u);
  expect_whole();
}

// A device that is lost, or a kernel that faults: the error goes up, what was saved stays, and the next run goes on
// from it.
TEST_F(SavedWork, AFaultOfTheDeviceKeepsWhatWasSaved) {
  fault_at_ = 34;
  EXPECT_THROW(run(), DeviceFault);
  fault_at_ = 0;
  run();
  EXPECT_EQ(warnings_.size(), 0u);
  EXPECT_GE(found_, 21u + 10u);  // the first cell, and of the second all but what was in flight
  EXPECT_LT(found_, 21u + 15u);
  expect_whole();
}

// The newest checkpoint may be lost, not what was saved before it.
TEST_F(SavedWork, TheCheckpointCutAnywhere) {
  run(36);
  const auto saved = files();
  const std::string name = checkpoint_name(base());
  ASSERT_EQ(saved.count(name + ".previous"), 1u);
  run();
  const std::uint64_t newest = found_;
  for (std::size_t size = 0; size < saved.at(name).size(); size += 5) {
    restore(saved);
    std::filesystem::resize_file(name, size);
    run();
    ASSERT_EQ(warnings_.size(), 1u) << size;
    EXPECT_THAT(warnings_[0], HasSubstr(name));
    ASSERT_GE(found_, 21u) << size;
    ASSERT_LT(found_, newest) << size;
    expect_whole();
  }
  restore(saved);
  std::filesystem::remove(name);  // as a kill between two renames leaves it
  run();
  EXPECT_EQ(warnings_.size(), 0u);
  EXPECT_GT(found_, 21u);
  expect_whole();
}

TEST_F(SavedWork, EveryBitOfTheCheckpointFlipped) {
  run(36);
  const auto saved = files();
  const std::string name = checkpoint_name(base());
  const std::string text = saved.at(name);
  for (std::size_t bit = 0; bit < 8 * text.size(); bit += 61) {  // each bit is tests/io/work/work_file.cpp's
    restore(saved);
    std::string damaged = text;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    std::ofstream(name, std::ios::binary) << damaged;
    run();
    ASSERT_EQ(warnings_.size(), 1u) << bit;
    ASSERT_GE(found_, 21u) << bit;
    expect_whole();
  }
}

TEST_F(SavedWork, TheCellsCutAnywhere) {
  run(36);
  const auto saved = files();
  const std::string name = cells_name(base());
  const std::size_t header = replace_work_file(
      folder / "header", encode_header(header_of(plan_, grid_, "panel-hash", "canonical-1", {0, grid_.scenarios()})),
      {});
  for (std::size_t size = header; size < saved.at(name).size(); size += 17) {
    restore(saved);
    std::filesystem::resize_file(name, size);
    run();
    expect_whole();
  }
}

TEST_F(SavedWork, BitsOfTheCellsFlipped) {
  run(36);
  const auto saved = files();
  const std::string name = cells_name(base());
  const std::string text = saved.at(name);
  int refused = 0, redone = 0;
  for (std::size_t bit = 0; bit < 8 * text.size(); bit += 149) {
    restore(saved);
    std::string damaged = text;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    std::ofstream(name, std::ios::binary) << damaged;
    try {
      run();
      ASSERT_GE(warnings_.size(), 1u) << bit;
      EXPECT_THAT(warnings_[0], HasSubstr(name));
      expect_whole();
      ++redone;
    } catch (const Error& error) {  // the header, without which it can't be told whose work it is
      EXPECT_EQ(error.code(), ExitCode::kBadData);
      EXPECT_THAT(error.what(), HasSubstr("--restart"));
      ++refused;
    }
  }
  EXPECT_GT(refused, 5);
  EXPECT_GT(redone, 5);
}

TEST_F(SavedWork, OfAnotherPlanPanelPrecisionArithmeticVersionOrRangeIsRefused) {
  run(36);
  const auto refused = [&](const std::function<void(WorkHeader&)>& change, const char* says) {
    WorkHeader other = header(plan_);
    change(other);
    try {
      SweepJournal(base(), other, grid_, 1000);
      FAIL() << says;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kForeignCheckpoint);
      EXPECT_THAT(error.what(), HasSubstr(says));
      EXPECT_THAT(error.what(), HasSubstr("--restart"));
    }
  };
  refused([](WorkHeader& h) { h.plan_hash = "other"; }, "expected other");
  refused([](WorkHeader& h) { h.plan_hash = "other"; }, header(plan_).plan_hash.c_str());
  refused([](WorkHeader& h) { h.panel_hash = "p"; }, "panel with content hash panel-hash, expected p");
  refused([](WorkHeader& h) { h.precision = "fast"; }, "precision certified, expected fast");
  refused([](WorkHeader& h) { h.arithmetic = "a"; }, "arithmetic canonical-1, expected a");
  refused([](WorkHeader& h) { h.version = "9.9"; }, "expected 9.9");
  refused([](WorkHeader& h) { h.range.end = 7; }, "expected 0 to 7");
  WorkHeader moved = header(plan_);
  moved.panel = "moved/elsewhere.h5";  // a path is no difference
  EXPECT_NO_THROW(SweepJournal(base(), moved, grid_, 1000));
  SweepJournal::discard(base());
  EXPECT_EQ(folder.entries(), 0u);
}

}  // namespace
}  // namespace balassa
