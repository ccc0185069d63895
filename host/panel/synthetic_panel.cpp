#include "host/panel/synthetic_panel.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <string_view>

#include "io/base/error.hpp"

namespace balassa {
namespace {

// Codes of consonants only: no word, no code of a real country's name, no "NA". A stride prime to 20 spreads them.
std::string location_code(int c, int locations) {
  constexpr std::string_view kLetters = "BCDFGHJKLMNPQRSTVWXZ";
  const int length = locations <= 8000 ? 3 : 5;
  const long long codes = length == 3 ? 8000 : 3200000;
  long long number = (static_cast<long long>(c) * 3307 + 1234) % codes;
  std::string code;
  for (int i = 0; i < length; ++i, number /= 20) code += kLetters[static_cast<std::size_t>(number % 20)];
  return code;
}

constexpr std::array<const char*, 21> kSection{"I Live animals",
                                               "II Vegetable products",
                                               "III Fats and oils",
                                               "IV Foodstuffs",
                                               "V Mineral products",
                                               "VI Chemicals",
                                               "VII Plastics, rubber",
                                               "VIII Hides, leather",
                                               "IX Wood",
                                               "X Paper",
                                               "XI Textiles",
                                               "XII Footwear",
                                               "XIII Stone, glass",
                                               "XIV Precious metals",
                                               "XV Base metals",
                                               "XVI Machinery",
                                               "XVII Vehicles",
                                               "XVIII Instruments",
                                               "XIX Arms",
                                               "XX Miscellaneous",
                                               "XXI Works of art"};

void label_locations(const SyntheticRequest& request, const SyntheticTrade& trade, Panel& panel) {
  for (int c = 0; c < request.locations; ++c) {
    panel.locations.push_back(location_code(c, request.locations));
    panel.location_name.push_back(fmt::format("Country {}", c + 1));
  }
  std::vector<int> regions_of(request.locations);
  for (int r = request.locations; r < trade.locations; ++r) {
    const int parent = trade.parent[r], number = ++regions_of[parent];
    panel.locations.push_back(fmt::format("{}-{:02}", panel.locations[parent], number));
    panel.location_name.push_back(fmt::format("Region {} of country {}", number, parent + 1));
  }
  if (request.regions == 0) return;
  panel.location_parent = trade.parent;
  for (const std::int32_t parent : trade.parent) panel.location_kind.emplace_back(parent < 0 ? "country" : "region");
}

void label_products(const SyntheticTrade& trade, Panel& panel) {
  std::array<int, 98> count{};
  bool long_codes = false;
  for (const int chapter : trade.chapter) long_codes |= ++count[chapter] > 99;
  count = {};
  std::vector<std::string>& section = panel.product_class["section"];
  for (const int chapter : trade.chapter) {
    const int number = ++count[chapter];
    panel.products.push_back(long_codes ? fmt::format("{:02}{:04}", chapter, number)
                                        : fmt::format("{:02}{:02}", chapter, number));
    section.emplace_back(kSection[section_of_chapter(chapter) - 1]);
    panel.product_name.push_back(fmt::format("{}: heading {}", section.back(), panel.products.back()));
  }
}

}  // namespace

SyntheticPanel synthetic_panel(const SyntheticRequest& request) {
  SyntheticTrade trade;
  try {
    trade = draw_synthetic(request);
  } catch (const std::invalid_argument& error) {
    throw Error(ExitCode::kUsage,
                fmt::format("synth: found {}, expected a panel that can be drawn; see synth --help", error.what()));
  }
  SyntheticPanel synthetic;
  synthetic.density = trade.density;
  Panel& panel = synthetic.panel;
  panel.title = "Synthetic trade panel";
  panel.source = fmt::format("balassa synth, seed {}", request.seed);
  panel.units = "USD";
  panel.long_name = "exports";
  panel.location_code_system = "synthetic";
  panel.product_code_system = "synthetic, chapters as in HS";
  panel.years = request.years;
  label_locations(request, trade, panel);
  label_products(trade, panel);
  panel.missing.assign(panel.years.size() * panel.locations.size(), 0);
  panel.value = std::move(trade.value);
  panel.population = std::move(trade.population);
  panel.population_units = "persons";
  return synthetic;
}

}  // namespace balassa
