#include "io/hdf5/result_file.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "tests/io/sample_panel.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;

void write_sample(const std::string& path) {
  ResultFile file(path, "balassa-test", 4, false);
  file.attribute("seed", std::int64_t{42});
  file.attribute("sigma", 0.25);
  file.attribute("plan", "a = 1\n");
  const std::vector<std::int32_t> years{1962, 1980};
  const std::vector<double> quantiles{0.025, 0.975};
  file.dimension("year", std::span<const std::int32_t>(years), {{"long_name", "year"}});
  file.dimension("location", std::vector<std::string>{"CÔTE", "日本", "NA"});
  file.dimension("quantile", std::span<const double>(quantiles));
  file.dimension("bin", 4);
  file.dimension("dropped/row", 0);
  file.write("score/mean", std::vector<double>{1, std::nan(""), 3, 4, 5, 6}, {"year", "location"}, {{"units", "1"}});
  file.write("score/low", std::vector<float>{1, 2, 3, 4, 5, 6}, {"year", "location"});
  file.write("rank", std::vector<std::int32_t>{1, 2, 3, 3, 2, 1}, {"year", "location"});
  file.write("histogram", std::vector<std::uint64_t>{0, 1, 2, ~std::uint64_t{0}}, {"bin"});
  file.write("status", std::vector<std::uint8_t>{0, 1, 2}, {"location"},
             {{"flag_values", std::vector<std::uint8_t>{0, 1, 2}}, {"flag_meanings", "ok no_trade other"}});
  file.write("label", std::vector<std::string>{"", "b;\n"}, {"year"});
  file.write("dropped/code", std::vector<std::string>{}, {"dropped/row"});
  file.write("dropped/in_year", std::vector<std::int32_t>{}, {"dropped/row"});
  file.write("total", std::vector<std::int64_t>{-7}, {});
  file.attribute("score", "resolution", 0.00390625);
  file.commit();
}

// What grows is what was appended, however it was cut, and in netCDF's eyes an unlimited dimension.
TEST(ResultFile, AppendsToGrowingDimensions) {
  const Folder folder;
  std::vector<std::uint64_t> count(150000);  // more than two chunks
  std::iota(count.begin(), count.end(), 7);
  const std::vector<std::uint16_t> column(count.begin(), count.end());
  const auto write = [&](const std::string& path, std::size_t step) {
    ResultFile file(path, "balassa-test", 1, false);
    file.growing_dimension("entry");
    file.growing_dimension("nothing");
    file.begin<std::uint16_t>("tally/column", {"entry"}, {{"long_name", "column"}});
    file.begin<std::uint64_t>("tally/count", {"entry"});
    file.begin<std::uint64_t>("tally/never", {"nothing"});
    for (std::size_t i = 0; i < count.size(); i += step) {
      const std::size_t n = std::min(step, count.size() - i);
      file.append("tally/column", std::span(column).subspan(i, n));
      file.append("tally/count", std::span<const std::uint64_t>(count).subspan(i, n));
      file.append("tally/count", std::span<const std::uint64_t>());
    }
    file.commit();
  };
  write(folder / "a.h5", 70001);
  write(folder / "b.h5", 70001);
  write(folder / "c.h5", 999);
  EXPECT_EQ(bytes_of(folder / "a.h5"), bytes_of(folder / "b.h5"));
  for (const char* name : {"a.h5", "c.h5"}) {
    const ResultReader file(folder / name);
    EXPECT_EQ(file.require("tally/column").dimensions, (std::vector<std::string>{"entry"}));
    EXPECT_EQ(file.require("tally/column").type, "uint16");
    EXPECT_EQ(file.require("entry").shape, (std::vector<std::size_t>{count.size()}));
    EXPECT_TRUE(file.require("entry").anonymous);
    EXPECT_EQ(file.counts("tally/count"), count);
    EXPECT_EQ(file.counts("tally/column"), std::vector<std::uint64_t>(column.begin(), column.end()));
    EXPECT_TRUE(file.counts("tally/never").empty());
  }
  ResultFile uneven(folder / "d.h5", "balassa-test", 1, false);
  uneven.growing_dimension("entry");
  uneven.begin<std::uint16_t>("column", {"entry"});
  uneven.begin<std::uint64_t>("count", {"entry"});
  uneven.append("count", std::span<const std::uint64_t>(count).first(3));
  EXPECT_THROW(uneven.commit(), Error);
}

// What was not measured: NaN in reals, the fill value of an integer dataset, in its own type; also where nothing is
// ever written.
TEST(ResultFile, FillValues) {
  const Folder folder;
  {
    ResultFile file(folder / "r.h5", "balassa-test", 1, false);
    file.dimension("year", 2);
    Storage absent;
    absent.fill = -1;
    file.begin<std::uint64_t>("count", {"year"}, {}, absent);
    file.begin<std::int64_t>("word", {"year"}, {}, absent);
    file.begin<std::uint8_t>("flag", {"year"}, {}, absent);
    absent.fill = 0;
    file.begin<std::int32_t>("rank", {"year"}, {}, absent);
    file.begin<std::uint64_t>("every", {"year"});
    file.begin<double>("real", {"year"});
    file.write_slab<std::uint64_t>("count", {0}, {1}, std::vector<std::uint64_t>{5});
    file.commit();
  }
  const ResultReader file(folder / "r.h5");
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(file.counts("count"), (std::vector<std::uint64_t>{5, kMost}));
  EXPECT_EQ(file.fill_value("count"), 0x1p64);
  EXPECT_EQ(file.numbers("count")[1], 0x1p64);  // as fill_value gives it
  EXPECT_EQ(file.fill_value("word"), -1.0);
  EXPECT_EQ(file.integers("word"), (std::vector<std::int64_t>{-1, -1}));
  EXPECT_EQ(file.fill_value("flag"), 255.0);
  EXPECT_EQ(file.integers("flag"), (std::vector<std::int64_t>{255, 255}));
  EXPECT_EQ(file.fill_value("rank"), 0.0);
  EXPECT_FALSE(file.fill_value("every").has_value());
  EXPECT_TRUE(std::isnan(file.fill_value("real").value()));
}

TEST(ResultFile, KeepsNamesShapesValuesAndAttributes) {
  const Folder folder;
  write_sample(folder / "r.h5");
  const ResultReader file(folder / "r.h5");
  EXPECT_EQ(file.format(), "balassa-test");
  EXPECT_EQ(file.version(), 4);
  EXPECT_EQ(std::get<std::int64_t>(*file.attribute("", "seed")), 42);
  EXPECT_EQ(std::get<double>(*file.attribute("", "sigma")), 0.25);
  EXPECT_EQ(file.text_attribute("", "plan"), "a = 1\n");
  EXPECT_EQ(std::get<double>(*file.attribute("score", "resolution")), 0.00390625);

  const ResultReader::Dataset& mean = file.require("score/mean");
  EXPECT_EQ(mean.shape, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(mean.dimensions, (std::vector<std::string>{"year", "location"}));
  EXPECT_EQ(mean.type, "float64");
  EXPECT_EQ(file.text_attribute("score/mean", "units"), "1");
  const std::vector<double> values = file.numbers("score/mean");
  EXPECT_TRUE(std::isnan(values[1]));
  EXPECT_EQ(values[5], 6.0);
  EXPECT_EQ(file.slab("score/mean", {1, 1}, {1, 2}), (std::vector<double>{5, 6}));
  EXPECT_EQ(file.numbers("score/low"), (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(file.integers("rank"), (std::vector<std::int64_t>{1, 2, 3, 3, 2, 1}));
  EXPECT_EQ(file.counts("histogram").back(), ~std::uint64_t{0});
  EXPECT_TRUE(file.require("bin").anonymous);
  EXPECT_FALSE(file.require("quantile").anonymous);
  EXPECT_TRUE(file.require("quantile").scale);
  EXPECT_EQ(file.strings("location"), (std::vector<std::string>{"CÔTE", "日本", "NA"}));
  EXPECT_EQ(file.strings("label"), (std::vector<std::string>{"", "b;\n"}));
  EXPECT_TRUE(file.strings("dropped/code").empty());
  EXPECT_TRUE(file.numbers("dropped/in_year").empty());
  EXPECT_EQ(file.integers("total"), std::vector<std::int64_t>{-7});
  EXPECT_EQ(file.datasets().front().name, "year");  // in the order of creation
}

TEST(ResultFile, EqualCallsEqualBytes) {
  const Folder folder;
  write_sample(folder / "a.h5");
  write_sample(folder / "b.h5");
  EXPECT_EQ(bytes_of(folder / "a.h5"), bytes_of(folder / "b.h5"));
}

// Slabs in any order and of any size give what one write gives, to the byte of the values.
TEST(ResultFile, SlabsMakeTheWhole) {
  const Folder folder;
  std::vector<float> whole(2 * 1000 * 30);
  std::iota(whole.begin(), whole.end(), 0.5f);
  {
    ResultFile file(folder / "r.h5", "balassa-test", 1, false);
    file.dimension("year", 2);
    file.dimension("replicate", 1000);
    file.dimension("location", 30);
    file.begin<float>("raw/eci", {"year", "replicate", "location"}, {{"units", "1"}});
    for (const std::size_t year : {1, 0}) {
      for (std::size_t first = 0; first < 1000; first += 300) {
        const std::size_t count = std::min<std::size_t>(300, 1000 - first);
        file.write_slab<float>("raw/eci", {year, first, 0}, {1, count, 30},
                               std::span<const float>(whole).subspan((year * 1000 + first) * 30, count * 30));
      }
    }
    file.commit();
  }
  const std::vector<double> read = ResultReader(folder / "r.h5").numbers("raw/eci");
  EXPECT_TRUE(std::equal(whole.begin(), whole.end(), read.begin(), read.end()));
}

// Cell by cell into chunks that hold several cells and do not divide the extents: HDF5's own filters read back what was
// written, and the fill value elsewhere; any number of threads gives the same bytes.
template <class T>
void write_cells(ResultFile& file, const std::string& name, const std::vector<std::size_t>& chunk) {
  Storage storage;
  storage.chunk = chunk;
  storage.fill = 255;
  file.begin<T>(name, {"year", "specification", "product"}, {}, storage);
  for (std::size_t cell = 0; cell < 34; ++cell) {  // the last of 35 is never written
    std::vector<T> values(1000);
    for (std::size_t p = 0; p < values.size(); ++p) values[p] = static_cast<T>((cell * 7919 + p * p) % 251);
    file.write_slab<T>(name, {cell / 7, cell % 7, 0}, {1, 1, 1000}, std::span<const T>(values));
  }
}

TEST(ResultFile, ChunksOfManyCellsByAnyNumberOfThreads) {
  const Folder folder;
  for (const int threads : {1, 2, 7}) {
    ResultFile file(folder / fmt::format("{}.h5", threads), "balassa-test", 1, false, threads);
    file.dimension("year", 5);
    file.dimension("specification", 7);
    file.dimension("product", 1000);
    write_cells<double>(file, "real", {2, 7, 1000});
    write_cells<std::uint64_t>(file, "count", {1, 3, 1000});
    write_cells<std::uint32_t>(file, "narrow", {1, 3, 300});
    write_cells<std::uint16_t>(file, "narrower", {2, 4, 999});
    write_cells<std::uint8_t>(file, "byte", {1, 1, 333});
    file.write("after", std::vector<std::int32_t>{4, 3, 2, 1, 0}, {"year"});
    file.attribute("count", "units", "1");
    file.commit();
  }
  const ResultReader file(folder / "7.h5");
  for (const char* name : {"real", "count", "narrow", "narrower", "byte"}) {
    const std::vector<double> read = file.numbers(name);
    ASSERT_EQ(read.size(), 35000u);
    for (std::size_t i = 0; i < 34000; ++i) {
      const std::size_t cell = i / 1000, p = i % 1000;
      ASSERT_EQ(read[i], static_cast<double>((cell * 7919 + p * p) % 251)) << name << " " << i;
    }
    const double nothing = read.back();
    EXPECT_TRUE(std::string(name) == "real" ? std::isnan(nothing) : nothing == 255.0) << name;
  }
  EXPECT_EQ(file.integers("after"), (std::vector<std::int64_t>{4, 3, 2, 1, 0}));
  EXPECT_EQ(bytes_of(folder / "1.h5"), bytes_of(folder / "2.h5"));
  EXPECT_EQ(bytes_of(folder / "1.h5"), bytes_of(folder / "7.h5"));
}

TEST(ResultFile, RefusesToWriteANumberTwice) {
  const Folder folder;
  ResultFile file(folder / "r.h5", "balassa-test", 1, false);
  file.dimension("bin", 4);
  file.begin<double>("a", {"bin"});
  file.write_slab<double>("a", {0}, {3}, std::vector<double>(3));
  EXPECT_THAT(complaint_of([&] { file.write_slab<double>("a", {1}, {3}, std::vector<double>(3)); }).message,
              HasSubstr("/a: found numbers that were written before"));
}

TEST(ResultFile, WhatIsNotCommittedIsNotThere) {
  const Folder folder;
  {
    ResultFile file(folder / "r.h5", "balassa-test", 1, false);
    file.dimension("bin", 4);
    EXPECT_EQ(folder.files(), 1u);  // the temporary
    EXPECT_FALSE(std::filesystem::exists(folder / "r.h5"));
  }
  EXPECT_EQ(folder.files(), 0u);
}

TEST(ResultFile, RefusesWrongShapesAndUnknownDimensions) {
  const Folder folder;
  ResultFile file(folder / "r.h5", "balassa-test", 1, false);
  file.dimension("bin", 4);
  EXPECT_EQ(complaint_of([&] { file.write("a", std::vector<double>(3), {"bin"}); }).code, ExitCode::kInternal);
  EXPECT_EQ(complaint_of([&] { file.write("a", std::vector<double>(3), {"other"}); }).code, ExitCode::kInternal);
  EXPECT_EQ(complaint_of([&] { file.write_slab<double>("b", {0}, {4}, std::vector<double>(4)); }).code,
            ExitCode::kInternal);
}

TEST(ResultReader, NamesWhatIsNotThere) {
  const Folder folder;
  write_sample(folder / "r.h5");
  const ResultReader file(folder / "r.h5");
  EXPECT_THAT(complaint_of([&] { file.numbers("eci"); }).message, HasSubstr("r.h5:/eci: found no such dataset"));
  EXPECT_THAT(complaint_of([&] { file.numbers("label"); }).message, HasSubstr("found string values, expected numbers"));
  EXPECT_THAT(complaint_of([&] { file.strings("rank"); }).message, HasSubstr("found int32 values, expected texts"));
  EXPECT_THAT(complaint_of([&] { file.counts("score/mean"); }).message, HasSubstr("expected integers"));
}

}  // namespace
}  // namespace balassa
