// Which column was taken as what, on headers as offices write them.
#include "io/panel/column_use.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "io/panel/row_choice.hpp"

namespace balassa {
namespace {

std::string use_of(const std::vector<std::string>& header, bool has_year = false,
                   const std::vector<ColumnChoice>& where = {}, const std::vector<std::string>& sum_over = {}) {
  Layout layout = detect_layout(header, "trade.csv", "", {}, has_year);
  choose_rows(layout, header, "trade.csv", where, sum_over);
  return use_of_columns(layout, header, "trade.csv").text();
}

TEST(ColumnUseTest, SaysWhatEachColumnWasTakenAs) {
  EXPECT_EQ(use_of({"label", "hs92_4", "year", "export_usd", "country"}),
            "year=year location=country product=hs92_4 value=export_usd; ignored: label");
  EXPECT_EQ(use_of({"year", "country", "product", "value"}), "year=year location=country product=product value=value");
  EXPECT_EQ(use_of({"country", "product", "value"}, true), "location=country product=product value=value");
}

TEST(ColumnUseTest, SaysWhatChoosesRowsAndWhatIsSummedOver) {
  EXPECT_EQ(use_of({"t", "i", "j", "k", "v", "q"}), "year=t location=i product=k value=v; summed over: j; ignored: q");
  EXPECT_EQ(use_of({"refYear", "reporterISO", "reporterCode", "flowCode", "partnerISO", "cmdCode", "primaryValue",
                    "motCode", "isReported"}),
            "year=refYear location=reporterISO product=cmdCode value=primaryValue; rows chosen by: flowCode, motCode; "
            "summed over: partnerISO; ignored: isReported");
  EXPECT_EQ(use_of({"year", "month", "geo", "product", "value", "flow", "unit"}, false, {parse_column_choice("flow=X")},
                   {"month"}),
            "year=year location=geo product=product value=value; rows chosen by: flow; summed over: month; ignored: "
            "unit");
}

TEST(ColumnUseTest, ALongListOfIgnoredColumnsIsCut) {
  std::vector<std::string> header{"year", "country", "product", "value", ""};
  for (int k = 0; k < 12; ++k) header.push_back(fmt::format("extra{}", k));
  EXPECT_EQ(use_of(header),
            "year=year location=country product=product value=value; ignored: extra0, extra1, extra2, "
            "extra3, extra4, extra5, extra6, extra7 and 4 more");
  const Layout layout = detect_layout(header, "trade.csv", "", {}, false);
  EXPECT_EQ(use_of_columns(layout, header, "trade.csv").ignored.size(), 12u);
}

}  // namespace
}  // namespace balassa
