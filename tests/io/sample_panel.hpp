// A small panel with all that a panel may hold, and a folder that goes away with the test.
#pragma once

#include <stdlib.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include "io/base/error.hpp"
#include "io/panel/panel.hpp"

namespace balassa {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "balassa-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The exit code and message of what `act` throws; kDone and "" where it throws nothing.
struct Complaint {
  ExitCode code = ExitCode::kDone;
  std::string message;
};
template <class Act>
Complaint complaint_of(const Act& act) {
  try {
    act();
  } catch (const Error& error) {
    return {error.code(), error.what()};
  }
  return {};
}

// [2, 3, 4] with UTF-8 labels, Namibia's NA, leading zeros, a missing row, a NaN cell, and every optional dataset.
inline Panel sample_panel() {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  Panel panel;
  panel.years = {1995, 2017};
  panel.locations = {"NA", "CÔTE", "日本"};
  panel.products = {"0101", "0102", "9999", "x,\"y\""};
  panel.value = {1, 0, 2.5, 1e12, 0, 0, 3, 0.1, kNan, kNan, kNan, kNan, 4, 5, 0, 0, 7, 0, 0, 1, 2, kNan, 0, 1.0 / 3};
  panel.missing = {0, 0, 1, 0, 0, 0};
  panel.title = "Sample";
  panel.source = "made up";
  panel.units = "USD";
  panel.long_name = "exports";
  panel.location_code_system = "iso3";
  panel.product_code_system = "hs92_4";
  panel.location_name = {"Namibia", "Côte d'Ivoire", "日本国"};
  panel.product_name = {"Horses", "Cattle", "", "Odd, \"quoted\""};
  panel.location_parent = {-1, -1, 0};
  panel.location_kind = {"country", "country", "region"};
  panel.product_class = {{"section", {"I", "I", "", "XX"}}, {"p1", {"0", "1", "0", "1"}}};
  panel.population = {1e6, 2e6, kNan, 1.5e6, 2.5e6, 3e6};
  panel.population_units = "persons";
  panel.gdp = {1, 2, 3, 4, 5, kNan};
  panel.gdp_units = "USD";
  panel.table = {{"employment", {1, 2, 3, 4, 5, 6}}};
  return panel;
}

}  // namespace balassa
