#include "io/text/counted.hpp"

#include <gtest/gtest.h>

namespace balassa {
namespace {

TEST(Counted, OneTakesNoS) {
  EXPECT_EQ(counted(0, "year"), "0 years");
  EXPECT_EQ(counted(1, "year"), "1 year");
  EXPECT_EQ(counted(2, "class rule"), "2 class rules");
}

}  // namespace
}  // namespace balassa
