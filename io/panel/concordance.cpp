#include "io/panel/concordance.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "io/base/error.hpp"
#include "io/panel/presets.hpp"
#include "io/text/csv_reader.hpp"

namespace balassa {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kUnseen = -1.0;  // values are >= 0
constexpr std::string_view kClassifications[] = {"hs", "sitc", "isic", "nace", "naics", "cpc", "cpa", "bec"};

// Targets of each old code with the part of its value that each gets; the parts of a code add up to 1.
struct Mapping {
  std::vector<std::string> codes;                                  // new ones, ascending
  std::vector<std::vector<std::pair<std::size_t, double>>> parts;  // [old code]
};

// The column whose own name says that it holds the codes to change.
std::optional<std::size_t> column_called_from(const std::vector<std::string>& header) {
  for (std::size_t column = 0; column < header.size(); ++column) {
    const std::string plain = plain_name(header[column]);
    if (plain == "from" || plain == "source" || plain == "old") return column;
  }
  return std::nullopt;
}

bool likely_from(std::string_view name) {
  const std::string plain = plain_name(name);
  return plain.ends_with("code");
}

std::size_t column_of_targets(const SideText& file, std::size_t from, const std::optional<std::size_t>& weight) {
  if (const auto named = file.named({"to"})) return *named;
  const auto& header = file.header();
  std::vector<std::size_t> codes, others;
  for (std::size_t column = 0; column < header.size(); ++column) {
    if (column == from || column == weight) continue;
    const std::string plain = plain_name(header[column]);
    if (plain == "to" || plain == "target") return column;
    others.push_back(column);
    const bool classification = std::any_of(std::begin(kClassifications), std::end(kClassifications),
                                            [&](std::string_view name) { return plain.starts_with(name); });
    if (plain.ends_with("code") || (classification && !plain.ends_with("description"))) codes.push_back(column);
  }
  if (codes.size() == 1) return codes[0];
  if (others.size() == 1) return others[0];
  file.fail_header("expected one of the codes to change to; say which: FILE:from=COLUMN,to=COLUMN");
}

std::optional<std::size_t> column_of_weights(const SideText& file) {
  if (const auto named = file.named({"weight"})) return named;
  for (std::size_t column = 0; column < file.header().size(); ++column) {
    const std::string plain = plain_name(file.header()[column]);
    if (plain == "weight" || plain == "weights") return column;
  }
  return std::nullopt;
}

double weight_of(const SideText& file, const SideText::Row& row, std::size_t column) {
  const std::string& text = row.fields[column];
  double weight = 0;
  const auto [end, error] = fast_float::from_chars(text.data(), text.data() + text.size(), weight);
  if (error != std::errc() || end != text.data() + text.size() || !(weight >= 0) || !std::isfinite(weight)) {
    file.fail(row, column, fmt::format("{}, expected a weight >= 0; correct the row", shown(text)));
  }
  return weight;
}

// `kept`: the code that takes what has no match; none: it stays as it is.
Mapping mapping_of(const std::vector<std::map<std::string, double>>& targets, const std::vector<std::string>& old_codes,
                   const std::optional<std::string>& kept) {
  Mapping mapping;
  for (std::size_t code = 0; code < old_codes.size(); ++code) {
    for (const auto& [target, weight] : targets[code]) mapping.codes.push_back(target);
    if (targets[code].empty()) mapping.codes.push_back(kept.value_or(old_codes[code]));
  }
  std::sort(mapping.codes.begin(), mapping.codes.end());
  mapping.codes.erase(std::unique(mapping.codes.begin(), mapping.codes.end()), mapping.codes.end());
  const auto index = [&](const std::string& code) {
    return static_cast<std::size_t>(std::lower_bound(mapping.codes.begin(), mapping.codes.end(), code) -
                                    mapping.codes.begin());
  };
  for (std::size_t code = 0; code < old_codes.size(); ++code) {
    double sum = 0;
    for (const auto& [target, weight] : targets[code]) sum += weight;
    mapping.parts.emplace_back();
    for (const auto& [target, weight] : targets[code]) mapping.parts.back().emplace_back(index(target), weight / sum);
    if (targets[code].empty()) mapping.parts.back().emplace_back(index(kept.value_or(old_codes[code])), 1.0);
  }
  return mapping;
}

// For each new code the old one that became it; empty where a code was divided or several were added up.
std::vector<std::size_t> old_of_new(const Mapping& mapping) {
  std::vector<std::size_t> old(mapping.codes.size(), mapping.parts.size());
  for (std::size_t code = 0; code < mapping.parts.size(); ++code) {
    if (mapping.parts[code].size() != 1 || old[mapping.parts[code][0].first] != mapping.parts.size()) return {};
    old[mapping.parts[code][0].first] = code;
  }
  return old;
}

// Moves what described the old codes to the new ones, of which each was one old code.
void keep_descriptions(Panel& panel, bool products, const std::vector<std::size_t>& old) {
  const auto move = [&old](auto& described) {
    auto moved = described;
    for (std::size_t i = 0; i < described.size(); ++i)
      moved[i] = described[i / old.size() * old.size() + old[i % old.size()]];
    described = std::move(moved);
  };
  if (products) {
    move(panel.product_name);
    for (auto& [scheme, classes] : panel.product_class) move(classes);
    return;
  }
  move(panel.location_name);
  move(panel.location_kind);
  move(panel.population);
  move(panel.gdp);
  for (auto& [name, values] : panel.table) move(values);
  move(panel.location_parent);
  for (std::int32_t& parent : panel.location_parent) {
    if (parent < 0) continue;
    const auto place = std::find(old.begin(), old.end(), static_cast<std::size_t>(parent));
    parent = static_cast<std::int32_t>(place - old.begin());
  }
}

// What described the old codes one by one does not describe the new ones. Whether there was any.
bool drop_descriptions(Panel& panel, bool products) {
  bool any = false;
  const auto drop = [&any](auto& described) {
    any |= !described.empty();
    described.clear();
  };
  if (products) {
    drop(panel.product_name);
    drop(panel.product_class);
    return any;
  }
  drop(panel.location_name);
  drop(panel.location_parent);
  drop(panel.location_kind);
  drop(panel.population);
  drop(panel.gdp);
  drop(panel.table);
  return any;
}

void apply(Panel& panel, const Mapping& mapping, bool products) {
  const std::size_t years = panel.years.size(), width = panel.products.size(), rows = panel.locations.size();
  Panel changed = panel;
  (products ? changed.products : changed.locations) = mapping.codes;
  const std::size_t new_rows = changed.locations.size();
  changed.value.assign(years * new_rows * changed.products.size(), kUnseen);
  changed.missing.assign(years * new_rows, products ? 0 : 1);
  for (std::size_t y = 0; y < years; ++y) {
    for (std::size_t l = 0; l < rows; ++l) {
      const bool missing = panel.missing[y * rows + l] != 0;
      if (products) changed.missing[y * rows + l] = missing;
      if (!products && !missing) {
        for (const auto& [target, part] : mapping.parts[l]) changed.missing[y * new_rows + target] = 0;
      }
      for (std::size_t p = 0; p < width; ++p) {
        const double value = panel.value[panel.index(y, l, p)];
        for (const auto& [target, part] : mapping.parts[products ? p : l]) {
          double& cell = changed.value[products ? changed.index(y, l, target) : changed.index(y, target, p)];
          if (std::isnan(value)) {
            if (cell == kUnseen) cell = kNaN;
          } else {
            cell = cell == kUnseen || std::isnan(cell) ? value * part : cell + value * part;
          }
        }
      }
    }
  }
  panel = std::move(changed);
}

}  // namespace

std::string apply_concordance(Panel& panel, const SideFile& side) {
  const SideText file(side);
  const std::optional<std::size_t> called = column_called_from(file.header());
  const SideText::Codes of_products = file.codes(panel.products, {"from"}, likely_from, called),
                        of_locations = file.codes(panel.locations, {"from"}, likely_from, called);
  const bool products = of_products.matched >= of_locations.matched;
  const SideText::Codes& from = products ? of_products : of_locations;
  const std::vector<std::string> old_codes = products ? panel.products : panel.locations;
  if (from.matched == 0) {
    throw Error(
        ExitCode::kBadData,
        fmt::format("{}:{}: found none of the panel's products and locations, expected some: {}; name the column "
                    "with FILE:from=COLUMN, or cut the products with --product-digits",
                    side.path, file.header()[from.column], file.unlike(of_products, panel.products)));
  }
  const auto weights = column_of_weights(file);
  const std::size_t to = column_of_targets(file, from.column, weights);
  // Two revisions of a classification share most codes, so that the codes alone do not tell which way to go.
  if (!called && !file.named({"from"}) && 2 * file.codes(old_codes, {}, likely_from, to).matched > old_codes.size()) {
    file.fail_header(
        fmt::format("of which two hold most of the panel's codes; say from which to change: FILE:from={},to={}",
                    file.header()[from.column], file.header()[to]));
  }
  std::vector<std::map<std::string, double>> targets(old_codes.size());
  for (const SideText::Row& row : file.rows()) {
    const auto code = from.find(row.fields[from.column]);
    if (!code || row.fields[to].empty()) continue;
    const double weight = weights ? weight_of(file, row, *weights) : 1;
    const auto [first, fresh] = targets[*code].try_emplace(row.fields[to], weight);
    if (!fresh && weights) {
      file.fail(row, to,
                fmt::format("{} a second time for {}, expected one weight; keep one", shown(row.fields[to]),
                            shown(row.fields[from.column])));
    }
  }
  std::size_t divided = 0, in_proportion = 0;
  for (auto& of_code : targets) {
    std::erase_if(of_code, [](const auto& target) { return target.second == 0; });
    double sum = 0;
    for (const auto& [target, weight] : of_code) sum += weight;
    divided += of_code.size() > 1 ? 1 : 0;
    in_proportion += weights && !of_code.empty() && std::abs(sum - 1) > 1e-6 ? 1 : 0;
  }
  double all = 0;
  std::vector<double> amount(old_codes.size());
  for (std::size_t cell = 0; cell < panel.value.size(); ++cell) {
    if (!(panel.value[cell] > 0)) continue;
    all += panel.value[cell];
    amount[products ? cell % panel.products.size() : cell / panel.products.size() % panel.locations.size()] +=
        panel.value[cell];
  }
  std::vector<std::size_t> unmatched;
  double lost = 0;
  for (std::size_t code = 0; code < old_codes.size(); ++code) {
    if (!targets[code].empty()) continue;
    unmatched.push_back(code);
    lost += amount[code];
  }
  std::sort(unmatched.begin(), unmatched.end(), [&](auto a, auto b) { return amount[a] > amount[b]; });
  const Mapping mapping =
      mapping_of(targets, old_codes, products ? std::optional<std::string>(kUnmatchedProduct) : std::nullopt);
  apply(panel, mapping, products);
  const std::vector<std::size_t> old = old_of_new(mapping);
  if (!old.empty()) keep_descriptions(panel, products, old);
  const bool described = old.empty() && drop_descriptions(panel, products);
  (products ? panel.product_code_system : panel.location_code_system).clear();
  std::vector<std::string> examples;
  for (const std::size_t code : unmatched) {
    if (examples.size() < 4) examples.push_back(old_codes[code]);
  }
  std::string said =
      fmt::format("{}: {} {}s by {} became {} by {}", side.path, old_codes.size(), products ? "product" : "location",
                  file.header()[from.column], mapping.codes.size(), file.header()[to]);
  if (described)
    said += fmt::format("; names and tables of the old {}s are left out", products ? "product" : "location");
  if (divided > 0) said += fmt::format("; {} were divided {}", divided, weights ? "by weight" : "evenly");
  if (in_proportion > 0)
    said += fmt::format("; the weights of {} do not add up to 1 and are taken in proportion", in_proportion);
  if (!unmatched.empty()) {
    said += fmt::format("; {} without a match ({}{}), {:.2f} % of the total, {}", unmatched.size(),
                        fmt::join(examples, ", "), unmatched.size() > examples.size() ? ", ..." : "", 100 * lost / all,
                        products ? fmt::format("are product {}", kUnmatchedProduct) : "stay as they are");
  }
  if (!file.notes().empty()) said += "; " + file.notes();
  return said;
}

}  // namespace balassa
