#include "io/panel/panel_checks.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <string_view>
#include <unordered_map>

#include "io/base/error.hpp"

namespace balassa {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ExitCode::kBadData, message);
}

// Bytes of the UTF-8 character that `text` starts with; 0 where it starts with none (Unicode 15, table 3-7).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xc0u) == 0x80u; };
  if (byte(0) < 0x80) return 1;
  if (byte(0) >= 0xc2 && byte(0) <= 0xdf) return tail(1) ? 2 : 0;
  if (byte(0) >= 0xe0 && byte(0) <= 0xef) {
    const bool legal = !(byte(0) == 0xe0 && byte(1) < 0xa0) && !(byte(0) == 0xed && byte(1) > 0x9f);
    return legal && tail(1) && tail(2) ? 3 : 0;
  }
  if (byte(0) >= 0xf0 && byte(0) <= 0xf4) {
    const bool legal = !(byte(0) == 0xf0 && byte(1) < 0x90) && !(byte(0) == 0xf4 && byte(1) > 0x8f);
    return legal && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

bool is_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0 || is_control(text[0])) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string cell(const Panel& panel, std::size_t year, std::size_t location) {
  return fmt::format("year {}, location {}", panel.years[year], printable(panel.locations[location]));
}

template <class T>
void check_size(const std::string& where, const std::vector<T>& values, std::size_t size, bool optional) {
  if (optional && values.empty()) return;
  if (values.size() != size) refuse(fmt::format("{}: found {} entries, expected {}", where, values.size(), size));
}

// Scheme and table names become names of datasets.
void check_name(const std::string& where, const std::string& name) {
  if (name.empty() || name == "." || name.find('/') != std::string::npos || !is_text(name)) {
    refuse(fmt::format("{}: found the name \"{}\", expected one without a slash", where, printable(name)));
  }
}

}  // namespace

std::string printable(const std::string& text) {
  std::string line;
  for (std::string_view rest = text; !rest.empty() && line.size() < 57;) {
    const std::size_t length = character_length(rest);
    const bool good = length > 0 && !is_control(rest[0]);
    line += good ? std::string(rest.substr(0, length)) : "?";
    rest.remove_prefix(good ? length : 1);
    if (line.size() >= 57 && !rest.empty()) line += "...";
  }
  return line;
}

std::size_t physical_memory() {
  return static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

void check_years(const std::string& where, const std::vector<std::int32_t>& years) {
  if (years.empty()) refuse(fmt::format("{}: found no year, expected at least one", where));
  for (std::size_t i = 1; i < years.size(); ++i) {
    if (years[i] <= years[i - 1]) {
      refuse(fmt::format("{}[{}]: found {} after {}, expected ascending years", where, i, years[i], years[i - 1]));
    }
  }
}

void check_codes(const std::string& where, const std::vector<std::string>& codes) {
  if (codes.empty()) refuse(fmt::format("{}: found no code, expected at least one", where));
  check_texts(where, codes);
  std::unordered_map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i].empty()) refuse(fmt::format("{}[{}]: found an empty code, expected one", where, i));
    const auto [first, fresh] = seen.emplace(codes[i], i);
    if (!fresh) {
      refuse(fmt::format("{}[{}]: found code {} again (first at [{}]), expected unique codes", where, i,
                         printable(codes[i]), first->second));
    }
  }
}

void check_texts(const std::string& where, const std::vector<std::string>& texts) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!is_text(texts[i])) {
      refuse(fmt::format("{}[{}]: found \"{}\", expected UTF-8 without control characters", where, i,
                         printable(texts[i])));
    }
  }
}

void check_values(const std::string& where, const Panel& panel) {
  for (std::size_t i = 0; i < panel.value.size(); ++i) {
    const double value = panel.value[i];
    if ((value >= 0 && value < HUGE_VAL) || std::isnan(value)) continue;
    const std::size_t product = i % panel.products.size(), row = i / panel.products.size();
    refuse(fmt::format("{}[{}, product {}]: found {}, expected a finite number >= 0, or NaN for not observed", where,
                       cell(panel, row / panel.locations.size(), row % panel.locations.size()),
                       printable(panel.products[product]), value));
  }
}

void check_table(const std::string& where, const Panel& panel, const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isinf(values[i])) continue;
    refuse(fmt::format("{}[{}]: found {}, expected a finite number, or NaN for not known", where,
                       cell(panel, i / panel.locations.size(), i % panel.locations.size()), values[i]));
  }
}

void check_parents(const std::string& where, const Panel& panel) {
  const auto& parent = panel.location_parent;
  const auto count = static_cast<std::int64_t>(parent.size());
  for (std::size_t i = 0; i < parent.size(); ++i) {
    if (parent[i] < -1 || parent[i] >= count) {
      refuse(fmt::format("{}[{}]: found {}, expected -1 or an index below {}", where, i, parent[i], count));
    }
  }
  for (std::size_t i = 0; i < parent.size(); ++i) {
    std::int64_t steps = 0;
    for (std::int32_t above = parent[i]; above >= 0; above = parent[static_cast<std::size_t>(above)]) {
      if (++steps > count || above == static_cast<std::int32_t>(i)) {
        refuse(fmt::format("{}[{}]: found location {} among its own parents, expected a tree", where, i,
                           printable(panel.locations[i])));
      }
    }
  }
}

void check_panel(const std::string& path, const Panel& panel) {
  const auto at = [&](const std::string& dataset) { return fmt::format("{}:/{}", path, dataset); };
  const std::size_t years = panel.years.size(), locations = panel.locations.size(), products = panel.products.size();
  check_years(at("year"), panel.years);
  check_codes(at("location"), panel.locations);
  check_codes(at("product"), panel.products);
  check_size(at("value"), panel.value, years * locations * products, false);
  check_values(at("value"), panel);
  check_size(at("missing"), panel.missing, years * locations, false);
  for (std::size_t i = 0; i < panel.missing.size(); ++i) {
    if (panel.missing[i] > 1)
      refuse(fmt::format("{}[{}]: found {}, expected 0 or 1", at("missing"), i, panel.missing[i]));
  }
  check_size(at("location_name"), panel.location_name, locations, true);
  check_texts(at("location_name"), panel.location_name);
  check_size(at("product_name"), panel.product_name, products, true);
  check_texts(at("product_name"), panel.product_name);
  check_size(at("location_kind"), panel.location_kind, locations, true);
  check_texts(at("location_kind"), panel.location_kind);
  check_size(at("location_parent"), panel.location_parent, locations, true);
  check_parents(at("location_parent"), panel);
  for (const auto& [scheme, classes] : panel.product_class) {
    check_name(at("product_class"), scheme);
    check_size(at("product_class/" + scheme), classes, products, false);
    check_texts(at("product_class/" + scheme), classes);
  }
  check_size(at("population"), panel.population, years * locations, true);
  check_table(at("population"), panel, panel.population);
  check_size(at("gdp"), panel.gdp, years * locations, true);
  check_table(at("gdp"), panel, panel.gdp);
  for (const auto& [name, values] : panel.table) {
    check_name(at("table"), name);
    check_size(at("table/" + name), values, years * locations, false);
    check_table(at("table/" + name), panel, values);
  }
}

}  // namespace balassa
