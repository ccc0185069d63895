// Files of work: what was appended whole is read back, and nothing else is, whatever happened to the bytes.
#include "io/work/work_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "io/base/error.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

class WorkFile : public ::testing::Test {
 protected:
  void SetUp() override {
    length_ = replace_work_file(path(), bytes_of("header"), {});
    WorkAppender file(path(), length_);
    for (std::size_t k = 0; k < texts_.size(); ++k) file.append(static_cast<std::uint32_t>(k + 1), bytes_of(texts_[k]));
    file.sync();
    EXPECT_EQ(file.length(), std::filesystem::file_size(path()));
    whole_ = cli::file_text(path());
  }
  std::string path() const { return folder / "out.h5.cells"; }
  void put(const std::string& text) const { std::ofstream(path(), std::ios::binary | std::ios::trunc) << text; }

  // How many of the records are read; each must be the one that was written.
  std::size_t intact() {
    WorkReader file(path());
    EXPECT_EQ(file.header(), bytes_of("header"));
    std::vector<std::byte> payload;
    std::size_t count = 0;
    while (const auto entry = file.next(payload)) {
      if (count >= texts_.size()) return count + 1;
      EXPECT_EQ(entry->kind, count + 1);
      EXPECT_EQ(payload, bytes_of(texts_[count]));
      EXPECT_EQ(file.payload(*entry), payload);
      ++count;
    }
    EXPECT_EQ(file.damage().empty(), file.whole() == file.size());
    return count;
  }

  cli::Folder folder;
  const std::vector<std::string> texts_ = {"first", "", std::string(40, 'x'), "fourth", "last"};
  std::uint64_t length_ = 0;
  std::string whole_;
};

TEST_F(WorkFile, GivesBackWhatWasAppended) {
  EXPECT_EQ(intact(), texts_.size());
}

TEST_F(WorkFile, EveryPrefixGivesItsWholeRecords) {
  std::vector<std::uint64_t> ends;
  {
    WorkReader file(path());
    std::vector<std::byte> payload;
    while (const auto entry = file.next(payload)) ends.push_back(entry->end);
  }
  for (std::size_t size = 0; size < whole_.size(); ++size) {
    put(whole_.substr(0, size));
    if (size < length_) {
      EXPECT_THROW(WorkReader file(path()), Error) << size;
      continue;
    }
    const auto expected = std::count_if(ends.begin(), ends.end(), [&](std::uint64_t end) { return end <= size; });
    ASSERT_EQ(intact(), static_cast<std::size_t>(expected)) << size;
    WorkReader file(path());
    std::vector<std::byte> payload;
    while (file.next(payload)) continue;
    EXPECT_EQ(file.torn(), file.whole() != size) << size;
  }
}

TEST_F(WorkFile, EveryFlippedBitIsFound) {
  for (std::size_t at = 0; at < whole_.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string text = whole_;
      text[at] = static_cast<char>(text[at] ^ (1 << bit));
      put(text);
      if (at < length_) {
        try {
          WorkReader file(path());
          FAIL() << at << " " << bit;
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), ExitCode::kBadData) << error.what();
        }
      } else {
        ASSERT_LT(intact(), texts_.size()) << at << " " << bit;
      }
    }
  }
}

TEST_F(WorkFile, ARecordInAnothersPlaceIsNone) {
  // The same record twice: the second lies at an offset that it was not written for.
  put(whole_ + whole_.substr(length_, 40 + texts_[0].size()));
  EXPECT_EQ(intact(), texts_.size());
}

TEST_F(WorkFile, GoesOnAfterATornRecord) {
  put(whole_.substr(0, whole_.size() - 1));
  std::uint64_t whole = 0;
  {
    WorkReader file(path());
    std::vector<std::byte> payload;
    while (file.next(payload)) continue;
    whole = file.whole();
  }
  WorkAppender(path(), whole).append(5, bytes_of("last"));
  EXPECT_EQ(cli::file_text(path()), whole_);
}

TEST_F(WorkFile, ReplacingKeepsThePreviousOne) {
  const std::string previous = folder / "previous";
  const std::vector<std::byte> payload = bytes_of("new");
  const WorkRecord record{9, payload};
  replace_work_file(path(), bytes_of("header"), {&record, 1}, previous);
  EXPECT_EQ(cli::file_text(previous), whole_);
  EXPECT_EQ(folder.entries(), 2u);  // no temporary is left
  WorkReader file(path());
  std::vector<std::byte> found;
  EXPECT_EQ(file.next(found)->kind, 9u);
  EXPECT_EQ(found, payload);
}

TEST_F(WorkFile, IsKnownByItsFirstBytes) {
  EXPECT_TRUE(is_work_file(path()));
  EXPECT_FALSE(is_work_file(folder / "absent"));
  put("balassa-wor");
  EXPECT_FALSE(is_work_file(path()));
}

}  // namespace
}  // namespace balassa
