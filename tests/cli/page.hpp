// What every page that the program writes holds to.
#pragma once

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

namespace balassa::cli {

// Tags that open and close in order; no script, nothing fetched.
inline void expect_one_page(const std::string& page) {
  static const std::regex tag("<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*?)(/?)>");
  std::vector<std::string> open;
  for (auto it = std::sregex_iterator(page.begin(), page.end(), tag); it != std::sregex_iterator(); ++it) {
    const std::smatch& match = *it;
    if (match[4].length() > 0) continue;
    if (match[1].length() == 0) {
      open.push_back(match[2]);
    } else {
      ASSERT_FALSE(open.empty()) << match[0];
      EXPECT_EQ(open.back(), match[2]);
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty()) << open.back();
  for (const char* outside : {"<script", "src=", "url(", "@import", "<link"})
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
}

}  // namespace balassa::cli
