// Files of other kinds are named, with a way out; tables that only begin alike are read.
#include "io/text/file_kinds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/base/error.hpp"
#include "io/text/csv_reader.hpp"

namespace balassa {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

std::string message_of(const std::string& bytes) {
  try {
    const auto source = text_from_memory(bytes, "trade");
    CsvReader reader(*source, "trade");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadData);
    return error.what();
  }
  return "read";
}

TEST(FileKindsTest, OtherKindsAreNamed) {
  const std::pair<std::string, std::string> kinds[] = {
      {"PAR1\x15"s, "found a Parquet file"},
      {"ARROW1\0\0"s, "found an Arrow (Feather) file"},
      {"PK\x03\x04 [Content_Types].xml"s, "found an Excel file"},
      {"PK\x03\x04 data.csv"s, "unzip -l 'trade' lists"},  // not on the disk: its members can't be listed
      {"<stata_dta><header>"s, "found a Stata file"},
      {"\x72\x02\x01\x00 old"s, "found a Stata file"},
      {"$FL2@(#) SPSS"s, "found an SPSS file"},
      {"RDX3\nX\n"s, "found R's data"},
      {"SQLite format 3\0"s, "found an SQLite database"},
      {"{\"count\":360,\"data\":[{\"a\":1}]}"s, "found JSON"},
      {" \n[\n {\"a\":1}]"s, "found JSON"},
      {"\xEF\xBB\xBF<!DOCTYPE html>\n<html>"s, "found a web page (HTML)"},
      {"<?xml version=\"1.0\"?>"s, "found XML"},
      {"a,b\n\0\0"s, "found binary data"},
  };
  for (const auto& [bytes, expected] : kinds) EXPECT_THAT(message_of(bytes), HasSubstr(expected)) << bytes;
}

TEST(FileKindsTest, TablesThatBeginAlikeAreRead) {
  for (const char* text : {"[year],geo,hs\n1,2,3\n", "<5,geo,hs\n1,2,3\n", "Rank,geo\n1,2\n", "PK,geo\n1,2\n"})
    EXPECT_EQ(message_of(text), "read") << text;
}

}  // namespace
}  // namespace balassa
