// Where the real panels lie, and plain readers of their small tables; tests skip where they are absent.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "io/panel/panel.hpp"

namespace balassa::real {

inline std::string data_folder() {
  const char* given = std::getenv("BALASSA_REAL_DATA");
  return given != nullptr ? given : BALASSA_REAL_DATA_DEFAULT;
}

// Rows of a comma-separated file without quotes, plain or .gz; the header is row 0.
inline std::vector<std::vector<std::string>> read_rows(const std::string& path) {
  std::vector<std::vector<std::string>> rows;
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return rows;
  char line[4096];
  while (gzgets(file, line, sizeof line) != nullptr) {
    std::istringstream text(line);
    std::vector<std::string> row;
    for (std::string field; std::getline(text, field, ',');) {
      while (!field.empty() && (field.back() == '\n' || field.back() == '\r')) field.pop_back();
      row.push_back(field);
    }
    rows.push_back(row);
  }
  gzclose(file);
  return rows;
}

// A panel from rows year, location, product, value: every code that occurs in any year, sorted.
inline Panel panel_from_rows(const std::vector<std::vector<std::string>>& rows) {
  std::set<std::int32_t> years;
  std::set<std::string> locations, products;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    years.insert(std::stoi(rows[i][0]));
    locations.insert(rows[i][1]);
    products.insert(rows[i][2]);
  }
  Panel panel;
  panel.years.assign(years.begin(), years.end());
  panel.locations.assign(locations.begin(), locations.end());
  panel.products.assign(products.begin(), products.end());
  panel.value.assign(years.size() * locations.size() * products.size(), 0.0);
  panel.missing.assign(years.size() * locations.size(), 1);
  const auto position = [](const auto& set, const auto& key) {
    return static_cast<std::size_t>(std::distance(set.begin(), set.find(key)));
  };
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::size_t y = position(years, std::stoi(rows[i][0])), c = position(locations, rows[i][1]);
    panel.value[panel.index(y, c, position(products, rows[i][2]))] += std::stod(rows[i][3]);
    panel.missing[y * locations.size() + c] = 0;
  }
  return panel;
}

}  // namespace balassa::real

// Skips the test, with the reason, where a file of the real data is absent.
#define BALASSA_REQUIRE_FILE(path)    \
  if (!std::filesystem::exists(path)) \
  GTEST_SKIP() << "no " << (path) << "; set BALASSA_REAL_DATA to the folder of the real panels"
