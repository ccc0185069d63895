// Columns on a screen, by Unicode's East Asian Width (UAX 11): 日本 is two wide characters, a combining accent has
// none.
#include "io/text/utf8.hpp"

#include <gtest/gtest.h>

namespace balassa {
namespace {

TEST(DisplayWidth, CountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width("Japan"), 5u);
  EXPECT_EQ(display_width("Côte d'Ivoire"), 13u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("한국"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);  // an accent on the letter before
  EXPECT_EQ(display_width("\xFF"), 1u);     // no UTF-8
}

TEST(DisplayWidth, FittedTextsAreAlikeInWidth) {
  for (const char* text :
       {"JPN 日本", "KOR 대한민국", "CIV Co\u0302te d'Ivoire", "DEU Germany", "", "日本日本日本日本日本"}) {
    EXPECT_EQ(display_width(fitted(text, 13)), 13u) << text;
  }
  EXPECT_EQ(fitted("日本日本", 5), "日本 ");  // half of a wide character is not shown
  EXPECT_EQ(fitted("abc", 2), "ab");
}

}  // namespace
}  // namespace balassa
