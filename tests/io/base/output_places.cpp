// No output is the file of an input or of another output, by whatever name it goes.
#include "io/base/output_places.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "io/base/error.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;

class OutputPlaces : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder / "panel.h5") << "precious";
    std::filesystem::create_symlink(folder / "panel.h5", folder / "link.h5");
    std::filesystem::create_hard_link(folder / "panel.h5", folder / "hard.h5");
    std::filesystem::create_directory(folder / "sub");
  }
  std::string refusal(const std::vector<std::string>& inputs, const std::vector<std::string>& outputs) {
    try {
      require_apart(inputs, outputs);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kCannotCreate);
      return error.what();
    }
    return {};
  }
  cli::Folder folder;
};

TEST_F(OutputPlaces, RefusesAnInputByEachOfItsNames) {
  const std::string panel = folder / "panel.h5";
  for (const char* name : {"panel.h5", "link.h5", "hard.h5", "sub/../panel.h5", "./link.h5"}) {
    EXPECT_THAT(refusal({panel}, {folder / name}), HasSubstr("the file of the input")) << name;
    EXPECT_THAT(refusal({"", folder / name}, {"", "-", panel}), HasSubstr("the file of the input")) << name;
  }
  EXPECT_EQ(refusal({panel}, {folder / "new.h5", folder / "new.h5.manifest.json"}), "");
  EXPECT_EQ(refusal({folder / "absent.h5"}, {folder / "other.h5"}), "");
}

TEST_F(OutputPlaces, RefusesTwoOutputsOfOneName) {
  EXPECT_THAT(refusal({}, {folder / "a.csv", folder / "sub/../a.csv"}), HasSubstr("two outputs"));
  EXPECT_THAT(refusal({}, {folder / "panel.h5", folder / "link.h5"}), HasSubstr("two outputs"));
  EXPECT_EQ(refusal({}, {folder / "a.csv", folder / "b.csv"}), "");
  EXPECT_EQ(refusal({"/dev/null"}, {"/dev/null"}), "");  // nothing is lost there
}

TEST_F(OutputPlaces, RefusesNamesFromWhichOthersWouldBeTooLong) {
  EXPECT_EQ(refusal({}, {folder / std::string(243, 'n')}), "");
  EXPECT_THAT(refusal({}, {folder / std::string(244, 'n')}), HasSubstr("244 bytes, expected at most 243"));
}

TEST_F(OutputPlaces, RefusesAPipeWithoutOpeningIt) {
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  for (const std::string& path : {folder / "pipe", std::string("/dev/null")}) {
    try {
      require_new_file(path, true);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kCannotCreate);
      EXPECT_THAT(error.what(), HasSubstr("device or pipe"));
    }
  }
}

}  // namespace
}  // namespace balassa
