// A sweep over several values of any knob gives for each the numbers of a sweep with that value alone.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <set>
#include <tuple>

#include "io/hdf5/result_file.hpp"
#include "io/panel/panel_file.hpp"
#include "tests/cli/program.hpp"
#include "tests/host/knob_values.hpp"

namespace balassa {
namespace {

// Two blocks of locations and products, 7 x 7 and 5 x 5, each 3 (A + B + C) + 2 D + E of random permutations: rows and
// columns add up to 12, so that an RCA is the value itself and many are 1, the threshold. Then a location of each block
// gives what it makes of the block's first product for as much of the other's: nothing else joins the blocks, so that a
// replicate without these two products falls apart.
Panel ties_and_two_links() {
  constexpr std::size_t kSide = 12, kFirst = 7;
  Panel panel;
  panel.years = {2016, 2017};
  for (std::size_t k = 0; k < kSide; ++k) {
    panel.locations.push_back(fmt::format("L{:02}", k));
    panel.products.push_back(fmt::format("P{:02}", k));
  }
  panel.value.assign(2 * kSide * kSide, 0.0);
  panel.missing.assign(2 * kSide, 0);
  for (std::size_t i = 0; i < 2 * kSide; ++i) panel.population.push_back(static_cast<double>(1 + i * i % 7));
  std::mt19937 random(5);
  for (std::size_t y = 0; y < 2; ++y) {
    const auto at = [&](std::size_t c, std::size_t p) -> double& { return panel.value[panel.index(y, c, p)]; };
    std::array<std::size_t, 2> maker{};
    for (const auto& [first, side, block] : {std::tuple{std::size_t{0}, kFirst, 0}, {kFirst, kSide - kFirst, 1}}) {
      for (const double value : {3.0, 3.0, 3.0, 2.0, 1.0}) {
        std::vector<std::size_t> order(side);
        std::iota(order.begin(), order.end(), first);
        for (std::size_t k = side; k > 1; --k) std::swap(order[k - 1], order[random() % k]);
        for (std::size_t c = 0; c < side; ++c) at(first + c, order[c]) += value;
      }
      for (std::size_t c = first; c < first + side; ++c) {
        if (at(c, first) >= 3.0) maker[static_cast<std::size_t>(block)] = c;
      }
    }
    for (std::size_t block = 0; block < 2; ++block) {
      const std::size_t own = block == 0 ? 0 : kFirst, other = kFirst - own;
      at(maker[block], own) -= 3.0;
      at(maker[block], other) += 3.0;
    }
  }
  // A hair that float32 does not hold: as float64 the first year has no ties, as float32 it has.
  for (double& value : panel.value) {
    if (value != 3.0) continue;
    value += 3e-9;
    break;
  }
  return panel;
}

constexpr const char* kStudy = "sweep w.h5 --weights multinomial --hhi-cut 1500,1800 --force --json";

// The part [year, s, ...] of a dataset [year, specification, ...].
std::vector<double> part_of(const ResultReader& file, const std::string& name, std::size_t s) {
  const std::vector<std::size_t>& shape = file.require(name).shape;
  const std::vector<double> all = file.numbers(name);
  const std::size_t width = all.size() / shape[0] / shape[1];
  std::vector<double> part;
  for (std::size_t y = 0; y < shape[0]; ++y) {
    const auto from = all.begin() + static_cast<std::ptrdiff_t>((y * shape[1] + s) * width);
    part.insert(part.end(), from, from + static_cast<std::ptrdiff_t>(width));
  }
  return part;
}

bool same(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

// Where a specification stands in the grid and its counters in the file, not what it gives.
bool is_place(const std::string& name) {
  return name == "alignment_specification" || name.ends_with("_scenario") || name.ends_with("/first");
}

std::vector<std::string> datasets_of_cells(const ResultReader& file) {
  std::vector<std::string> names;
  for (const auto& dataset : file.datasets()) {
    const std::vector<std::string>& d = dataset.dimensions;
    if (d.size() >= 2 && d[0] == "year" && d[1] == "specification" && !is_place(dataset.name))
      names.push_back(dataset.name);
  }
  return names;
}

class Grid : public ::testing::Test {
 protected:
  void SetUp() override { write_panel(folder / "w.h5", ties_and_two_links(), false); }
  // Its summary, as JSON.
  nlohmann::json sweep(const std::string& arguments, const std::string& output) {
    const cli::Outcome run = folder.run(fmt::format("{} {} -o {}", kStudy, arguments, output));
    EXPECT_EQ(run.code, 0) << arguments << "\n" << run.err;
    return nlohmann::json::parse(run.out);
  }
  cli::Folder folder;
};

TEST_F(Grid, EachValueOfAnyKnobIsASweepOfItsOwn) {
  for (const Knob& knob : knobs()) {
    const std::vector<double> values = knob.spans_grid() ? values_to_try(knob) : std::vector<double>{};
    if (values.size() < 2) continue;
    // The threshold of exports per head acts where presence looks at it.
    const std::string how = std::string("--replicates 130 --keep eci,pci ") +
                            (knob.name == "rpop_threshold" ? "--presence either " : "") + knob.flag();
    sweep(fmt::format("{} '{}'", how, flag_text(knob, values)), "all.h5");
    const ResultReader all(folder / "all.h5");
    EXPECT_EQ(all.numbers(std::string(knob.name)), values) << knob.name;
    EXPECT_EQ(all.strings("label").size(), values.size());
    bool acts = false;
    for (std::size_t s = 0; s < values.size(); ++s) {
      const std::string one = flag_text(knob, {values[s]});
      sweep(fmt::format("{} '{}'", how, one), "one.h5");
      const ResultReader alone(folder / "one.h5");
      EXPECT_GT(datasets_of_cells(alone).size(), 60u);
      for (const std::string& name : datasets_of_cells(alone)) {
        EXPECT_TRUE(same(part_of(all, name, s), part_of(alone, name, 0))) << knob.name << " " << one << ": " << name;
        acts = acts || (s > 0 && !same(part_of(all, name, s), part_of(all, name, 0)));
      }
    }
    EXPECT_TRUE(acts) << knob.name << ": its values give the same numbers on this panel";
  }
}

// Several axes at once, by shards and by one process.
TEST_F(Grid, OfAllKnobsIsTheirProductHoweverItIsRun) {
  std::string lists, last;
  std::size_t specifications = 1;
  for (const Knob& knob : knobs()) {
    std::vector<double> values = knob.spans_grid() ? values_to_try(knob) : std::vector<double>{};
    if (values.size() < 2) continue;
    // Those that look at both thresholds, so that no two specifications are the same.
    if (knob.name == "presence")
      values = {static_cast<double>(Presence::kBoth), static_cast<double>(Presence::kEither)};
    lists += fmt::format(" {} '{}'", knob.flag(), flag_text(knob, values));
    last += fmt::format(" {} '{}'", knob.flag(), flag_text(knob, {values.back()}));
    specifications *= values.size();
  }
  const nlohmann::json summary = sweep(lists + " --replicates 8", "all.h5");
  sweep(last + " --replicates 8", "last.h5");
  const ResultReader all(folder / "all.h5"), alone(folder / "last.h5");
  const std::vector<std::string> labels = all.strings("label");
  ASSERT_EQ(labels.size(), specifications);
  EXPECT_EQ(std::set<std::string>(labels.begin(), labels.end()).size(), specifications);
  ASSERT_EQ(summary["grid"].size(), specifications);
  for (const Knob& knob : knobs()) {
    if (!knob.has_dataset()) continue;
    const std::string name(knob.name);
    const std::vector<double> values = all.numbers(name);
    for (std::size_t s = 0; s < specifications; ++s) {
      const nlohmann::json& found = summary["grid"][s][name];
      EXPECT_EQ(found.is_string() ? found.get<std::string>() : knob.word(found.get<double>()), knob.word(values[s]))
          << name;
      EXPECT_EQ(summary["grid"][s]["label"], labels[s]);
    }
  }
  for (const std::string& name : datasets_of_cells(alone))
    EXPECT_TRUE(same(part_of(all, name, specifications - 1), part_of(alone, name, 0))) << name;

  const std::string whole = cli::file_text(folder / "all.h5");
  for (const char* shard : {"0/3", "1/3", "2/3"}) sweep(lists + " --replicates 8 --shard " + shard, "cut.h5");
  const cli::Outcome merged = folder.run("merge cut.h5 --quiet");
  ASSERT_EQ(merged.code, 0) << merged.err;
  EXPECT_TRUE(cli::file_text(folder / "cut.h5") == whole);
}

}  // namespace
}  // namespace balassa
