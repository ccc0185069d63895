#include "host/plan/knob_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <stdexcept>

namespace balassa {
namespace {

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
  constexpr std::string_view kExpected =
      "numbers from <= to with step > 0, at most 1000 values, as 0.5:2:0.25 or in a plan { from = 0.5, to = 2, step = "
      "0.25 }";
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

// A bound that no one meets is said only to who passes it.
std::string expected_of(const Interval& in, double found) {
  constexpr double kUnsaid = 1e12;
  return found > in.high && in.high >= kUnsaid ? fmt::format("{}, at most {:g}", in.expected, in.high)
                                               : std::string(in.expected);
}

constexpr std::string_view kForms =
    "a list is 0.5,1,2 or in a plan [0.5, 1, 2], a range 0.5:2:0.25 or in a plan { from = 0.5, to = 2, step = 0.25 }";

bool less(const Quantile& a, const Quantile& b) {
  return a.numerator * b.denominator < b.numerator * a.denominator;
}

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

}  // namespace

void refuse(const PlanValue& value, std::string_view found, std::string_view expected) {
  throw Error(value.code, fmt::format("{}: found {}, expected {}", value.where, found, expected));
}

const std::string& single(const PlanValue& value, std::string_view expected) {
  if (value.range || value.items.size() != 1) {
    refuse(value, value.range ? "a range" : fmt::format("{} values", value.items.size()), expected);
  }
  return value.items.front();
}

double number(const PlanValue& value, const std::string& text, const Interval& in) {
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc() || end != text.data() + text.size() || !(x >= in.low && x <= in.high)) {
    refuse(value, fmt::format("'{}'", text), expected_of(in, error == std::errc() ? x : 0));
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

std::vector<double> numbers(const PlanValue& value, const Interval& in) {
  std::vector<double> values;
  if (value.range) {
    values = expand_range(value);
  } else {
    // What is no number may be a range or a list that is written wrong.
    const std::string expected = fmt::format("{}; {}", in.expected, kForms);
    for (const std::string& item : value.items) {
      number(value, item,
             {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity(), expected});
      values.push_back(number(value, item, in));
    }
  }
  for (const double x : values) {
    if (!(x >= in.low && x <= in.high)) refuse(value, fmt::format("{}", x), expected_of(in, x));
  }
  if (values.empty()) refuse(value, "nothing", in.expected);
  std::sort(values.begin(), values.end());
  const auto twice = std::adjacent_find(values.begin(), values.end());
  if (twice != values.end()) refuse(value, fmt::format("{} twice", *twice), "each value once");
  return values;
}

std::vector<Quantile> rationals(const PlanValue& value, std::string_view expected) {
  if (value.range || value.items.empty()) {
    refuse(value, value.range ? "a range" : "nothing",
           fmt::format("{}, one by one: 0.25,0.5 or in a plan [0.25, 0.5]", expected));
  }
  std::vector<Quantile> values;
  for (const std::string& item : value.items) values.push_back(rational(value, item, expected));
  std::sort(values.begin(), values.end(), less);
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (!less(values[i - 1], values[i])) refuse(value, fmt::format("{} twice", value.items[i]), "each value once");
  }
  return values;
}

bool truth(const PlanValue& value) {
  const std::string& text = single(value, "true or false");
  if (text != "true" && text != "false") refuse(value, fmt::format("'{}'", text), "true or false");
  return text == "true";
}

double value_of_word(const PlanValue& value, const std::string& text, std::span<const Word> words,
                     std::span<const std::string_view> later) {
  for (const Word& word : words) {
    if (word.text == text) return word.value;
  }
  if (std::find(later.begin(), later.end(), text) == later.end()) refuse(value, quoted(text), known_words(words));
  throw Error(value.code, fmt::format("{}: {} is not available in this version; use {}", value.where, quoted(text),
                                      known_words(words)));
}

std::string_view word_of(std::span<const Word> words, double value) {
  for (const Word& word : words) {
    if (word.value == value) return word.text;
  }
  throw std::out_of_range(fmt::format("no word for {} beside {}", value, known_words(words)));
}

std::string known_words(std::span<const Word> words) {
  std::vector<std::string> texts;
  for (const Word& word : words) texts.push_back(quoted(word.text));
  return fmt::format("{}", fmt::join(texts, ", "));
}

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

std::string real(double x) {
  std::string text = fmt::format("{}", x);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::string rational_text(const Quantile& q) {
  const double x = static_cast<double>(q.numerator) / static_cast<double>(q.denominator);
  const auto back = parse_decimal(fmt::format("{}", x));
  if (back && back->scale <= 9 && back->units * q.denominator == q.numerator * power_of_ten(back->scale))
    return real(x);
  return quoted(fmt::format("{}/{}", q.numerator, q.denominator));
}

}  // namespace balassa
