// A sample of rows is rows of the file, from all of it, with the header in front.
#include "io/text/sampled_text.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "tests/cli/program.hpp"

namespace balassa {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(SampledText, SmallFileIsItsOwnSample) {
  const cli::Folder folder;
  std::ofstream(folder / "a.csv") << "year,value\n1,2\n3,4";
  EXPECT_EQ(sample_text(folder / "a.csv", 2), "year,value\n1,2\n3,4");
}

TEST(SampledText, WholeRowsFromEveryPartOfALargeFile) {
  const cli::Folder folder;
  {
    std::ofstream file(folder / "a.csv");
    file << "number,text\n";
    for (int i = 0; i < 100000; ++i) file << i << ",row " << i << "\n";
  }
  constexpr std::size_t kPieces = 20;
  const auto sample = sample_text(folder / "a.csv", kPieces);
  ASSERT_TRUE(sample.has_value());
  EXPECT_LE(sample->size(), kPieces * kSamplePiece);
  EXPECT_GE(sample->size(), (kPieces - 1) * kSamplePiece);
  const std::vector<std::string> lines = lines_of(*sample);
  EXPECT_EQ(lines[0], "number,text");
  std::set<int> parts;
  int last = -1;
  for (std::size_t k = 1; k < lines.size(); ++k) {
    const int number = std::stoi(lines[k]);
    ASSERT_EQ(lines[k], fmt::format("{0},row {0}", number));  // no row is cut
    ASSERT_GT(number, last);
    last = number;
    parts.insert(number / (100000 / static_cast<int>(kPieces)));
  }
  EXPECT_EQ(parts.size(), kPieces);
}

TEST(SampledText, NoneWherePlacesCannotBeSought) {
  const cli::Folder folder;
  std::ofstream(folder / "a.csv.gz", std::ios::binary) << "\x1f\x8b\x08 and more";
  std::ofstream(folder / "line.csv") << std::string(3 * kSamplePiece, 'x');
  std::ofstream(folder / "empty.csv");
  for (const std::string& path : {std::string("-"), folder / "a.csv.gz", folder / "line.csv", folder / "empty.csv",
                                  folder / "absent.csv", folder / ""}) {
    EXPECT_FALSE(sample_text(path, 2).has_value()) << path;
  }
}

}  // namespace
}  // namespace balassa
