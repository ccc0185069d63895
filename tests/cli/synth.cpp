// `balassa synth` as a process: same options, same bytes; what it refuses, and how.
#include <gtest/gtest.h>

#include "io/base/error.hpp"
#include "io/panel/panel_file.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

constexpr const char* kSmall = "synth --locations 30 --products 60 --years 2014,2016-2017 --regions 5 ";

TEST(Synth, SameOptionsSameBytes) {
  const cli::Folder folder;
  ASSERT_EQ(folder.run(std::string(kSmall) + "-o a.h5").code, 0);
  ASSERT_EQ(folder.run(std::string(kSmall) + "-o b.h5 --threads 1").code, 0);
  ASSERT_EQ(folder.run(std::string(kSmall) + "-o c.h5 --seed 43").code, 0);
  EXPECT_EQ(cli::file_text(folder / "a.h5"), cli::file_text(folder / "b.h5"));
  EXPECT_NE(cli::file_text(folder / "a.h5"), cli::file_text(folder / "c.h5"));
}

TEST(Synth, PanelReadsBack) {
  const cli::Folder folder;
  ASSERT_EQ(folder.run(std::string(kSmall) + "-o a.h5").code, 0);
  const Panel panel = read_panel(folder / "a.h5");
  EXPECT_EQ(panel.years, (std::vector<std::int32_t>{2014, 2016, 2017}));
  EXPECT_EQ(panel.locations.size(), 35u);
  EXPECT_EQ(panel.products.size(), 60u);
  EXPECT_EQ(panel.products.front().substr(0, 2), "01");
  EXPECT_EQ(panel.units, "USD");
  EXPECT_EQ(panel.population.size(), 105u);
  EXPECT_EQ(panel.location_kind.back(), "region");
  EXPECT_EQ(panel.product_class.count("section"), 1u);
}

TEST(Synth, SummaryAndRefusals) {
  const cli::Folder folder;
  const cli::Outcome json = folder.run(std::string(kSmall) + "-o a.h5 --json");
  EXPECT_EQ(json.code, 0);
  EXPECT_NE(json.out.find("\"countries\":30"), std::string::npos) << json.out;
  const cli::Outcome again = folder.run(std::string(kSmall) + "-o a.h5");
  EXPECT_EQ(again.code, static_cast<int>(ExitCode::kCannotCreate)) << again.err;
  EXPECT_EQ(folder.run(std::string(kSmall) + "-o a.h5 --force").code, 0);
  for (const char* wrong : {"--years 2017,2015", "--years 20x7", "--years 2017-2015", "--years ''", "--density 0.9",
                            "--locations 1", "--regions 1", "--colour red"}) {
    const cli::Outcome refused = folder.run(std::string("synth -o other.h5 ") + wrong);
    EXPECT_EQ(refused.code, static_cast<int>(ExitCode::kUsage)) << wrong << ": " << refused.err;
    EXPECT_FALSE(refused.err.empty()) << wrong;
  }
  EXPECT_EQ(folder.entries(), 2u);  // a.h5 and its manifest; nothing of what was refused
}

}  // namespace
}  // namespace balassa
