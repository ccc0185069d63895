// Tables given where a panel is expected are told by their bytes, and each kind of file is named.
#include "io/text/tables_in_place.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "io/base/error.hpp"

namespace balassa {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

class TablesInPlaceTest : public testing::Test {
 protected:
  TablesInPlaceTest() : folder_(testing::TempDir() + "balassa_in_place_" + std::to_string(::getpid()) + "/") {
    std::filesystem::create_directories(folder_);
  }
  ~TablesInPlaceTest() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ + name, std::ios::binary) << bytes;
    return folder_ + name;
  }
  std::string refusal(const std::string& path) const {
    try {
      refuse_in_place_of_hdf5(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadData);
      return error.what();
    }
    return "";
  }
  std::string folder_;
};

TEST_F(TablesInPlaceTest, AreToldByTheirBytes) {
  const std::string signature = "\x89HDF\r\n\x1a\n"s;
  EXPECT_TRUE(is_table(write("a", "year,country\n")));
  EXPECT_TRUE(is_table(write("a.gz", "\x1f\x8b\x08\0"s)));
  EXPECT_TRUE(is_table(write("a.zst", "\x28\xb5\x2f\xfd\0"s)));
  EXPECT_TRUE(is_table("-"));
  EXPECT_FALSE(is_table(write("b", signature + "\0"s)));
  EXPECT_FALSE(is_table(write("b", std::string(512, 'x') + signature)));  // behind a block of the user's
  EXPECT_FALSE(is_table(write("b", "")));
  EXPECT_FALSE(is_table(write("b", "\x89HDF damaged")));
  EXPECT_FALSE(is_table(write("b", "a\0b"s)));
  EXPECT_FALSE(is_table(write("plan.toml", "seed = 1\n")));
  EXPECT_FALSE(is_table(write("panel.h5", "year\tcountry\n")));  // rather a panel that went wrong
  EXPECT_FALSE(is_table(folder_ + "missing"));
}

TEST_F(TablesInPlaceTest, AreRefusedWithTheCommandThatMakesAPanel) {
  EXPECT_THAT(refusal(write("trade.csv", "year,country\n")),
              HasSubstr(folder_ +
                        "trade.csv: found text, expected a panel or a result (HDF5); make a panel of a table "
                        "with: balassa import " +
                        folder_ + "trade.csv -o " + folder_ + "trade.h5"));
  EXPECT_THAT(refusal(write("plan.toml", "seed = 1\n")), HasSubstr("found a plan"));
  EXPECT_THAT(refusal(write("t.parquet", "PAR1\x15"s)), HasSubstr("found a Parquet file"));
  EXPECT_THAT(refusal(write("t.json", "{\"a\":1}")), HasSubstr("found JSON"));
  EXPECT_EQ(refusal(write("damaged.h5", "\x89HDF damaged")), "");  // what is wrong with it HDF5 says
  EXPECT_EQ(refusal(write("panel.h5", "\x89HDF\r\n\x1a\n\0"s)), "");
}

TEST_F(TablesInPlaceTest, TheAdvisedPanelHasANameThatIsFree) {
  EXPECT_EQ(import_command("data/a b.csv.zst"), "balassa import 'data/a b.csv.zst' -o 'data/a b.h5'");
  EXPECT_EQ(import_command("-"), "balassa import - -o panel.h5");
  write("trade.h5", "");
  EXPECT_EQ(import_command(folder_ + "trade.csv"),
            "balassa import " + folder_ + "trade.csv -o " + folder_ + "trade-panel.h5");
}

}  // namespace
}  // namespace balassa
