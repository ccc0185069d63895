// Where the table stands in a text: titles above it, notes below, delimiters, comments.
#include "io/text/dialect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/base/error.hpp"
#include "io/text/csv_reader.hpp"

namespace balassa {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Read {
  std::vector<std::string> header, rows;  // rows: fields joined by '|'
  LinesLeftOut left_out;
  std::uint64_t lines_above = 0;
  std::string error;
};

Read read(const std::string& text, std::uint64_t skip_lines = 0) {
  Read result;
  try {
    const auto source = text_from_memory(text, "memory");
    CsvReader reader(*source, "memory", 0, skip_lines);
    result.header = reader.header();
    result.lines_above = reader.lines_above();
    while (reader.next()) {
      std::string row;
      for (const std::string_view field : reader.fields()) row.append(field).append("|");
      row.pop_back();
      result.rows.push_back(row);
    }
    result.left_out = reader.left_out();
  } catch (const Error& error) {
    result.error = error.what();
  }
  return result;
}

const std::vector<std::string> kHeader = {"year", "geo", "hs", "value"};
const std::string kRows = "2016;AUT;0101;5\n2016;DEU;0102;6\n2017;DEU;0102;7\n";

TEST(DialectTest, HeaderBelowTitles) {
  for (const std::string above :
       {"Exports, by product, in dollars\n\n", "Exports;;;\n;;;\n", "# a; b\n# c\n", "sep=;\n",
        "\"Exports, by product\nof 2016\"\n", "Date:;27 Nov\nUnit:;USD\n", "\n\n", ""}) {
    SCOPED_TRACE(above);
    const Read table = read(above + "year;geo;hs;value\n" + kRows);
    EXPECT_EQ(table.header, kHeader);
    EXPECT_EQ(table.rows.size(), 3U);
    EXPECT_EQ(table.lines_above, static_cast<std::uint64_t>(std::count(above.begin(), above.end(), '\n')));
  }
}

TEST(DialectTest, AFieldOfRowsIsNeverTakenForAName) {
  // R writes a column of row names without a name; an unquoted comma widens all rows alike.
  EXPECT_THAT(read("year;geo;hs;value\n1;2016;AUT;0101;5\n2;2016;DEU;0102;6\n").error,
              HasSubstr("row[2]: found 5 fields, expected 4"));
  EXPECT_THAT(read("geo,name,value\nAUT,a, b,5\nDEU,c, d,6\n").error, HasSubstr("row[2]: found 4 fields, expected 3"));
}

TEST(DialectTest, SkippedLinesAndMarkedHeader) {
  EXPECT_EQ(read("a;b;c;d\nyear;geo;hs;value\n" + kRows, 1).header, kHeader);
  EXPECT_THAT(read("#year;geo;hs;value\n" + kRows).header, ElementsAre("#year", "geo", "hs", "value"));
}

TEST(DialectTest, EmptyFieldsAndBlankRows) {
  const Read table = read("a,b,c\n1,2,3,\n,,,\n4,5,6,,\n\n,,\n7,,\n");
  EXPECT_THAT(table.rows, ElementsAre("1|2|3", "4|5|6", "7||"));
  EXPECT_EQ(table.left_out.blank, 3U);
  EXPECT_THAT(read("a,b,c,\n1,2,3,\n").header, ElementsAre("a", "b", "c"));
  EXPECT_THAT(read("a,b,c\n1,2,3,4\n").error, HasSubstr("found 4 fields, expected 3"));
}

TEST(DialectTest, NotesBelowTheTable) {
  const Read table = read("year;geo;hs;value\n" + kRows + "\nSource: Statistics, Canada\nNote: a; b\n");
  EXPECT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.left_out.notes, 2U);
  EXPECT_EQ(table.left_out.first_note, 6U);
  EXPECT_EQ(table.left_out.note, "Source: Statistics, Canada");
  EXPECT_EQ(read("year;geo;hs;value\n" + kRows + "Source: x;;;").left_out.notes, 1U);
}

TEST(DialectTest, WhatIsCutOrStandsAmongRowsIsNoNote) {
  EXPECT_THAT(read("geo;year;hs;value\nUnited Kingdom;2016;0101;5\nUnited King").error,
              HasSubstr("row[3]: found 1 fields"));
  EXPECT_THAT(read("geo;year;hs;value\nUnited Kingdom;2016;0101;5\nUnited Kingdom;2016").error,
              HasSubstr("row[3]: found 2 fields"));
  EXPECT_THAT(read("year;geo;hs;value\nSection one of it;;;\n" + kRows).error,
              HasSubstr("row[2]: found 'Section one of it', expected 4 fields"));
}

TEST(DialectTest, EurostatTsvAndWideRows) {
  const std::string text = "freq,geo,hs\\TIME_PERIOD\t2016 \t2017 \nA,AT,0101\t5 p\t: \nA,DE,0102\t6 \t7 \n";
  const auto source = text_from_memory(text, "memory");
  CsvReader reader(*source, "memory");
  reader.melt({3, 4}, "year");
  EXPECT_THAT(reader.header(), ElementsAre("freq", "geo", "hs\\TIME_PERIOD", "year", "value"));
  std::vector<std::string> values;
  while (reader.next()) {
    values.push_back(std::string(reader.fields()[3]) + "=" + std::string(reader.fields()[4]));
    EXPECT_EQ(reader.place(4),
              (values.size() % 2 == 1 ? "memory:2016[" : "memory:2017[") + std::to_string(reader.line()) + "]");
  }
  EXPECT_THAT(values, ElementsAre("2016=5 p", "2017=:", "2016=6", "2017=7"));
}

}  // namespace
}  // namespace balassa
