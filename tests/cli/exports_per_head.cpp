// Presence by exports per head, from the tables of a user: numbers by hand, what is refused, what the messages advise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "io/hdf5/result_file.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using cli::Folder;
using cli::Outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// X_p = 8, 8, 8; X = 24; N = 8 without D's. RCA = X_cp 24 / (X_c 8), RPOP = X_cp 8 / (N_c 8) = X_cp / N_c.
//   X    a  b  c   X_c  N_c   RCA             RPOP
//   A    4  2  0    6    2    2    1    0     2    1    0
//   B    2  4  2    8    4    .75  1.5  .75   .5   1    .5
//   C    0  2  4    6    2    0    1    2     0    1    2
//   D    2  0  2    4    ?    1.5  0    1.5   none
class PerHead : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder / "t.csv") << "year,location,product,value\n"
                                       "2017,A,a,4\n2017,A,b,2\n2017,B,a,2\n2017,B,b,4\n2017,B,c,2\n2017,C,b,2\n"
                                       "2017,C,c,4\n2017,D,a,2\n2017,D,c,2\n";
    std::ofstream(folder / "people.csv") << "location,year,population\nA,2017,2\nB,2017,4\nC,2017,2\n";
    ASSERT_EQ(folder.run("import t.csv -o bare.h5").code, 0);
    ASSERT_EQ(folder.run("import t.csv -o p.h5 --population people.csv").code, 0);
  }
  std::vector<double> presence(const std::string& options) const {
    const Outcome run = folder.run("compute p.h5 -o m.h5 --force " + options);
    EXPECT_EQ(run.code, 0) << run.err;
    return ResultReader(folder / "m.h5").numbers("measure/mcp");
  }
  Folder folder;
};

TEST_F(PerHead, IsWhatTheFormulaSays) {
  EXPECT_THAT(presence("--presence rca"), ElementsAre(1, 1, 0, 0, 1, 0, 0, 1, 1, 1, 0, 1));
  EXPECT_THAT(presence("--presence rpop"), ElementsAre(1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0));
  EXPECT_THAT(presence("--presence rpop --rpop-threshold 0.5"), ElementsAre(1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 0));
  EXPECT_THAT(presence("--presence both --rpop-threshold 0.5"), ElementsAre(1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0));
  EXPECT_THAT(presence("--presence either --rpop-threshold 0.5"), ElementsAre(1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1));
  EXPECT_THAT(presence("--presence rpop --rca-tie '>'"), ElementsAre(1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0));
}

TEST_F(PerHead, AreMeasures) {
  ASSERT_EQ(folder.run("compute p.h5 -o m.h5 --measures rpop,rsca,rca_share").code, 0);
  const ResultReader file(folder / "m.h5");
  const std::vector<double> rpop = file.numbers("measure/rpop"), rsca = file.numbers("measure/rsca"),
                            share = file.numbers("measure/rca_share");
  const double by_hand[] = {2, 1, 0, .5, 1, .5, 0, 1, 2}, rca[] = {2, 1, 0, .75, 1.5, .75, 0, 1, 2, 1.5, 0, 1.5};
  for (std::size_t i = 0; i < 9; ++i) EXPECT_DOUBLE_EQ(rpop[i], by_hand[i]) << i;
  for (std::size_t i = 9; i < 12; ++i) EXPECT_TRUE(std::isnan(rpop[i])) << i;
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_DOUBLE_EQ(rsca[i], (rca[i] - 1) / (rca[i] + 1)) << i;
    EXPECT_DOUBLE_EQ(share[i], rca[i] / (1 + rca[i])) << i;
  }
  const Outcome bare = folder.run("compute bare.h5 -o n.h5 --measures rpop");
  EXPECT_NE(bare.code, 0);
  EXPECT_THAT(bare.err, HasSubstr("population"));
}

// A grid over presence: each specification's baseline is what compute says of it.
TEST_F(PerHead, InASweep) {
  const Outcome run =
      folder.run("sweep p.h5 --presence rca,rpop,both,either --rpop-threshold 0.5 --replicates 20 -o s.h5");
  ASSERT_EQ(run.code, 0) << run.err;
  const ResultReader file(folder / "s.h5");
  EXPECT_THAT(file.numbers("presence"), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(file.text_attribute("presence", "flag_meanings"), "rca rpop both either");
  EXPECT_THAT(file.strings("label"),
              ElementsAre("RCA >= 1", "RPOP >= 0.5", "RCA >= 1 and RPOP >= 0.5", "RCA >= 1 or RPOP >= 0.5"));
  EXPECT_THAT(file.numbers("baseline/diversity"), ElementsAre(2, 1, 2, 2, 2, 3, 2, 0, 2, 1, 2, 0, 2, 3, 2, 2));
}

TEST_F(PerHead, SaysWhosePopulationIsNotKnown) {
  const Outcome run = folder.run("compute p.h5 -o m.h5 --presence either");
  EXPECT_EQ(run.code, 0);
  EXPECT_THAT(run.err, HasSubstr("1 location with trade has no population in some year (D)"));
  EXPECT_THAT(folder.run("sweep p.h5 -o s.h5 --presence rpop --replicates 2").err, HasSubstr("some year (D)"));
  EXPECT_THAT(folder.run("compute p.h5 -o n.h5").err, Not(HasSubstr("population")));
}

TEST_F(PerHead, RefusesWhatItCannotTell) {
  for (const char* command : {"compute bare.h5 -o m.h5 --presence rpop", "sweep bare.h5 -o s.h5 --presence rca,both"}) {
    const Outcome run = folder.run(command);
    EXPECT_EQ(run.code, 65) << run.err;
    EXPECT_THAT(run.err, HasSubstr("bare.h5:/population[0]: found no number for 2017"));
    EXPECT_THAT(run.err,
                HasSubstr("choose other years with --years, make the panel with balassa import --population FILE, "
                          "or use --presence rca"));
  }
  const Outcome noise = folder.run("sweep p.h5 -o s.h5 --presence either --scheme noise --sigma 0.3");
  EXPECT_EQ(noise.code, 78) << noise.err;
  EXPECT_THAT(noise.err, HasSubstr("specification.presence: found exports per head, expected \"rca\" with scheme"));
  EXPECT_EQ(folder.run("sweep p.h5 -o s.h5 --presence either --scheme locations").code, 78);
  const Outcome idle = folder.run("sweep p.h5 -o s.h5 --rpop-threshold 0.5,1");
  EXPECT_EQ(idle.code, 78);
  EXPECT_THAT(idle.err, HasSubstr("found 2 values, expected one with presence = \"rca\""));
  EXPECT_EQ(folder.run("sweep p.h5 -o s.h5 --presence rpop,both --rca-threshold 0.5,1").code, 78);
  EXPECT_EQ(folder.run("compute p.h5 -o m.h5 --presence continuous").code, 64);
}

}  // namespace
}  // namespace balassa
