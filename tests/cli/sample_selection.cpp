// The sample chosen by `compute` and `sweep`: the numbers of a panel imported with it, errors and remarks on its lists.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "io/hdf5/result_file.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using cli::Folder;
using cli::Outcome;
using ::testing::HasSubstr;
using ::testing::Not;

// 30 countries of which each sells a run of goods; the value of country c and good g is 1000 + c + g. L30 sells for 7
// alone, and 9999 is bought from everyone.
void write_trade(const Folder& folder, const std::string& name, bool all = true) {
  std::ofstream csv(folder / name);
  csv << "year,location,product,value\n";
  for (int c = 0; c < 30; ++c) {
    for (int g = c / 3; g < c / 3 + 12 - c / 4; ++g) csv << fmt::format("2017,L{:02},{:04},{}\n", c, g, 1000 + c + g);
    if (all) csv << fmt::format("2017,L{:02},9999,500\n", c);
  }
  if (all) csv << "2017,L30,0001,1\n2017,L30,0009,1\n";
}

std::vector<double> numbers_of(const Folder& folder, const std::string& file, const std::string& dataset) {
  return ResultReader(folder / file).numbers(dataset);
}

TEST(Sample, GivesTheBytesOfAPanelImportedWithIt) {
  const Folder folder;
  write_trade(folder, "all.csv");
  write_trade(folder, "part.csv", false);  // without L30 and 9999
  ASSERT_EQ(folder.run("import all.csv -o all.h5").code, 0);
  ASSERT_EQ(folder.run("import part.csv -o part.h5").code, 0);
  ASSERT_EQ(folder.run("sweep all.h5 --drop-locations L30 --drop-products 9999 --replicates 40 -o a.h5").code, 0);
  ASSERT_EQ(folder.run("sweep part.h5 --replicates 40 -o b.h5").code, 0);
  for (const char* dataset :
       {"baseline/eci", "baseline/pci", "rank/quantiles", "score/quantiles", "tally/score/count"}) {
    const std::vector<double> a = numbers_of(folder, "a.h5", dataset), b = numbers_of(folder, "b.h5", dataset);
    ASSERT_EQ(a.size(), b.size()) << dataset;
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(double)), 0) << dataset;
  }
  EXPECT_EQ(ResultReader(folder / "a.h5").strings("location").size(), 30u);
  ASSERT_EQ(folder.run("compute all.h5 --drop-locations L30 --drop-products 9999 -o c.h5").code, 0);
  ASSERT_EQ(folder.run("compute part.h5 -o d.h5").code, 0);
  EXPECT_EQ(numbers_of(folder, "c.h5", "measure/eci"), numbers_of(folder, "d.h5", "measure/eci"));
  // Shards and a replay know the sample.
  const std::string chosen = "all.h5 --drop-locations L30 --drop-products 9999 --replicates 40";
  for (const char* shard : {"0/2", "1/2"}) {
    ASSERT_EQ(folder.run(fmt::format("sweep {} -o m.h5 --shard {}", chosen, shard)).code, 0);
  }
  ASSERT_EQ(folder.run("merge m.h5").code, 0);
  EXPECT_EQ(cli::file_text(folder / "m.h5"), cli::file_text(folder / "a.h5"));
  const auto replay = nlohmann::json::parse(folder.run("sweep " + chosen + " --scenario 0 --json").out);
  EXPECT_EQ(replay["locations"].size(), 30u);
}

TEST(Sample, ALocationBelowTheFloorIsLeftOutOfItsYear) {
  const Folder folder;
  write_trade(folder, "all.csv");
  ASSERT_EQ(folder.run("import all.csv -o all.h5").code, 0);
  // L30 sells for 2; each other sells 9999 for 500 and five goods or more for over 1000 each.
  ASSERT_EQ(folder.run("compute all.h5 --min-total 3 -o a.h5").code, 0);
  ASSERT_EQ(folder.run("compute all.h5 --drop-locations L30 -o b.h5").code, 0);
  std::vector<double> a = numbers_of(folder, "a.h5", "measure/eci");
  EXPECT_TRUE(std::isnan(a.back()));
  a.pop_back();
  EXPECT_EQ(a, numbers_of(folder, "b.h5", "measure/eci"));
  EXPECT_EQ(numbers_of(folder, "a.h5", "status/of_location").back(), 7);  // below_min_total
  EXPECT_EQ(folder.run("compute all.h5 --min-total 2 -o c.h5").code, 0);
  EXPECT_FALSE(std::isnan(numbers_of(folder, "c.h5", "measure/eci").back()));
  const Outcome none = folder.run("compute all.h5 --min-total 1e12 -o d.h5");
  EXPECT_EQ(none.code, 65);
  EXPECT_THAT(none.err, HasSubstr("lower --min-total"));
}

TEST(Sample, AListThatMatchesNothingIsAnErrorAndInPartARemark) {
  const Folder folder;
  write_trade(folder, "all.csv");
  ASSERT_EQ(folder.run("import all.csv -o all.h5").code, 0);
  const Outcome none = folder.run("compute all.h5 --drop-locations L3 -o a.h5");
  EXPECT_EQ(none.code, 64);
  EXPECT_THAT(none.err, HasSubstr("--drop-locations: found 'L3', expected a location of all.h5; the nearest is L03"));
  std::ofstream(folder / "plan.toml")
      << "panel = \"all.h5\"\n[select]\nproducts = [\"12345\"]\n[output]\nfile = \"x.h5\"\n";
  EXPECT_EQ(folder.run("sweep plan.toml").code, 78);
  const Outcome part = folder.run("compute all.h5 --drop-locations L30,M01 -o a.h5");
  EXPECT_EQ(part.code, 0);
  EXPECT_THAT(part.err,
              HasSubstr("remark: --drop-locations: 1 of 2 codes are not in all.h5: M01; the nearest to M01 is L01"));
  EXPECT_EQ(folder.run("compute all.h5 --locations @none.txt -o b.h5").code, 66);
}

TEST(Sample, IsInThePlanByItsCodes) {
  const Folder folder;
  std::ofstream(folder / "few.txt") << "\xEF\xBB\xBFL02\r\nL01\n";
  const std::string plan = folder.run("plan --locations @few.txt --min-total 10").out;
  EXPECT_THAT(plan, HasSubstr("locations = [\"L01\", \"L02\"]\n"));
  EXPECT_THAT(plan, HasSubstr("min_total = 10.0\n"));
  std::ofstream(folder / "again.toml") << plan;
  EXPECT_EQ(folder.run("plan again.toml").out, plan);
  const auto hash = [&](const std::string& of) {
    return nlohmann::json::parse(folder.run("plan --json " + of).out)["plan_hash"].get<std::string>();
  };
  EXPECT_EQ(hash("again.toml"), hash("--locations L02,L01 --min-total 10"));
  EXPECT_NE(hash("--locations L01"), hash(""));
}

TEST(Sample, AdviceOfARemarkIsGoodToFollow) {
  const Folder folder;
  write_trade(folder, "all.csv");
  std::ofstream(folder / "all.csv", std::ios::app) << "2017,L00,0050,200000\n";
  ASSERT_EQ(folder.run("import all.csv -o all.h5").code, 0);
  const Outcome first = folder.run("compute all.h5 -o a.h5");
  // 30 x 500 of about 485,000, of which 1e-5 is 5.
  EXPECT_THAT(first.err, HasSubstr("9999 names no product and makes 3.1 % of the trade"));
  ASSERT_THAT(first.err, HasSubstr("; --drop-products 9999 leaves it out"));
  ASSERT_THAT(first.err, HasSubstr("--min-total 5 leaves"));
  const Outcome second = folder.run("compute all.h5 --drop-products 9999 --min-total 5 -o b.h5");
  EXPECT_EQ(second.code, 0);
  EXPECT_THAT(second.err, Not(HasSubstr("remark")));
}

}  // namespace
}  // namespace balassa
