// Every bad input gives one line with the place and what was found, and the right exit code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "io/base/error.hpp"
#include "io/panel/panel_builder.hpp"
#include "tests/gzip.hpp"

namespace balassa {
namespace {

using testing::HasSubstr;
using testing::Not;

Panel import(const std::string& text, const ImportOptions& options = {}) {
  const auto source = text_from_memory(text, "trade.csv");
  CsvReader reader(*source, "trade.csv", options.delimiter);
  PanelBuilder builder(options);
  builder.add(reader, *source);
  return builder.build();
}

std::string complaint(const std::string& text, const ImportOptions& options = {}, ExitCode code = ExitCode::kBadData) {
  try {
    import(text, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    return error.what();
  }
  return "no error";
}

const std::string kHead = "year,country,product,value\n";

TEST(ImportFaults, Values) {
  EXPECT_THAT(complaint(kHead + "2000,a,1,5\n2000,a,2,abc\n"),
              HasSubstr("trade.csv:value[3]: found 'abc', expected a number"));
  EXPECT_THAT(complaint(kHead + "2000,a,1,-5\n"), HasSubstr("value[2]: found '-5', expected a value >= 0"));
  EXPECT_THAT(complaint(kHead + "2000,a,1,inf\n"), HasSubstr("found 'inf', expected a finite value"));
  EXPECT_THAT(complaint(kHead + "2000,a,1,1e999\n"), HasSubstr("found '1e999'"));
  EXPECT_THAT(complaint(kHead + "2000,a,1,12x\n"), HasSubstr("found '12x'"));
  EXPECT_THAT(complaint("year;country;product;value\n2000;a;1;12,5\n"),
              HasSubstr("expected a number with a decimal point; say --decimal comma"));
  EXPECT_THAT(complaint(kHead + "2000,a,1,12,5\n"), HasSubstr("row[2]: found 5 fields, expected 4"));
  EXPECT_THAT(complaint("year,country,product,remark,value\n2000,b,1,\"two\nlines\",5\n2000,a,1,,abc\n"),
              HasSubstr("value[4]"))
      << "lines inside quotes count";
}

TEST(ImportFaults, YearsAndCodes) {
  EXPECT_THAT(complaint(kHead + "20x0,a,1,5\n"), HasSubstr("trade.csv:year[2]: found '20x0', expected a year"));
  EXPECT_THAT(complaint(kHead + "2000,,1,5\n"), HasSubstr("country[2]: found an empty code"));
  EXPECT_THAT(complaint(kHead + "2000,caf\xe9,1,5\n"), HasSubstr("not UTF-8"));
  EXPECT_THAT(complaint(kHead + "2000,a,1,5\n2000,\"two\nlines\",1,5\n"),
              HasSubstr("country[3]: found line ends or control characters in 'two?lines'"))
      << "a panel file has no such code";
  EXPECT_THAT(complaint(kHead + "2000,a,1,0\n2001,a,1,3\n"), HasSubstr("year[2000]: found no trade"));
  ImportOptions options;
  options.years = parse_years("1999");
  EXPECT_THAT(complaint(kHead + "2000,a,1,3\n", options), HasSubstr("found no row"));
  options.years = parse_years("1999,2000");
  EXPECT_THAT(complaint(kHead + "2000,a,1,3\n", options), HasSubstr("found no row of 1999"));
  EXPECT_THROW(parse_years("1999-1990"), Error);
  EXPECT_THROW(parse_years("abc"), Error);
}

// METHODS E13: a second row of the same year, location and product is refused with both rows, or summed when asked.
TEST(ImportFaults, Duplicates) {
  const std::string text = kHead + "2000,a,1,5\n2000,a,2,5\n2000,b,1,1\n2000,a,1,7\n";
  EXPECT_THAT(complaint(text),
              HasSubstr("trade.csv:row[5]: found a second row for year 2000, location 'a', product '1' (the first is "
                        "trade.csv:row[2])"));
  ImportOptions options;
  options.dense_limit = 1;  // the same from the sparse table
  EXPECT_THAT(complaint(text, options), HasSubstr("the first is trade.csv:row[2]"));
  options = {};
  options.sum_duplicates = true;
  EXPECT_EQ(import(text, options).value[0], 12.0);
}

TEST(ImportFaults, Columns) {
  EXPECT_THAT(complaint("year,country,foo\n2000,a,1\n"),
              HasSubstr("found columns year, country, foo, expected a product column"));
  EXPECT_THAT(complaint("year,country,region,product,value\n2000,a,b,1,1\n"),
              HasSubstr("could be the location (country, region)"));
  ImportOptions options;
  options.columns.value = "exprots";
  EXPECT_THAT(complaint(kHead + "2000,a,1,1\n", options), HasSubstr("expected a column 'exprots'"));
  options = {};
  options.preset = "baci";
  EXPECT_THAT(complaint(kHead + "2000,a,1,1\n", options), HasSubstr("column of preset baci"));
  options.preset = "bacy";
  EXPECT_THAT(complaint(kHead + "2000,a,1,1\n", options, ExitCode::kUsage), HasSubstr("--preset"));
  EXPECT_THAT(complaint("country,product,value\na,1,1\n"), HasSubstr("--year N"));
  EXPECT_THAT(complaint("year,country,\"pro\nduct\x1b\",worth\n2000,a,1,1\n"), HasSubstr("country, pro duct , worth"))
      << "names of columns stay on one line";
  options = {};
  options.columns.value = "va lue";
  const std::string two_lines = "year,country,product,\"va\nlue\"\n";
  EXPECT_EQ(import(two_lines + "2000,a,1,5\n" + two_lines + "2000,b,1,6\n", options).value[1], 6.0);
  EXPECT_THAT(complaint("t,i,j,k,v\n2000,1,2,01,1\n2000,1,2,010101,1\n"), HasSubstr("several levels"));
}

TEST(ImportFaults, OtherKindsOfFile) {
  using namespace std::string_literals;
  EXPECT_THAT(complaint(""), HasSubstr("empty file"));
  EXPECT_THAT(complaint("\n\n"), HasSubstr("expected"));
  EXPECT_THAT(complaint(kHead), HasSubstr("found a header and no row"));
  EXPECT_THAT(complaint("\xff\xfey\0e\0a\0"s), HasSubstr("UTF-16"));
  EXPECT_THAT(complaint("abc\0def,x\n"s), HasSubstr("binary"));
  EXPECT_THAT(complaint("PK\x03\x04rest"), HasSubstr("zip"));
  EXPECT_THAT(complaint("\x89HDF\r\n\x1a\nrest"), HasSubstr("HDF5"));
  EXPECT_THAT(complaint("year,country\r2000,a\r"), HasSubstr("CR"));
  EXPECT_THAT(complaint(kHead + "2000,\"a,1,5\n2001,b,1,5\n"), HasSubstr("row[2]: found a quote that is never closed"));
  EXPECT_THAT(complaint(kHead + "2000,\"a\"x,1,5\n"), HasSubstr("after a closing quote"));
  EXPECT_THAT(complaint(kHead + "2000,\"" + std::string(3000000, 'x')), HasSubstr("never closed"));
}

std::string random_rows(std::mt19937_64& random, int count) {
  std::string text = kHead;
  for (int k = 0; k < count; ++k)
    text += "2000,c" + std::to_string(k) + ",p," + std::to_string(random() % 100000 + 1) + "\n";
  return text;
}

TEST(ImportFaults, DamagedCompression) {
  std::mt19937_64 random(5);
  const std::string whole = gzip(random_rows(random, 50000));
  EXPECT_EQ(import(whole).locations.size(), 50000U);
  for (const std::size_t length : {whole.size() - 1, whole.size() / 2, std::size_t{20}}) {
    EXPECT_THAT(complaint(whole.substr(0, length)), HasSubstr("gzip stream that ends too early")) << length;
  }
  std::string damaged = whole;
  damaged[damaged.size() - 6] ^= 1;  // in the checksum
  EXPECT_THAT(complaint(damaged), HasSubstr("damaged gzip stream"));
  EXPECT_EQ(import(gzip(kHead + "2000,a,1,5\n") + gzip("2000,b,1,5\n")).locations.size(), 2U)
      << "members may follow each other";
}

TEST(ImportFaults, MoreMemoryThanThereIs) {
  std::mt19937_64 random(6);
  ImportOptions options;
  options.memory_limit = 100000;
  EXPECT_THAT(complaint(random_rows(random, 50000), options, ExitCode::kOutOfMemory), HasSubstr("GB"));
}

// Any bytes at all end in a panel or in an Error.
TEST(ImportFaults, MutatedTextNeverCrashes) {
  std::mt19937_64 random(7);
  const std::string good = kHead + "2000,\"a\"\"b\",1,5\r\n2000,c,2,1e3\n\n2001,d,1,.5\n";
  int refused = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    std::string text = good;
    for (std::size_t k = 0; k < 1 + trial % 4U; ++k) {
      const std::size_t position = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[position] = "\",;\n\r\t\0-9e\xff"[random() % 12];
          break;
        case 1:
          text.erase(position, random() % 4);
          break;
        default:
          text.insert(position, 1, static_cast<char>(random()));
          break;
      }
      if (text.empty()) text = "x";
    }
    try {
      import(text);
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
  EXPECT_LT(refused, 20000);
}

}  // namespace
}  // namespace balassa
