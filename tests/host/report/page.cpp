// The page kit: text stays text, numbers stay exact, an SVG stands alone.
#include "host/report/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace balassa {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Page, TextIsEscapedEverywhere) {
  const std::string odd = "<b>\"A&B\"</b>", safe = "&lt;b&gt;&quot;A&amp;B&quot;&lt;/b&gt;";
  Page page(odd, "heading");
  page.section(odd);
  page.table({{odd}, {{{odd, false, odd}}}});
  page.figure({"name", "<svg></svg>", odd, {}});
  page.provenance({{odd, odd}});
  EXPECT_THAT(page.text(), Not(HasSubstr(odd)));
  for (const std::string& whole : {"<title>" + safe + "</title>", "<h2>" + safe + "</h2>", "<th>" + safe + "</th>",
                                   "<td title=\"" + safe + "\">" + safe + "</td>",
                                   "<figcaption>" + safe + "</figcaption>", safe + " " + safe + "."})
    EXPECT_THAT(page.text(), HasSubstr(whole));
}

// 0.1 + 0.2 is 0.30000000000000004 (IEEE 754).
TEST(Page, ARoundedNumberKeepsItsDoubleAsAHint) {
  EXPECT_EQ(number_cell(0.1 + 0.2, "{:.3f}").text, "0.300");
  EXPECT_EQ(number_cell(0.1 + 0.2, "{:.3f}").hint, "0.30000000000000004");
  EXPECT_EQ(number_cell(0.1 + 0.2).text, "0.30000000000000004");
  EXPECT_EQ(number_cell(12).text, "12");
  EXPECT_EQ(number_cell(12).hint, "");
  EXPECT_EQ(number_cell(std::nan("")).text, "–");
  EXPECT_EQ(number_cell(INFINITY).text, "–");
}

TEST(Page, ProvenanceLeavesOutWhatIsNotKnown) {
  Page page("t", "t");
  page.provenance({{"seed", "42"}, {"plan hash", ""}, {"convention", "py"}});
  EXPECT_THAT(page.text(), HasSubstr("seed 42; convention py."));
}

TEST(Page, ALoneSvgHasTheRulesOfThePage) {
  const std::string file = svg_file("<svg viewBox=\"0 0 1 1\" xmlns=\"x\">\n<g class=\"c0\"/></svg>\n");
  EXPECT_THAT(file, HasSubstr("<svg viewBox=\"0 0 1 1\" xmlns=\"x\"><style>"));
  EXPECT_THAT(file, HasSubstr(svg_style() + "</style>"));
  EXPECT_THAT(file, EndsWith("<g class=\"c0\"/></svg>\n"));
}

}  // namespace
}  // namespace balassa
