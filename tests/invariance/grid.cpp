// A sweep over several values of any knob gives for each the numbers of a sweep with that value alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cstring>

#include "io/hdf5/result_file.hpp"
#include "tests/cli/program.hpp"
#include "tests/host/knob_values.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;

// A sparse matrix, so that some replicates fall apart and some axes are carried by few locations.
constexpr const char* kPanel = "synth -o w.h5 --locations 14 --products 17 --years 2016,2017 --seed 7 --quiet";
constexpr const char* kStudy = "sweep w.h5 --replicates 130 --keep eci,pci --hhi-cut 1500,1800 --force --json";

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

// Numbers of a specification or scenario in the grid, not of what it gives.
bool is_number_in_grid(const std::string& name) {
  return name == "alignment_specification" || name.ends_with("_scenario");
}

std::vector<std::string> datasets_of_cells(const ResultReader& file) {
  std::vector<std::string> names;
  for (const auto& dataset : file.datasets()) {
    const std::vector<std::string>& d = dataset.dimensions;
    if (d.size() >= 2 && d[0] == "year" && d[1] == "specification" && !is_number_in_grid(dataset.name))
      names.push_back(dataset.name);
  }
  return names;
}

class Grid : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(folder.run(kPanel).code, 0); }
  void sweep(const std::string& arguments, const std::string& output) {
    const cli::Outcome run = folder.run(fmt::format("{} {} -o {}", kStudy, arguments, output));
    ASSERT_EQ(run.code, 0) << arguments << "\n" << run.err;
  }
  cli::Folder folder;
};

TEST_F(Grid, EachValueOfAnyKnobIsASweepOfItsOwn) {
  for (const Knob& knob : knobs()) {
    const std::vector<double> values = knob.spans_grid() ? values_to_try(knob) : std::vector<double>{};
    if (values.size() < 2) continue;
    sweep(fmt::format("{} '{}'", knob.flag(), flag_text(knob, values)), "all.h5");
    const ResultReader all(folder / "all.h5");
    EXPECT_EQ(all.numbers(std::string(knob.name)), values) << knob.name;
    EXPECT_EQ(all.strings("label").size(), values.size());
    bool acts = false;
    for (std::size_t s = 0; s < values.size(); ++s) {
      const std::string one = flag_text(knob, {values[s]});
      sweep(fmt::format("{} '{}'", knob.flag(), one), "one.h5");
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
    const std::vector<double> values = knob.spans_grid() ? values_to_try(knob) : std::vector<double>{};
    if (values.size() < 2) continue;
    lists += fmt::format(" {} '{}'", knob.flag(), flag_text(knob, values));
    last += fmt::format(" {} '{}'", knob.flag(), flag_text(knob, {values.back()}));
    specifications *= values.size();
  }
  sweep(lists + " --replicates 8", "all.h5");
  sweep(last + " --replicates 8", "last.h5");
  const ResultReader all(folder / "all.h5"), alone(folder / "last.h5");
  ASSERT_EQ(all.strings("label").size(), specifications);
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
