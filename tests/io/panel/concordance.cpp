// Concordances: parts worked out by hand, and totals that stay.
#include "io/panel/concordance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "io/base/error.hpp"
#include "tests/io/sample_panel.hpp"

namespace balassa {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;

class Concordance : public testing::Test {
 protected:
  Concordance() {
    panel_.years = {1990, 2000};
    panel_.locations = {"DEU", "RUS", "SUN"};
    panel_.products = {"0101", "0102", "0201"};
    panel_.value = {1,    2,    4,    kNaN, kNaN, kNaN, 100,  200,  400,    // 1990: no RUS
                    1000, 2000, kNaN, 8,    16,   32,   kNaN, kNaN, kNaN};  // 2000: no SUN
    panel_.missing = {0, 1, 0, 0, 0, 1};
  }
  SideFile file(const std::string& text, const std::string& columns = "") {
    std::ofstream(folder_ / "c.csv") << text;
    return parse_side_file(folder_ / "c.csv" + columns);
  }
  double total() const {
    double sum = 0;
    for (const double value : panel_.value) sum += value > 0 ? value : 0;
    return sum;
  }
  static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  Folder folder_;
  Panel panel_;
};

TEST_F(Concordance, DividesByWeightsAndAddsUp) {
  const std::string said =
      apply_concordance(panel_, file("from,to,weight\n0101,A,1\n0102,A,0.25\n0102,B,0.75\n0201,B,2\n9999,C,1\n"));
  EXPECT_THAT(panel_.products, ElementsAre("A", "B"));
  EXPECT_THAT(panel_.value, ElementsAre(1.5, 5.5, IsNan(), IsNan(), 150, 550, 1500, 1500, 12, 44, IsNan(), IsNan()));
  EXPECT_THAT(panel_.missing, ElementsAre(0, 1, 0, 0, 0, 1));
  EXPECT_THAT(said,
              testing::AllOf(HasSubstr("3 products by from became 2 by to"), HasSubstr("1 were divided by weight"),
                             HasSubstr("weights of 1 do not add up to 1")));
}

TEST_F(Concordance, KeepsTheTotalOfProductsWithoutAMatch) {
  const double before = total();
  // As WITS has it: codes and descriptions, no weights.
  const std::string said = apply_concordance(
      panel_,
      file("HS 1988/92 Product Code,HS Description,ISIC Revision 3 Product Code,ISIC Description\n0101,horses,0121,"
           "\"Farming of cattle, sheep\"\n0101,horses,0122,Other animals\n0201,beef,1511,Meat\n"));
  EXPECT_THAT(panel_.products, ElementsAre("0121", "0122", "1511", "XXXX"));
  EXPECT_EQ(total(), before);
  EXPECT_EQ(panel_.value[panel_.index(0, 2, 0)], 50.0);
  EXPECT_EQ(panel_.value[panel_.index(0, 2, 3)], 200.0);
  // 0102 is 2 + 200 + 2000 + 16 of 3763.
  EXPECT_THAT(said, HasSubstr("1 without a match (0102), 58.94 % of the total, are product XXXX"));
}

TEST_F(Concordance, SplitsALocationAndLeavesOthers) {
  const double before = total();
  const std::string said =
      apply_concordance(panel_, file("old,new,weight\nSUN,RUS,0.5\nSUN,UKR,0.25\nSUN,KAZ,0.25\n", ":from=old,to=new"));
  EXPECT_THAT(panel_.locations, ElementsAre("DEU", "KAZ", "RUS", "UKR"));
  EXPECT_EQ(total(), before);
  EXPECT_EQ(panel_.value[panel_.index(0, 2, 1)], 100.0);  // RUS from SUN in 1990
  EXPECT_EQ(panel_.value[panel_.index(1, 2, 1)], 16.0);   // its own in 2000
  EXPECT_THAT(panel_.missing, ElementsAre(0, 0, 0, 0, 0, 1, 0, 1));
  EXPECT_TRUE(std::isnan(panel_.value[panel_.index(1, 3, 1)]));
  EXPECT_THAT(said, HasSubstr("stay as they are"));
}

TEST_F(Concordance, TellsColumnsByTheNamesOfClassifications) {
  apply_concordance(panel_, file("hs92_4,isic3,tech\n0101,0121,low\n0102,0121,low\n0201,1511,low\n"));
  EXPECT_THAT(panel_.products, ElementsAre("0121", "1511"));
}

TEST_F(Concordance, MergesLocations) {
  apply_concordance(panel_, file("from,to\nSUN,FSU\nRUS,FSU\n"));
  EXPECT_THAT(panel_.locations, ElementsAre("DEU", "FSU"));
  EXPECT_THAT(panel_.value, ElementsAre(1, 2, 4, 100, 200, 400, 1000, 2000, IsNan(), 8, 16, 32));
}

TEST_F(Concordance, RefusesWhatFitsNothing) {
  EXPECT_THAT(complaint_of([&] { apply_concordance(panel_, file("from,to\n010100,A\n")); }).message,
              HasSubstr("found none of the panel's products and locations"));
  EXPECT_THAT(complaint_of([&] { apply_concordance(panel_, file("hs,branch,tech\n0101,A,x\n")); }).message,
              HasSubstr("FILE:from=COLUMN,to=COLUMN"));
  EXPECT_THAT(complaint_of([&] { apply_concordance(panel_, file("from,to,weight\n0101,A,-1\n")); }).message,
              HasSubstr(":weight[2]: found '-1'"));
  EXPECT_THAT(complaint_of([&] { apply_concordance(panel_, file("from,to,weight\n0101,A,1\n0101,A,1\n")); }).message,
              HasSubstr("a second time"));
}

// Revisions of one classification share most codes: the names of the columns decide, never which holds more of them.
TEST_F(Concordance, GoesFromTheColumnThatSaysSo) {
  apply_concordance(panel_, file("to,from\n0102,0101\n0201,9998\n0101,9999\n"));
  EXPECT_THAT(panel_.products, ElementsAre("0102", "XXXX"));  // what was 0101, and all that has no match
}

TEST_F(Concordance, AsksWhereTwoColumnsHoldThePanelsCodes) {
  const std::string text = "HS1992,HS2012\n0101,0102\n0102,0201\n9999,0101\n0201,0201\n";
  try {
    apply_concordance(panel_, file(text));
    FAIL() << "went one of the two ways";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("say from which to change: FILE:from="));
  }
  apply_concordance(panel_, file(text, ":from=HS1992,to=HS2012"));
  EXPECT_THAT(panel_.products, ElementsAre("0102", "0201"));
}

TEST_F(Concordance, NamesOfOldCodesDoNotStay) {
  panel_.product_name = {"Horses", "Asses", "Beef"};
  EXPECT_THAT(apply_concordance(panel_, file("from,to\n0101,01\n0102,01\n0201,02\n")),
              HasSubstr("names and tables of the old products are left out"));
  EXPECT_TRUE(panel_.product_name.empty());
}

// Each new code was one old code: its name and class go with it, in the order of the new codes.
TEST_F(Concordance, NamesStayWhereCodesAreOnlyRenamed) {
  panel_.product_name = {"Horses", "Asses", "Beef"};
  panel_.product_class["letter"] = {"h", "a", "b"};
  const std::string said = apply_concordance(panel_, file("from,to\n0101,Z\n0102,Y\n0201,X\n"));
  EXPECT_EQ(said.find("left out"), std::string::npos) << said;
  EXPECT_THAT(panel_.products, ElementsAre("X", "Y", "Z"));
  EXPECT_THAT(panel_.product_name, ElementsAre("Beef", "Asses", "Horses"));
  EXPECT_THAT(panel_.product_class["letter"], ElementsAre("b", "a", "h"));
}

TEST_F(Concordance, NotesBelowTheTableAreSaid) {
  EXPECT_THAT(apply_concordance(panel_, file("from,to\n0101,01\n0102,01\n0201,02\n\nSource: an office\n")),
              HasSubstr("left out below it: 'Source: an office'"));
}

}  // namespace
}  // namespace balassa
