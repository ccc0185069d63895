#include "host/plan/plan_keys.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>

#include "host/plan/conventions.hpp"
#include "host/plan/shards.hpp"
#include "host/terminal/duration.hpp"
#include "host/terminal/edit_distance.hpp"

namespace balassa {
namespace {

[[noreturn]] void refuse(const PlanValue& value, std::string_view found, std::string_view expected) {
  throw Error(value.code, fmt::format("{}: found {}, expected {}", value.where, found, expected));
}

[[noreturn]] void refuse_later(const PlanValue& value, std::string_view found, std::string_view known) {
  throw Error(value.code, fmt::format("{}: {} is not available in this version; use {}", value.where, found, known));
}

const std::string& single(const PlanValue& value, std::string_view expected) {
  if (value.range || value.items.size() != 1) {
    refuse(value, value.range ? "a range" : fmt::format("{} values", value.items.size()), expected);
  }
  return value.items.front();
}

double number(const PlanValue& value, const std::string& text, double low, double high, std::string_view expected) {
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc() || end != text.data() + text.size() || !(x >= low && x <= high)) {
    refuse(value, fmt::format("'{}'", text), expected);
  }
  return x;
}

std::uint64_t whole(const PlanValue& value, const std::string& text, std::uint64_t high, std::string_view expected) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n > high) {
    refuse(value, fmt::format("'{}'", text), expected);
  }
  return n;
}

// units / 10^scale, exactly as the text says it.
struct Decimal {
  std::int64_t units = 0;
  int scale = 0;
};

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal decimal;
  bool negative = false, point = false, digits = false;
  std::size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) negative = text[i++] == '-';
  for (; i < text.size() && (text[i] == '.' || (text[i] >= '0' && text[i] <= '9')); ++i) {
    if (text[i] == '.') {
      if (point) return std::nullopt;
      point = true;
      continue;
    }
    if (decimal.units > 99'999'999'999'999'999) return std::nullopt;
    decimal.units = 10 * decimal.units + (text[i] - '0');
    decimal.scale += point ? 1 : 0;
    digits = true;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    int exponent = 0;
    const char* from = text.data() + i + 1 + (i + 1 < text.size() && text[i + 1] == '+' ? 1 : 0);
    const auto [end, error] = std::from_chars(from, text.data() + text.size(), exponent);
    if (error != std::errc() || end != text.data() + text.size() || exponent < -18 || exponent > 18)
      return std::nullopt;
    decimal.scale -= exponent;
    i = text.size();
  }
  if (!digits || i != text.size()) return std::nullopt;
  for (; decimal.scale > 0 && decimal.units % 10 == 0; --decimal.scale) decimal.units /= 10;
  for (; decimal.scale < 0 && decimal.units < 99'999'999'999'999'999; ++decimal.scale) decimal.units *= 10;
  if (decimal.scale < 0 || decimal.scale > 18) return std::nullopt;
  if (negative) decimal.units = -decimal.units;
  return decimal;
}

std::int64_t power_of_ten(int n) {
  std::int64_t power = 1;
  while (n-- > 0) power *= 10;
  return power;
}

// from, from + step, ..., <= to; in decimals, so that 0.1 + 2 x 0.1 is 0.3.
std::vector<double> expand_range(const PlanValue& value) {
  constexpr std::string_view kExpected = "numbers from <= to with step > 0, at most 1000 values";
  std::array<std::optional<Decimal>, 3> part;
  int scale = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    part[k] = parse_decimal(value.items[k]);
    if (!part[k] || part[k]->scale > 9) refuse(value, fmt::format("'{}'", value.items[k]), kExpected);
    scale = std::max(scale, part[k]->scale);
  }
  std::array<std::int64_t, 3> units{};
  for (std::size_t k = 0; k < 3; ++k) {
    if (std::abs(part[k]->units) > 1'000'000'000'000) refuse(value, fmt::format("'{}'", value.items[k]), kExpected);
    units[k] = part[k]->units * power_of_ten(scale - part[k]->scale);
  }
  const auto [from, to, step] = units;
  if (step <= 0 || from > to || (to - from) / step >= 1000) {
    refuse(value, fmt::format("{{from {}, to {}, step {}}}", value.items[0], value.items[1], value.items[2]),
           kExpected);
  }
  std::vector<double> values;
  for (std::int64_t u = from; u <= to; u += step) {
    const std::string text = fmt::format("{}e-{}", u, scale);
    double x = 0;
    std::from_chars(text.data(), text.data() + text.size(), x);
    values.push_back(x);
  }
  return values;
}

std::vector<double> numbers(const PlanValue& value, double low, double high, std::string_view expected) {
  std::vector<double> values;
  if (value.range) {
    values = expand_range(value);
  } else {
    for (const std::string& item : value.items) values.push_back(number(value, item, low, high, expected));
  }
  for (const double x : values) {
    if (!(x >= low && x <= high)) refuse(value, fmt::format("{}", x), expected);
  }
  if (values.empty()) refuse(value, "nothing", expected);
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) refuse(value, fmt::format("{} twice", *twice), "each value once");
  return sorted;
}

// "0.75" or "3/4", strictly between 0 and 1.
Quantile rational(const PlanValue& value, const std::string& text, std::string_view expected) {
  std::int64_t numerator = 0, denominator = 0;
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) {
    constexpr std::uint64_t kMost = 1'000'000'000;
    numerator = static_cast<std::int64_t>(whole(value, text.substr(0, slash), kMost, expected));
    denominator = static_cast<std::int64_t>(whole(value, text.substr(slash + 1), kMost, expected));
  } else if (const auto decimal = parse_decimal(text); decimal && decimal->scale <= 9) {
    numerator = decimal->units;
    denominator = power_of_ten(decimal->scale);
  }
  if (denominator <= 0 || numerator <= 0 || numerator >= denominator)
    refuse(value, fmt::format("'{}'", text), expected);
  const std::int64_t divisor = std::gcd(numerator, denominator);
  return {numerator / divisor, denominator / divisor};
}

bool less(const Quantile& a, const Quantile& b) {
  return a.numerator * b.denominator < b.numerator * a.denominator;
}

std::vector<Quantile> rationals(const PlanValue& value, std::string_view expected) {
  if (value.range || value.items.empty()) refuse(value, value.range ? "a range" : "nothing", expected);
  std::vector<Quantile> values;
  for (const std::string& item : value.items) values.push_back(rational(value, item, expected));
  std::sort(values.begin(), values.end(), less);
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (!less(values[i - 1], values[i])) refuse(value, fmt::format("{} twice", value.items[i]), "each value once");
  }
  return values;
}

Split parse_split(const PlanValue& value, const std::string& text) {
  constexpr std::string_view kExpected = "\"median\", \"mean\", \"q40\" (0 to 100) or \"fixed:20\" (per cent)";
  if (text == "median") return {Split::Kind::kMedian, 0.0};
  if (text == "mean") return {Split::Kind::kMean, 0.0};
  if (text.starts_with("fixed:")) return {Split::Kind::kFixed, number(value, text.substr(6), 0.0, 100.0, kExpected)};
  if (text.starts_with("q"))
    return {Split::Kind::kQuantile, number(value, text.substr(1), 0.0, 100.0, kExpected) / 100.0};
  refuse(value, fmt::format("'{}'", text), kExpected);
}

bool parse_bool(const PlanValue& value) {
  const std::string& text = single(value, "true or false");
  if (text != "true" && text != "false") refuse(value, fmt::format("'{}'", text), "true or false");
  return text == "true";
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

// Shortest text that reads back to the same double, always with a point or exponent, as TOML wants a float.
std::string real(double x) {
  std::string text = fmt::format("{}", x);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

// A decimal where it has few digits, else "1/3".
std::string rational_text(const Quantile& q) {
  const double x = static_cast<double>(q.numerator) / static_cast<double>(q.denominator);
  const auto back = parse_decimal(fmt::format("{}", x));
  if (back && back->scale <= 9 && back->units * q.denominator == q.numerator * power_of_ten(back->scale))
    return real(x);
  return quoted(fmt::format("{}/{}", q.numerator, q.denominator));
}

template <class Values, class Text>
std::string list(const Values& values, Text text) {
  std::vector<std::string> items;
  for (const auto& value : values) items.push_back(text(value));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

template <class T>
using Names = std::vector<std::pair<std::string_view, T>>;
const Names<Weights> kWeights = {
    {"multinomial", Weights::kMultinomial}, {"bayesian", Weights::kBayesian}, {"poisson", Weights::kPoisson}};
const Names<Precision> kPrecisions = {
    {"certified", Precision::kCertified}, {"double", Precision::kDouble}, {"fast", Precision::kFast}};
const Names<Arithmetic> kArithmetics = {{"canonical", Arithmetic::kCanonical}, {"gemm", Arithmetic::kGemm}};

template <class T>
std::string known(const Names<T>& names) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : names) texts.push_back(quoted(name));
  return fmt::format("{}", fmt::join(texts, ", "));
}

// A name that exists; names that FORMATS promises for later are refused as such.
template <class T>
T named(const PlanValue& value, const Names<T>& names, std::initializer_list<std::string_view> later = {}) {
  const std::string& text = single(value, known(names));
  for (const auto& [name, result] : names) {
    if (text == name) return result;
  }
  if (std::find(later.begin(), later.end(), text) != later.end()) refuse_later(value, quoted(text), known(names));
  refuse(value, quoted(text), known(names));
}

template <class T>
std::string name_of(const Names<T>& names, T value) {
  for (const auto& [name, known_value] : names) {
    if (known_value == value) return quoted(name);
  }
  return {};
}

void read_years(Plan& plan, const PlanValue& value) {
  plan.years = fmt::format("{}", fmt::join(value.items, ","));
  std::erase_if(plan.years, [](char c) { return c == ' ' || c == '\t'; });
  if (value.range || plan.years.empty()) refuse(value, "nothing", "\"all\", \"1995-2016\" or [1962, 1980]");
}

void read_tie(Plan& plan, const PlanValue& value) {
  plan.rca_tie.clear();
  for (const std::string& item : value.items) {
    const auto tie = parse_tie(item);
    if (!tie || value.range) refuse(value, quoted(item), "\">=\" or \">\"");
    if (std::find(plan.rca_tie.begin(), plan.rca_tie.end(), *tie) != plan.rca_tie.end()) {
      refuse(value, quoted(item) + " twice", "each value once");
    }
    plan.rca_tie.push_back(*tie);
  }
  if (plan.rca_tie.empty()) refuse(value, "nothing", "\">=\" or \">\"");
}

// "products", "none", or a list of what is drawn together (METHODS C1b).
void read_draws(Plan& plan, const PlanValue& value) {
  Names<Draws> names;
  for (const SchemeRow& row : kSchemes) names.emplace_back(row.name, row.draws);
  plan.scheme = {};
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    PlanValue one = value;
    one.items = {value.items[i]};
    const Draws draws = named(one, names, {"years", "leave-one-out", "subsample"});
    if (std::count(value.items.begin(), value.items.end(), value.items[i]) > 1)
      refuse(value, quoted(value.items[i]) + " twice", "each value once");
    if (!draws.any() && value.items.size() > 1) refuse(value, "\"none\" beside others", "\"none\" alone");
    plan.scheme = plan.scheme | draws;
  }
  if (value.items.empty()) refuse(value, "nothing", known(names));
}

std::string draws_text(const Draws& draws) {
  std::vector<std::string> together;
  for (const SchemeRow& row : kSchemes) {
    if (row.draws == draws) return quoted(row.name);
    if (row.draws.any() && (draws | row.draws) == draws) together.push_back(quoted(row.name));
  }
  return fmt::format("[{}]", fmt::join(together, ", "));
}

void read_convention(Plan& plan, const PlanValue& value) {
  Names<int> names;
  for (const std::string& name : convention_names()) names.emplace_back(name, 0);
  named(value, names, {"r", "oec", "atlas"});
  plan.convention = value.items.front();
}

void read_p1_quantile(Plan& plan, const PlanValue& value) {
  plan.p1_given = value.items == std::vector<std::string>{"given"};
  if (plan.p1_given) {
    plan.p1_quantile = {{3, 4}};
  } else if (value.items == std::vector<std::string>{"none"}) {
    plan.p1_quantile.clear();
  } else {
    plan.p1_quantile = rationals(value, "numbers between 0 and 1, \"given\" or \"none\"");
  }
}

void read_split(Plan& plan, const PlanValue& value) {
  plan.split.clear();
  for (const std::string& item : value.items) {
    const Split split = parse_split(value, item);
    for (const Split& other : plan.split) {
      if (other.kind == split.kind && other.parameter == split.parameter) {
        refuse(value, quoted(item) + " twice", "each value once");
      }
    }
    plan.split.push_back(split);
  }
  if (plan.split.empty() || value.range) refuse(value, value.range ? "a range" : "nothing", "at least one split");
}

std::string split_text(const Split& split) {
  switch (split.kind) {
    case Split::Kind::kMedian:
      return quoted("median");
    case Split::Kind::kMean:
      return quoted("mean");
    case Split::Kind::kQuantile:
      return quoted(fmt::format("q{:.12g}", 100.0 * split.parameter));
    case Split::Kind::kFixed:
      break;
  }
  return quoted(fmt::format("fixed:{}", split.parameter));
}

constexpr std::string_view kIntervalExpected = "a time such as \"60s\" or \"10m\", or a number of scenarios >= 1";

CheckpointInterval checkpoint_interval(const PlanValue& value, const std::string& text) {
  if (const auto seconds = parse_duration(text)) return {0, *seconds};
  const std::uint64_t scenarios = whole(value, text, std::uint64_t{1} << 62, kIntervalExpected);
  if (scenarios == 0) refuse(value, "0", kIntervalExpected);
  return {scenarios, 0.0};
}

// Each item one of the names; none is fine.
void read_marks(const PlanValue& value, std::initializer_list<std::pair<std::string_view, bool*>> marks) {
  for (const auto& [name, mark] : marks) *mark = false;
  if (value.items == std::vector<std::string>{"none"}) return;
  for (const std::string& item : value.items) {
    const auto found = std::find_if(marks.begin(), marks.end(), [&](const auto& entry) { return entry.first == item; });
    if (found == marks.end() || value.range) {
      std::vector<std::string> names;
      for (const auto& [name, mark] : marks) names.push_back(quoted(name));
      refuse(value, quoted(item), fmt::format("a list of {}", fmt::join(names, ", ")));
    }
    *found->second = true;
  }
}

std::string marks_text(std::initializer_list<std::pair<std::string_view, bool>> marks) {
  std::vector<std::string> names;
  for (const auto& [name, mark] : marks) {
    if (mark) names.push_back(quoted(name));
  }
  return fmt::format("[{}]", fmt::join(names, ", "));
}

using Part = PlanKey::Part;
constexpr double kHuge = 1e12;

const std::vector<PlanKey>& keys() {
  static const std::vector<PlanKey> table = {
      {"", "panel", "--panel", "the panel file", Part::kPath,
       [](Plan& plan, const PlanValue& value) { plan.panel = single(value, "a file name"); },
       [](const Plan& plan) { return plan.panel.empty() ? std::string() : quoted(plan.panel); }},
      {"", "seed", "--seed", "seed of all random draws", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         plan.seed = whole(value, single(value, "a whole number"), std::numeric_limits<std::int64_t>::max(),
                           "a whole number from 0 to 2^63 - 1");
       },
       [](const Plan& plan) { return fmt::format("{}", plan.seed); }},
      {"select", "years", "--years", "all | 1995-2016 | 1962,1980", Part::kResult, read_years,
       [](const Plan& plan) { return quoted(plan.years); }},
      {"select", "filter", "--filter", "none", Part::kResult,
       [](Plan&, const PlanValue& value) {
         named<int>(value, {{"none", 0}}, {"atlas", "oec"});
       },
       [](const Plan&) { return quoted("none"); }},
      {"select", "min_participation", "--min-participation", "3: no scores below", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         plan.min_participation = number(value, single(value, "a number"), 0.0, kHuge, "a number >= 0");
       },
       [](const Plan& plan) { return real(plan.min_participation); }},
      {"specification", "rca_threshold", "--rca-threshold", "1 | 0.5,1,2 | 0.5:2:0.25", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         plan.rca_threshold = numbers(value, std::numeric_limits<double>::denorm_min(), kHuge, "numbers > 0");
       },
       [](const Plan& plan) { return list(plan.rca_threshold, real); }},
      {"specification", "rca_tie", "--rca-tie", "'>=' | '>' | '>=,>'", Part::kResult, read_tie,
       [](const Plan& plan) {
         return plan.rca_tie.empty() ? std::string()
                                     : list(plan.rca_tie, [](TieRule tie) { return quoted(tie_text(tie)); });
       }},
      {"specification", "presence", "--presence", "rca", Part::kResult,
       [](Plan&, const PlanValue& value) {
         named<int>(value, {{"rca", 0}}, {"rpop", "both", "either", "continuous"});
       },
       [](const Plan&) { return quoted("rca"); }},
      {"specification", "convention", "--convention", "py | stata | lyubimov", Part::kResult, read_convention,
       [](const Plan& plan) { return quoted(plan.convention); }},
      {"specification", "deviation", "--deviation", "population|sample|long-table", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         plan.deviation = named<Deviation>(value, {{"population", Deviation::kPopulation},
                                                   {"sample", Deviation::kSample},
                                                   {"long-table", Deviation::kLongTable}});
       },
       [](const Plan& plan) { return plan.deviation ? quoted(deviation_text(*plan.deviation)) : std::string(); }},
      {"specification", "pci_scale", "--pci-scale", "eci | own mean and deviation", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         plan.pci_scale = named<PciScale>(value, {{"eci", PciScale::kEci}, {"own", PciScale::kOwn}});
       },
       [](const Plan& plan) { return plan.pci_scale ? quoted(pci_scale_text(*plan.pci_scale)) : std::string(); }},
      {"specification", "read_as", "--read-as", "float64 | float32", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         plan.read_as_float32 = named<bool>(value, {{"float64", false}, {"float32", true}});
       },
       [](const Plan& plan) {
         return plan.read_as_float32 ? quoted(read_as_text(*plan.read_as_float32)) : std::string();
       }},
      {"specification", "disconnected", "--disconnected", "na | giant component alone", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         plan.disconnected = named<Disconnected>(value, {{"na", Disconnected::kNa}, {"giant", Disconnected::kGiant}});
       },
       [](const Plan& plan) { return quoted(disconnected_text(plan.disconnected)); }},
      {"resample", "scheme", "--scheme", "none|products,locations,noise", Part::kResult, read_draws,
       [](const Plan& plan) { return draws_text(plan.scheme); }},
      {"resample", "weights", "--weights", "bayesian | multinomial | poisson", Part::kResult,
       [](Plan& plan, const PlanValue& value) { plan.weights = named(value, kWeights); },
       [](const Plan& plan) { return name_of(kWeights, plan.weights); }},
      {"resample", "location_weights", "--location-weights", "law, as --weights", Part::kResult,
       [](Plan& plan, const PlanValue& value) { plan.location_weights = named(value, kWeights); },
       [](const Plan& plan) {
         return plan.location_weights ? name_of(kWeights, *plan.location_weights) : std::string();
       }},
      {"resample", "recompute_presence", "--recompute-presence", "true | false", Part::kResult,
       [](Plan& plan, const PlanValue& value) { plan.recompute_presence = parse_bool(value); },
       [](const Plan& plan) { return std::string(plan.recompute_presence ? "true" : "false"); }},
      {"resample", "replicates", "--replicates", "per year and specification", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         plan.replicates =
             whole(value, single(value, "a whole number"), std::uint64_t{1} << 40, "a whole number up to 2^40");
       },
       [](const Plan& plan) { return plan.replicates ? fmt::format("{}", *plan.replicates) : std::string(); }},
      {"resample", "sigma", "--sigma", "of lognormal cell noise", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         plan.sigma = number(value, single(value, "a number"), 0.0, 10.0, "a number from 0 to 10");
       },
       [](const Plan& plan) { return real(plan.sigma); }},
      {"resample", "rho_location", "--rho-location", "its part by location", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         plan.rho_location = number(value, single(value, "a number"), 0.0, 1.0, "a number from 0 to 1");
       },
       [](const Plan& plan) { return real(plan.rho_location); }},
      {"resample", "rho_product", "--rho-product", "its part by product", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         plan.rho_product = number(value, single(value, "a number"), 0.0, 1.0, "a number from 0 to 1");
       },
       [](const Plan& plan) { return real(plan.rho_product); }},
      {"classes", "units", "--units", "of the splits: regions | all", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         plan.regions_only = named<bool>(value, {{"regions", true}, {"all", false}});
       },
       [](const Plan& plan) { return quoted(plan.regions_only ? "regions" : "all"); }},
      {"classes", "p1_quantile", "--p1-quantile", "0.7,0.75 | given | none", Part::kResult, read_p1_quantile,
       [](const Plan& plan) {
         if (plan.p1_given) return quoted("given");
         return plan.p1_quantile.empty() ? quoted("none") : list(plan.p1_quantile, rational_text);
       }},
      {"classes", "split", "--split", "median,mean,q40,fixed:20", Part::kResult, read_split,
       [](const Plan& plan) { return list(plan.split, split_text); }},
      {"classes", "hhi_cut", "--hhi-cut", "1800 | 1500,1800", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         plan.hhi_cut = numbers(value, 0.0, 10000.0, "numbers from 0 to 10000");
       },
       [](const Plan& plan) { return list(plan.hhi_cut, real); }},
      {"output", "file", "-o,--output", "the result file", Part::kPath,
       [](Plan& plan, const PlanValue& value) { plan.file = single(value, "a file name"); },
       [](const Plan& plan) { return plan.file.empty() ? std::string() : quoted(plan.file); }},
      {"output", "keep", "--keep", "raw scores: eci,pci", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         read_marks(value, {{"eci", &plan.keep_eci}, {"pci", &plan.keep_pci}});
       },
       [](const Plan& plan) {
         return marks_text({{"eci", plan.keep_eci}, {"pci", plan.keep_pci}});
       }},
      {"output", "quantiles", "--quantiles", "0.025,0.5,0.975", Part::kResult,
       [](Plan& plan, const PlanValue& value) { plan.quantiles = rationals(value, "numbers between 0 and 1"); },
       [](const Plan& plan) { return list(plan.quantiles, rational_text); }},
      {"output", "tallies", "--tallies", "none | rank,score,product_score", Part::kResult,
       [](Plan& plan, const PlanValue& value) {
         read_marks(
             value,
             {{"rank", &plan.tally_rank}, {"score", &plan.tally_score}, {"product_score", &plan.tally_product_score}});
       },
       [](const Plan& plan) {
         return marks_text(
             {{"rank", plan.tally_rank}, {"score", plan.tally_score}, {"product_score", plan.tally_product_score}});
       }},
      {"run", "device", "--device", "auto, cpu, cuda, cuda:0", Part::kRun,
       [](Plan& plan, const PlanValue& value) { plan.device = single(value, "a device"); },
       [](const Plan& plan) { return quoted(plan.device); }},
      {"run", "precision", "--precision", "certified | double | fast", Part::kRun,
       [](Plan& plan, const PlanValue& value) { plan.precision = named(value, kPrecisions); },
       [](const Plan& plan) { return name_of(kPrecisions, plan.precision); }},
      {"run", "arithmetic", "--arithmetic", "canonical | gemm (M fixed)", Part::kRun,
       [](Plan& plan, const PlanValue& value) { plan.arithmetic = named(value, kArithmetics); },
       [](const Plan& plan) { return name_of(kArithmetics, plan.arithmetic); }},
      {"run", "align_years", "--align-years", "as the clearest year", Part::kResult,
       [](Plan& plan, const PlanValue& value) { plan.align_years = parse_bool(value); },
       [](const Plan& plan) { return std::string(plan.align_years ? "true" : "false"); }, true},
      {"run", "threads", "--threads", "worker threads; 0: the cores that the process may use", Part::kRun,
       [](Plan& plan, const PlanValue& value) {
         plan.threads =
             static_cast<int>(whole(value, single(value, "a whole number"), 65536, "a whole number up to 65536"));
       },
       [](const Plan& plan) { return fmt::format("{}", plan.threads); }},
      {"run", "batch", "--batch", "replicates drawn together", Part::kRun,
       [](Plan& plan, const PlanValue& value) {
         const std::uint64_t batch =
             whole(value, single(value, "a whole number"), 65536, "a whole number from 1 to 65536");
         if (batch == 0) refuse(value, "0", "a whole number from 1 to 65536");
         plan.batch = static_cast<int>(batch);
       },
       [](const Plan& plan) { return fmt::format("{}", plan.batch); }},
      {"run", "checkpoint_every", "--checkpoint-every", "60s | 10m | scenarios", Part::kRun,
       [](Plan& plan, const PlanValue& value) {
         plan.checkpoint_every = checkpoint_interval(value, single(value, kIntervalExpected));
       },
       [](const Plan& plan) {
         const CheckpointInterval& every = plan.checkpoint_every;
         return every.scenarios > 0 ? fmt::format("{}", every.scenarios) : quoted(fmt::format("{}s", every.seconds));
       }},
      {"run", "max_time", "--max-time", "1:55:00 | 90m: then exit 75", Part::kRun,
       [](Plan& plan, const PlanValue& value) {
         constexpr std::string_view kExpected = "a time > 0 such as \"1:55:00\", \"90m\" or \"3600s\"";
         const std::string& text = single(value, kExpected);
         const auto seconds = parse_duration(text);
         if (!seconds || *seconds <= 0.0) refuse(value, quoted(text), kExpected);
         plan.max_seconds = *seconds;
       },
       [](const Plan& plan) {
         return plan.max_seconds > 0.0 ? quoted(fmt::format("{}s", plan.max_seconds)) : std::string();
       }},
      {"run", "shard", "--shard", "k/N, k from 0 | auto (Slurm)", Part::kRun,
       [](Plan& plan, const PlanValue& value) {
         const std::string& text = single(value, "k/N with k from 0 to N - 1, or auto");
         if (text != "auto") parse_shard(text, value.where, value.code);
         plan.shard = text;
       },
       [](const Plan& plan) { return plan.shard.empty() ? std::string() : quoted(plan.shard); }},
  };
  return table;
}

}  // namespace

std::string PlanKey::path() const {
  return section.empty() ? std::string(name) : fmt::format("{}.{}", section, name);
}

std::span<const PlanKey> plan_keys() {
  return keys();
}

PlanValue flag_value(const PlanKey& key, std::string_view flag, const std::string& text) {
  PlanValue value;
  value.where = std::string(flag);
  value.code = ExitCode::kUsage;
  const char separator = key.name == "rca_threshold" || key.name == "hhi_cut" ? ':' : '\0';
  value.range = separator != '\0' && std::count(text.begin(), text.end(), separator) == 2;
  // File names may hold commas.
  const char between = value.range ? ':' : key.part == PlanKey::Part::kPath ? '\0' : ',';
  std::string item;
  for (const char c : text) {
    if (between != '\0' && c == between) {
      value.items.push_back(std::move(item));
      item.clear();
    } else if (c != ' ' || between == '\0') {
      item += c;
    }
  }
  value.items.push_back(std::move(item));
  return value;
}

std::string nearest_key(std::string_view path) {
  std::string best;
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  const auto consider = [&](const std::string& candidate, std::string_view against) {
    const std::size_t distance = edit_distance(path, against);
    if (distance >= fewest) return;
    fewest = distance;
    best = candidate;
  };
  const std::string_view last = path.substr(path.rfind('.') == std::string_view::npos ? 0 : path.rfind('.') + 1);
  for (const PlanKey& key : keys()) {
    consider(key.path(), key.path());
    // A key in the wrong section is as near as its name.
    if (const std::size_t distance = edit_distance(last, key.name) + 1; distance < fewest) {
      fewest = distance;
      best = key.path();
    }
    if (!key.section.empty()) consider(fmt::format("[{}]", key.section), key.section);
  }
  return best;
}

}  // namespace balassa
