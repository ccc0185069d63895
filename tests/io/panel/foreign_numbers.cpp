// Other people's files: missing marks, packed numbers, times and orders of axes, against numbers worked out by hand.
#include "io/panel/foreign_numbers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "io/panel/panel_file.hpp"
#include "tests/io/sample_panel.hpp"

namespace balassa {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;

template <class T>
std::vector<double> observed(const std::vector<T>& stored, const Attributes& attributes, const Storage& storage = {}) {
  const Folder folder;
  {
    ResultFile file(folder / "x.nc", "other", 1, false);
    file.dimension("n", stored.size());
    file.write("v", stored, {"n"}, attributes, storage);
    file.commit();
  }
  return observed_numbers(ResultReader(folder / "x.nc"), "v");
}

TEST(ForeignNumbers, WhatWasNotMeasuredIsNaN) {
  EXPECT_THAT(observed<float>({1, 1e20F, 3}, {{"missing_value", 1e20}}), ElementsAre(1, IsNan(), 3));
  EXPECT_THAT(observed<double>({1, -99, 3, -98}, {{"missing_value", std::vector<double>{-99, -98}}}),
              ElementsAre(1, IsNan(), 3, IsNan()));
  EXPECT_THAT(observed<std::int32_t>({7, -5, 0}, {}, {Compression::kNone, {}, -5}), ElementsAre(7, IsNan(), 0));
  // netCDF's own, where the file names none (NC_FILL_INT, NC_FILL_INT64).
  EXPECT_THAT(observed<std::int32_t>({7, -2147483647, 0}, {}), ElementsAre(7, IsNan(), 0));
  EXPECT_THAT(observed<std::int64_t>({7, -9223372036854775806, 0}, {}), ElementsAre(7, IsNan(), 0));
  EXPECT_THAT(observed<double>({-1, 0, 50, 51}, {{"valid_range", std::vector<double>{0, 50}}}),
              ElementsAre(IsNan(), 0, 50, IsNan()));
  EXPECT_THAT(observed<double>({-1, 0, 51}, {{"valid_min", 0.0}}), ElementsAre(IsNan(), 0, 51));
  EXPECT_THAT(observed<double>({-1, 0, 51}, {{"valid_max", 50.0}}), ElementsAre(-1, 0, IsNan()));
}

TEST(ForeignNumbers, PackedNumbersAreUnpackedAfterTheMarksAreTakenOut) {
  EXPECT_THAT(observed<std::int32_t>({0, 4, -9, 12},
                                     {{"scale_factor", 0.5}, {"add_offset", 100.0}, {"valid_max", std::int64_t{10}}},
                                     {Compression::kNone, {}, -9}),
              ElementsAre(100, 102, IsNan(), IsNan()));
}

// NUG: limits of the type of the unpacked numbers are of these; integers are of the stored ones.
TEST(ForeignNumbers, LimitsOfPackedNumbersAreOfTheTypeThatTheyHave) {
  const Attributes half{{"scale_factor", 0.5}, {"valid_range", std::vector<double>{0, 4}}};
  EXPECT_THAT(observed<std::int32_t>({1, 8, 9}, half), ElementsAre(0.5, 4, IsNan()));
  const Attributes stored{{"scale_factor", 0.5}, {"valid_max", std::int64_t{8}}};
  EXPECT_THAT(observed<std::int32_t>({1, 8, 9}, stored), ElementsAre(0.5, 4, IsNan()));
}

TEST(ForeignNumbers, BitsOfUnsignedIntegersAreReadAsSuch) {
  EXPECT_THAT(observed<std::int32_t>({1, -1, -2, -5}, {{"_Unsigned", "true"}, {"missing_value", std::int64_t{-5}}}),
              ElementsAre(1, 4294967295.0, 4294967294.0, IsNan()));
  EXPECT_THAT(observed<std::int32_t>({0, 7, -6, -5},
                                     {{"_Unsigned", "true"}, {"valid_range", std::vector<std::int64_t>{0, -6}}}),
              ElementsAre(0, 7, 4294967290.0, IsNan()));
}

std::vector<std::int32_t> years(const std::vector<std::int64_t>& times, const std::string& units,
                                const std::string& calendar = "") {
  const Folder folder;
  {
    ResultFile file(folder / "x.nc", "other", 1, false);
    Attributes attributes;
    if (!units.empty()) attributes.emplace_back("units", units);
    if (!calendar.empty()) attributes.emplace_back("calendar", calendar);
    file.dimension("time", std::span<const std::int64_t>(times), attributes);
    file.commit();
  }
  return years_of_axis(ResultReader(folder / "x.nc"), "time");
}

TEST(ForeignYears, AreCountedFromTheirUnits) {
  EXPECT_THAT(years({2016, 2017}, ""), ElementsAre(2016, 2017));
  EXPECT_THAT(years({2016, 2017}, "years"), ElementsAre(2016, 2017));
  EXPECT_THAT(years({0, 366, 731, 1096}, "days since 2016-01-01 00:00:00", "proleptic_gregorian"),
              ElementsAre(2016, 2017, 2018, 2019));
  // 1990-12-31 and 1991-01-01 by 1970's count; 2000-02-29.
  EXPECT_THAT(years({7669, 7670, 11016}, "days since 1970-1-1"), ElementsAre(1990, 1991, 2000));
  EXPECT_THAT(years({-1, 0, 365}, "days since 2001-01-01", "standard"), ElementsAre(2000, 2001, 2002));
}

TEST(ForeignYears, OfOtherStepsAndCalendars) {
  EXPECT_THAT(years({0, 8760, 17520}, "hours since 2001-01-01"), ElementsAre(2001, 2002, 2003));
  EXPECT_THAT(years({946684800, 978307200}, "seconds since 1970-01-01T00:00:00Z"), ElementsAre(2000, 2001));
  EXPECT_THAT(years({5, 17}, "months since 2010-07-01"), ElementsAre(2010, 2011));
  EXPECT_THAT(years({0, 10}, "years since 1990-01-01"), ElementsAre(1990, 2000));
  EXPECT_THAT(years({0, 365, 730, 1095, 1460}, "days since 2000-01-01", "noleap"),
              ElementsAre(2000, 2001, 2002, 2003, 2004));
  EXPECT_THAT(years({359, 360}, "days since 2000-01-01", "360_day"), ElementsAre(2000, 2001));
}

TEST(ForeignYears, ThatAreNoneAreRefusedWithTheirUnits) {
  for (const char* units : {"fortnights since 2016-01-01", "days since the flood", "days since 2016-13-01"}) {
    EXPECT_THAT(complaint_of([&] { years({0}, units); }).message, HasSubstr(std::string("found units \"") + units));
  }
  EXPECT_THAT(complaint_of([&] {
                years({0, 31}, "days since 2016-01-01");
              }).message,
              HasSubstr("/time[1]: found a second time in 2016 (units \"days since 2016-01-01\")"));
}

// value[l, y, p] = 100 l + 10 y + p, written with its axes in each order and read by the names of the dimensions.
TEST(ForeignAxes, AreFoundInAnyOrder) {
  const std::vector<std::string> names{"time", "country", "hs92"};
  const std::size_t extent[] = {2, 3, 4};
  std::vector<std::size_t> order{0, 1, 2};
  do {
    const Folder folder;
    {
      ResultFile file(folder / "x.nc", "other", 1, false);
      const std::vector<std::int64_t> time{0, 366};
      file.dimension("time", std::span<const std::int64_t>(time), {{"units", "days since 2016-01-01"}});
      file.dimension("country", std::vector<std::string>{"A", "B", "C"});
      file.dimension("hs92", std::vector<std::string>{"01", "02", "03", "04"});
      std::vector<double> values;
      std::size_t at[3];
      for (at[order[0]] = 0; at[order[0]] < extent[order[0]]; ++at[order[0]]) {
        for (at[order[1]] = 0; at[order[1]] < extent[order[1]]; ++at[order[1]]) {
          for (at[order[2]] = 0; at[order[2]] < extent[order[2]]; ++at[order[2]]) {
            values.push_back(static_cast<double>(100 * at[1] + 10 * at[0] + at[2]));
          }
        }
      }
      file.write("exports", values, {names[order[0]], names[order[1]], names[order[2]]});
      file.commit();
    }
    PanelNames asked;
    asked.value = "exports";
    const Panel panel = read_panel(folder / "x.nc", asked);
    EXPECT_THAT(panel.years, ElementsAre(2016, 2017));
    EXPECT_THAT(panel.locations, ElementsAre("A", "B", "C"));
    for (std::size_t y = 0; y < 2; ++y) {
      for (std::size_t l = 0; l < 3; ++l) {
        for (std::size_t p = 0; p < 4; ++p) {
          EXPECT_EQ(panel.value[panel.index(y, l, p)], static_cast<double>(100 * l + 10 * y + p));
        }
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(ForeignAxes, ThatCannotBeToldAreAskedFor) {
  const Folder folder;
  {
    ResultFile file(folder / "x.nc", "other", 1, false);
    const std::vector<std::int64_t> time{2016};
    file.dimension("u", std::vector<std::string>{"a", "b"});
    file.dimension("w", std::vector<std::string>{"c", "d"});
    file.dimension("time", std::span<const std::int64_t>(time));
    file.write("exports", std::vector<double>{1, 2, 3, 4}, {"u", "w", "time"});
    file.commit();
  }
  PanelNames names;
  names.value = "exports";
  EXPECT_THAT(
      complaint_of([&] { read_panel(folder / "x.nc", names); }).message,
      HasSubstr("found dimensions [u, w, time], expected years, locations and products; say which is which with "
                "--location-name"));
  names.location = "w";
  const Panel panel = read_panel(folder / "x.nc", names);
  EXPECT_THAT(panel.locations, ElementsAre("c", "d"));
  EXPECT_THAT(panel.value, ElementsAre(1, 3, 2, 4));
}

TEST(ForeignAxes, StepsAreNoYears) {
  const Folder folder;
  {
    ResultFile file(folder / "x.nc", "other", 1, false);
    const std::vector<std::int64_t> step{0, 1}, year{2016, 2017};
    file.dimension("time", std::span<const std::int64_t>(step));
    file.dimension("country", std::vector<std::string>{"A", "B"});
    file.dimension("hs92", std::vector<std::string>{"01", "02"});
    file.write("exports", std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8}, {"time", "country", "hs92"});
    file.write("of", year, {"time"});
    file.commit();
  }
  PanelNames names;
  names.value = "exports";
  EXPECT_THAT(complaint_of([&] { read_panel(folder / "x.nc", names); }).message,
              HasSubstr("time[0]: found 0, expected a year from 1500 to 2200; name the dataset of the years with "
                        "--year-name"));
  names.year = "of";
  EXPECT_THAT(read_panel(folder / "x.nc", names).years, ElementsAre(2016, 2017));
}

}  // namespace
}  // namespace balassa
