// Rows that come again: which are refused, what the refusal names, and that its advice leads to the right numbers.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "io/base/error.hpp"
#include "io/panel/panel_builder.hpp"

namespace balassa {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Outcome {
  Panel panel;
  ImportSummary summary;
  std::string error;
};

Outcome import(const std::vector<std::string>& texts, const ImportOptions& options = {},
               const std::vector<std::string>& names = {"a.csv", "b.csv", "c.csv"}) {
  PanelBuilder builder(options);
  Outcome outcome;
  try {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto source = text_from_memory(texts[i], names[i]);
      CsvReader reader(*source, names[i], options.delimiter);
      builder.add(reader, *source);
    }
    outcome.panel = builder.build();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadData) << error.what();
    outcome.error = error.what();
  }
  outcome.summary = builder.summary();
  return outcome;
}

double total(const Panel& panel) {
  double sum = 0;
  for (const double value : panel.value) sum += value > 0 ? value : 0;
  return sum;
}

// Two units, two directions and three partners, one of which is the sum of the others. In euros 1 + 2 + 4 + 8 leave.
const char* const kTrade =
    "partner;direction;good;measure;year;geo;weight;value\n"
    "ALL;out;g1;EUR;2001;x;1.5;3\nALL;out;g1;KG;2001;x;2.5;300\nCN;out;g1;EUR;2001;x;3.5;1\nUS;out;g1;EUR;2001;x;4.5;"
    "2\n"
    "ALL;in;g1;EUR;2001;x;5.5;70\nCN;in;g1;EUR;2001;x;6.5;70\n"
    "ALL;out;g2;EUR;2001;y;7.5;12\nCN;out;g2;EUR;2001;y;8.5;4\nUS;out;g2;EUR;2001;y;9.5;8\nALL;in;g2;KG;2001;y;10.5;"
    "5\n";

TEST(SecondRow, IsRefusedWithTheColumnsInWhichRowsDiffer) {
  const std::string error = import({kTrade}).error;
  EXPECT_THAT(error,
              HasSubstr("a.csv:row[3]: found a second row for year 2001, location 'x', product 'g1' (the first is "
                        "a.csv:row[2])"));
  EXPECT_THAT(error, HasSubstr("differ in partner (ALL, CN, US), direction (out, in), measure (EUR, KG): keep"));
  EXPECT_THAT(error, HasSubstr("--where partner=ALL --where direction=out --where measure=EUR"));
  EXPECT_THAT(error, HasSubstr("--sum-over partner"));
}

TEST(SecondRow, AdviceIsFollowedToTheRightTotal) {
  ImportOptions options;
  options.where = {parse_column_choice("direction=OUT"), parse_column_choice("measure=EUR"),
                   parse_column_choice("partner=ALL")};
  const Outcome chosen = import({kTrade}, options);
  EXPECT_EQ(chosen.error, "");
  EXPECT_EQ(total(chosen.panel), 15.0);
  EXPECT_EQ(chosen.summary.filtered.at("not direction=OUT"), 3U);

  options.where[2] = parse_column_choice("Partner!=ALL");
  options.sum_over = {"partner"};
  const Outcome added = import({kTrade}, options);
  EXPECT_EQ(added.error, "");
  EXPECT_EQ(total(added.panel), 15.0);
  EXPECT_THAT(added.summary.remarks, ElementsAre());

  // The whole beside its parts: found by its amount, not by its name.
  options.where.pop_back();
  EXPECT_THAT(import({kTrade}, options).summary.remarks,
              testing::Contains(HasSubstr("partner 'ALL' equals the sum of the other 2, so all trade counts twice")));
}

TEST(SecondRow, SumOverOneColumnDoesNotAddOverOthers) {
  ImportOptions options;
  options.sum_over = {"partner"};
  EXPECT_THAT(import({kTrade}, options).error,
              testing::AllOf(HasSubstr("direction (out, in)"), HasSubstr("measure (EUR, KG)"),
                             Not(HasSubstr("partner (")), HasSubstr("partner 'ALL'")));
}

TEST(SecondRow, SumAloneSaysWhatItAdded) {
  ImportOptions options;
  options.sum_duplicates = true;
  const Outcome summed = import({kTrade}, options);
  EXPECT_EQ(total(summed.panel), 475.0);
  EXPECT_THAT(
      summed.summary.remarks,
      testing::Contains(HasSubstr("added 8 rows to an earlier row of the same cell: these rows differ in partner")));
}

TEST(SecondRow, WithoutAnotherColumnIsRefusedAsSuch) {
  EXPECT_THAT(import({"year,geo,good,value\n2001,x,1,5\n2001,x,2,5\n2001,x,1,6\n"}).error,
              HasSubstr("the rows differ only in their numbers"));
  EXPECT_THAT(import({"year,geo,good,value\n2001,x,1,5\n2001,x,2,5\n2001,x,1,5\n"}).error,
              HasSubstr("the rows are the same in every column"));
}

// A code and its description tell rows apart alike: one of them is named. Weights differ in every row and are no kind.
TEST(SecondRow, NamesOneOfTwoColumnsThatSayTheSame) {
  std::string text = "year,geo,good,flow_code,flow,kg,value\n";
  for (int good = 0; good < 60; ++good) {
    for (int flow = 1; flow < 3; ++flow) {
      text += fmt::format("2001,x,{},{},{},{}.5,{}\n", 100 + good, flow, flow == 1 ? "Import" : "Re-export",
                          7 * good + 3 * flow, good + 1);
    }
  }
  EXPECT_THAT(import({text}).error,
              testing::AllOf(HasSubstr("differ in flow (Import, Re-export): keep one kind with --where flow=Import"),
                             Not(HasSubstr("flow_code")), Not(HasSubstr("kg"))));
}

TEST(WhereOption, NamesWhatTheColumnHoldsWhereNothingFits) {
  ImportOptions options;
  options.where = {parse_column_choice("direction=uot")};
  EXPECT_THAT(import({kTrade}, options).error, testing::AllOf(HasSubstr("found no row with --where direction=uot"),
                                                              HasSubstr("holds in, out"), HasSubstr("nearest is out")));
  options.where = {parse_column_choice("directoin=out")};
  EXPECT_THAT(import({kTrade}, options).error, HasSubstr("the nearest is direction"));
  for (const char* wrong : {"direction", "=out", "!=out"}) EXPECT_THROW(parse_column_choice(wrong), Error) << wrong;
}

TEST(CodeLists, ThatMatchNothingAreErrorsAndInPartRemarks) {
  const std::string text = "year,geo,good,value\n2001,Chile,0101,5\n2001,Kenya,0201,6\n";
  ImportOptions options;
  options.locations.drop = {"Kenia"};
  EXPECT_THAT(import({text}, options).error, HasSubstr("found no row of Kenia (--drop-locations), expected some; the "
                                                       "nearest code is Kenya"));
  options.locations.drop = {"Kenya", "Chad"};
  EXPECT_THAT(import({text}, options).summary.remarks, ElementsAre("location Chad was to be left out and has no row"));
  options.locations.drop = {};
  options.products.keep = {"101"};
  EXPECT_THAT(import({text}, options).error, HasSubstr("--products), expected some; the nearest code is 0101"));
}

std::string baci(int year, double factor, int first_exporter, int exporters) {
  std::string text = "t,i,j,k,v,q\n";
  for (int i = first_exporter; i < first_exporter + exporters; ++i) {
    for (int j = 0; j < 5; ++j) {
      for (int k = 0; k < 40; ++k)
        text += fmt::format("{},{},{},{:06},{:.3f},NA\n", year, i, j, 10100 + k, factor * (k + j + 1));
    }
  }
  return text;
}

TEST(SameTradeTwice, IsRefusedInPresetsThatAddPartners) {
  EXPECT_THAT(
      import({baci(2001, 1, 1, 9), baci(2001, 1, 1, 9)}).error,
      testing::AllOf(HasSubstr("b.csv:row[2]: found a second row for year 2001, location '1', product '010100', j "
                               "'0' (the first is a.csv:row[2])"),
                     HasSubstr("the same in every column: leave out the file")));
  EXPECT_THAT(import({baci(2001, 1, 1, 9), baci(2001, 1.1, 9, 3)}).error,
              HasSubstr("the same trade is in two files with other values, as in two releases"));
  EXPECT_EQ(import({baci(2001, 1, 1, 9), baci(2001, 1, 10, 9), baci(2002, 1, 1, 9)}).error, "");
}

TEST(SameTradeTwice, IsFoundInASampleOfManyRows) {
  // 180,000 rows against a memory of 32,768; a tenth of them comes again.
  const std::string many = baci(2001, 1, 1, 900);
  EXPECT_EQ(import({many}).error, "");
  EXPECT_THAT(import({many, baci(2001, 1, 500, 90)}).error, HasSubstr("b.csv:row["));
  ImportOptions options;
  options.sum_duplicates = true;
  EXPECT_THAT(import({many, baci(2001, 1, 500, 90)}, options).summary.remarks,
              testing::Contains(HasSubstr("same in every column, so the same trade may count twice")));
}

TEST(MixedRows, UnitsAreRefusedAndTheAdviceWorks) {
  const std::string text = "year,geo,good,currency,value\n2001,x,1,EUR,5\n2001,y,1,EUR,7\n2001,z,1,USD,6\n";
  EXPECT_THAT(import({text}).error,
              HasSubstr("a.csv:currency: found values in 2 units (EUR: 2 rows, USD: 1 rows), expected "
                        "one: they are not added without a rate; keep one with --where currency=EUR"));
  ImportOptions options;
  options.where = {parse_column_choice("currency=EUR")};
  EXPECT_EQ(total(import({text}, options).panel), 12.0);
  // In two files, each of one unit.
  EXPECT_THAT(import({"year,geo,good,unit,value\n2001,x,1,EUR,5\n", "unit,year,geo,good,value\nKG,2002,x,1,5\n"}).error,
              HasSubstr("found values in 2 units"));
}

TEST(MixedRows, RevisionsAreRemarked) {
  const std::string header = "refYear,reporterISO,flowCode,partnerISO,classificationCode,cmdCode,primaryValue\n";
  EXPECT_THAT(
      import({header + "2001,AUT,X,W00,H2,0101,10\n2001,DEU,X,W00,H1,0101,7\n"}).summary.remarks,
      testing::Contains(HasSubstr("rows are of 2 classifications by classificationCode (H2: 1 rows, H1: 1 rows)")));
  EXPECT_THAT(import({header + "2001,AUT,X,W00,H2,0101,10\n2001,AUT,X,W00,H1,0101,7\n"}).error,
              HasSubstr("differ in classificationCode (H2, H1): keep one kind with --where classificationCode=H2"));
  const Outcome mixed =
      import({baci(2001, 1, 1, 2), baci(2002, 1, 1, 2)}, {}, {"BACI_HS92_Y2001.csv", "BACI_HS12_Y2002.csv"});
  EXPECT_THAT(mixed.summary.remarks,
              testing::Contains(HasSubstr("products are of hs12, those of BACI_HS92_Y2001.csv of hs92")));
  EXPECT_EQ(mixed.panel.product_code_system, "");
}

// What looks like a note or a comment is a row where it has the table's width and something beyond two fields.
TEST(LinesThatAreRows, AreNotTakenForNotes) {
  const Outcome last = import({"product,location,value,year,flag\nb,DE,5,2016,x\n(Other) foods,FR,,2016,\n"});
  EXPECT_THAT(last.panel.products, ElementsAre("(Other) foods", "b"));
  const Outcome middle = import({"product,location,value,year,flag\nData of a,DE,5,2016,\nb,DE,7,2016,x\n"});
  EXPECT_EQ(middle.error, "");
  EXPECT_EQ(total(middle.panel), 12);
  const Outcome hashes =
      import({"# made by hand\nproduct,year,location,value\n#5,2016,DE,1\n#6,2016,DE,2\na,2016,FR,4\n"
              "# the end, of, the, rows\n"});
  EXPECT_THAT(hashes.panel.products, ElementsAre("#5", "#6", "a"));
  EXPECT_EQ(total(hashes.panel), 7);
}

const char* const kComtrade = "refYear,reporterISO,flowCode,partnerISO,cmdCode,primaryValue\n";

// Exports are 100, of which 30 pass through. To leave imports out is no wish to add all that remains.
TEST(WhereAndPresets, AnExclusionComesOnTopOfThePresetsRule) {
  const std::string rows = std::string(kComtrade) +
                           "2016,DEU,X,W00,0101,100\n2016,DEU,RX,W00,0101,30\n2016,DEU,DX,W00,0101,70\n"
                           "2016,DEU,M,W00,0101,9\n2016,FRA,X,W00,0102,5\n";
  ImportOptions options;
  options.where = {parse_column_choice("flowCode!=M")};
  EXPECT_EQ(total(import({rows}, options).panel), 105);
  options.where = {parse_column_choice("flowCode=M,RX")};
  EXPECT_EQ(total(import({rows}, options).panel), 39);
}

TEST(WhereAndPresets, AWorldWithoutAValueLeavesThePartners) {
  const Outcome outcome =
      import({std::string(kComtrade) + "2016,DEU,X,W00,0101,\n2016,DEU,X,FRA,0101,60\n2016,DEU,X,ITA,0101,40\n"
                                       "2016,FRA,X,W00,0102,5\n2016,FRA,X,W00,0101,\n"});
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(total(outcome.panel), 105);
  EXPECT_TRUE(std::isnan(outcome.panel.value[outcome.panel.index(0, 1, 0)]));  // nobody says anything of it
}

// The same trade with and without the zeros of its product, where rows are added up for another reason.
TEST(LostZerosTwice, AreNotAddedUp) {
  const char* const kTwice = "with and without its leading zeros";
  const std::string baci = "t,i,j,k,v,q\n2015,4,8,010121,5,1\n2015,4,8,020110,1,1\n";
  EXPECT_THAT(import({baci, "t,i,j,k,v,q\n2015,4,8,10121,5,1\n"}).error, HasSubstr(kTwice));
  EXPECT_THAT(import({std::string(kComtrade) + "2016,DEU,X,W00,0101,100\n2016,DEU,X,W00,101,100\n"}).error,
              HasSubstr(kTwice));
  // The World's row of a product counts, whichever way its partners spell the code.
  const Outcome world =
      import({std::string(kComtrade) + "2016,DEU,X,W00,0101,100\n2016,DEU,X,FRA,101,60\n2016,DEU,X,ITA,101,40\n"});
  EXPECT_EQ(world.error, "");
  EXPECT_EQ(total(world.panel), 100);
  ImportOptions digits;
  digits.product_digits = 4;
  EXPECT_THAT(
      import({"year,country,product,value\n2015,DEU,010121,5\n2015,DEU,10121,5\n2015,DEU,010129,6\n"}, digits).error,
      HasSubstr(kTwice));
  ImportOptions over;
  over.sum_over = {"kind"};
  EXPECT_THAT(
      import({"year,country,product,kind,value\n2015,DEU,0101,a,9\n2015,DEU,101,a,9\n2015,DEU,101,b,1\n"}, over).error,
      HasSubstr(kTwice));
}

// A list chooses by the code; where a tool took the zeros of some rows, a part of the product would be lost, or stay.
TEST(LostZerosTwice, AreNotHalfChosen) {
  const std::string text =
      "year,country,product,value\n2015,DEU,0101,5\n2016,DEU,0101,50\n2016,FRA,101,60\n"
      "2016,FRA,102,70\n2015,DEU,0203,1\n";
  const char* const kForm = "expected codes in one form where some are chosen";
  ImportOptions options;
  options.products.keep = {"0101", "0102"};
  EXPECT_THAT(import({text}, options).error, HasSubstr(kForm));
  options.product_pad = 4;  // as advised
  EXPECT_EQ(total(import({text}, options).panel), 185);
  ImportOptions drop;
  drop.products.drop = {"0101"};
  EXPECT_THAT(import({text}, drop).error, HasSubstr(kForm));
  ImportOptions length;
  length.product_length = 4;
  EXPECT_THAT(import({text}, length).error, HasSubstr(kForm));
  length.keep_codes = true;  // as advised, for who knows that 101 is another code
  EXPECT_EQ(total(import({text}, length).panel), 56);
}

TEST(RepeatedHeaders, AreNoRowsOfAWideTable) {
  ImportOptions wide;
  wide.wide = true;
  const Outcome outcome =
      import({"country,product,2014,2015\nDEU,A,1,2\ncountry,product,2014,2015\nITA,A,5,6\n"}, wide);
  EXPECT_THAT(outcome.panel.locations, ElementsAre("DEU", "ITA"));
  EXPECT_EQ(total(outcome.panel), 14);
  EXPECT_EQ(outcome.summary.repeated_headers, 1U);
}

double total_of(const Panel& panel) {
  double total = 0;
  for (const double value : panel.value) total += std::isnan(value) ? 0 : value;
  return total;
}

// 10 + 20 USD; 100 EUR at 1.11 in 2016 and 1.2 in other years: 30 + 111 + 120.
TEST(Rates, UnitsBecomeOne) {
  const std::string text =
      "year,location,product,value,currency\n2016,A,p,10,USD\n2016,B,q,20,USD\n2016,A,q,100,EUR\n2017,A,q,100,eur\n";
  ImportOptions options;
  EXPECT_THAT(import({text}, options).error, HasSubstr("--rate UNIT=NUMBER"));
  options.rates = {parse_unit_rate("EUR=1.2"), parse_unit_rate("EUR:2016=1.11")};
  const Outcome outcome = import({text}, options);
  EXPECT_EQ(outcome.error, "");
  EXPECT_NEAR(total_of(outcome.panel), 261, 1e-9);
  EXPECT_EQ(outcome.panel.units, "USD");
  EXPECT_EQ(outcome.panel.source, "1 EUR = 1.2 USD; 1 EUR = 1.11 USD in 2016");
  options.rates.erase(options.rates.begin());
  EXPECT_THAT(import({text}, options).error, HasSubstr("found no rate of 'eur' for 2017"));
  options.rates = {parse_unit_rate("GBP=1.2")};
  EXPECT_THAT(import({text}, options).error, HasSubstr("found values in 3 units"));
  EXPECT_THAT(import({"year,location,product,value\n2016,A,p,10\n"}, options).error, HasSubstr("no column of units"));
  options.rates = parse_unit_rates({"EUR=1.2", "CHF=9"});
  EXPECT_THAT(import({text}, options).error, HasSubstr("--rate: found 'CHF', a unit that no row has"));
  EXPECT_THROW(parse_unit_rates({"EUR=2", "eur=3"}), Error);
  EXPECT_THROW(parse_unit_rates({"EUR:2016=2", "EUR:2016=3"}), Error);
  EXPECT_EQ(parse_unit_rates({"EUR=2", "EUR:2016=3"}).size(), 2u);
  for (const char* wrong : {"EUR", "=2", "EUR=", "EUR=0", "EUR=-1", "EUR=x", "EUR:last=1", "EUR=1,1", "EUR=inf"})
    EXPECT_THROW(parse_unit_rate(wrong), Error) << wrong;
}

TEST(CodesOfFiles, OfAnotherFormAndWithoutACommonOneAreSaid) {
  const auto rows = [](const std::vector<std::string>& locations, int year) {
    std::string text = "year,location,product,value\n";
    for (const std::string& location : locations)
      text += fmt::format("{},{},p,5\n{},{},q,7\n", year, location, year, location);
    return text;
  };
  const auto said = [&](const std::vector<std::string>& first, const std::vector<std::string>& second) {
    return fmt::format("{}", fmt::join(import({rows(first, 2016), rows(second, 2017)}).summary.remarks, "\n"));
  };
  EXPECT_THAT(said({"ARG", "AUS", "BRA"}, {"32", "36", "76"}),
              HasSubstr("b.csv: it has no location of the files before, and codes of another form (32 beside ARG)"));
  EXPECT_THAT(said({"ARG", "AUS", "BRA"}, {"AR", "AU", "BR"}), HasSubstr("(AR beside ARG)"));
  EXPECT_THAT(said({"ARG", "AUS", "BRA"}, {"KEN", "NAM", "ZAF"}),
              Not(HasSubstr("another form")));  // parts of the world
  EXPECT_THAT(said({"ARG", "AUS", "BRA"}, {"ARG", "36", "76"}), Not(HasSubstr("another form")));
}

TEST(UnspecifiedShares, AreOfThePanelAsItIs) {
  Panel panel = import({"year,location,product,value\n2016,A,0101,60\n2016,A,9999,30\n2016,B,0101,10\n"}).panel;
  EXPECT_NEAR(unspecified_shares(panel).products, 0.3, 1e-12);
  EXPECT_EQ(unspecified_shares(panel).locations, 0);
  panel.products = {"XXXX", "zz1"};
  EXPECT_NEAR(unspecified_shares(panel).products, 0.7, 1e-12);
}

}  // namespace
}  // namespace balassa
