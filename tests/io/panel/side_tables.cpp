// Side files as offices publish them: which column holds the codes is told by the codes, not by its name.
#include "io/panel/side_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "tests/io/sample_panel.hpp"

namespace balassa {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;

Panel panel_of(std::vector<std::string> locations, std::vector<std::string> products, std::vector<std::int32_t> years) {
  Panel panel;
  panel.years = std::move(years);
  panel.locations = std::move(locations);
  panel.products = std::move(products);
  return panel;
}

class SideFiles : public testing::Test {
 protected:
  SideFile file(const std::string& text, const std::string& columns = "") {
    std::ofstream(folder_ / "side.csv") << text;
    return parse_side_file(folder_ / "side.csv" + columns);
  }
  Folder folder_;
};

// Four columns that could be a country's code: the one that has the panel's is taken.
TEST_F(SideFiles, CodesTellTheirColumn) {
  const std::string text =
      "country_code,country_name,country_iso2,country_iso3\n4,Afghanistan,AF,AFG\n40,Austria,AT,AUT\n251,\"France, "
      "Monaco\",FR,FRA\n";
  Panel numeric = panel_of({"251", "4", "40"}, {"01"}, {2001});
  EXPECT_EQ(add_location_names(numeric, file(text)).used, 3U);
  EXPECT_THAT(numeric.location_name, ElementsAre("France, Monaco", "Afghanistan", "Austria"));
  Panel letters = panel_of({"AFG", "FRA", "KEN"}, {"01"}, {2001});
  EXPECT_EQ(add_location_names(letters, file(text)).unknown, 1U);
  EXPECT_THAT(letters.location_name, ElementsAre("Afghanistan", "France, Monaco", ""));
  for (const char* key : {":code=country_iso2", ":location=country_iso2"}) {
    Panel pairs = panel_of({"AF", "AT"}, {"01"}, {2001});
    EXPECT_EQ(add_location_names(pairs, file(text, key)).used, 2U);
  }
}

TEST_F(SideFiles, LostZerosAreSeenWhereNothingFitsElse) {
  Panel panel = panel_of({"4", "40"}, {"0101", "0201"}, {2001});
  const SideSummary padded = add_location_names(panel, file("code,name\n004,A\n040,B\n"));
  EXPECT_THAT(panel.location_name, ElementsAre("A", "B"));
  EXPECT_THAT(padded.remark, HasSubstr("without leading zeros"));
  add_product_names(panel, file("code,description\n101,horses\n201,beef\n"));
  EXPECT_THAT(panel.product_name, ElementsAre("horses", "beef"));
}

TEST_F(SideFiles, NoCodeFoundIsSaid) {
  Panel panel = panel_of({"a"}, {"0101", "0203"}, {2001});
  const SideSummary none = add_product_names(panel, file("code,description\n010100,horses\n020300,beef\n"));
  EXPECT_EQ(none.unknown, 2U);
  EXPECT_THAT(none.remark,
              HasSubstr("none of the 2 products has a name there: of the codes, those of column code are such "
                        "as '010100' (6 characters), the panel's such as '0101' (4 characters)"));
}

TEST_F(SideFiles, AColumnForEachYear) {
  const std::string text =
      "Series,Country Name,Country Code,1999 [YR1999],2000 [YR2000],2001 "
      "[YR2001]\nGDP,Austria,AUT,1,2,3\nGDP,Kenya,KEN,4,..,6\n"
      "GDP,World,WLD,7,8,9\nLast updated: today,,,,,\n";
  Panel panel = panel_of({"AUT", "KEN", "NAM"}, {"01"}, {2000, 2001});
  const SideSummary used = add_table(panel, "gdp", file(text));
  EXPECT_EQ(used.used, 2U);
  EXPECT_EQ(used.unknown, 1U);
  EXPECT_THAT(panel.gdp, ElementsAre(2, IsNan(), IsNan(), 3, 6, IsNan()));

  // One column of it as the value, and the number of its name as the year.
  Panel one = panel_of({"AUT", "KEN"}, {"01"}, {2001});
  add_table(one, "gdp",
            file("Country Code,2000,2001\nAUT,2,3\nKEN,5,6\n", ":location=Country Code,value=2001,year=2001"));
  EXPECT_THAT(one.gdp, ElementsAre(3, 6));
}

TEST_F(SideFiles, NamesOfColumnsMayHoldCommasAndColons) {
  Panel panel = panel_of({"AUT"}, {"01"}, {2001});
  add_table(panel, "gdp",
            file("iso,\"GDP, current: USD\",year\nAUT,3,2001\n", ":value=GDP, current: USD,location=iso"));
  EXPECT_THAT(panel.gdp, ElementsAre(3));
}

TEST_F(SideFiles, ATextThatNoPanelTakesIsNamedByItsRow) {
  for (const std::string name : {"\"two\nlines\"", "a\tb", "caf\xe9"}) {
    Panel panel = panel_of({"AUT", "KEN"}, {"01"}, {2001});
    const auto complaint =
        complaint_of([&] { add_location_names(panel, file("code,name\nAUT,Austria\nKEN," + name + "\n")); });
    EXPECT_EQ(complaint.code, ExitCode::kBadData) << name;
    EXPECT_THAT(complaint.message, HasSubstr(":name[3]: found ")) << name;
    EXPECT_THAT(complaint.message, HasSubstr("expected one line of UTF-8; correct the row")) << name;
  }
}

TEST_F(SideFiles, AreCheckedByTheirHeaderAlone) {
  EXPECT_EQ(complaint_of([] { check_side_file(parse_side_file("/nowhere/names.csv")); }).code, ExitCode::kInputMissing);
  EXPECT_THAT(complaint_of([&] { check_side_file(file("code,name\n", ":name=nmae")); }).message,
              HasSubstr("found columns code, name, expected 'nmae' as name= says; the nearest is name"));
  check_side_file(file("code,name\n", ":name=name"));
}

// What the message says is meant, followed, is read.
TEST_F(SideFiles, AdviceIsFollowed) {
  Panel panel = panel_of({"AUT"}, {"01"}, {2001});
  const std::string text = "code,title,longname\nAUT,Oesterreich,Austria\n";
  EXPECT_THAT(complaint_of([&] { add_location_names(panel, file(text)); }).message, HasSubstr("FILE:name=COLUMN"));
  add_location_names(panel, file(text, ":name=longname"));
  EXPECT_THAT(panel.location_name, ElementsAre("Austria"));
}

}  // namespace
}  // namespace balassa
