// The values of knobs from text and to TOML. All that reads throws Error with the place, what was found and what was
// expected.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/plan/knob.hpp"

namespace balassa {

[[noreturn]] void refuse(const PlanValue& value, std::string_view found, std::string_view expected);

const std::string& single(const PlanValue& value, std::string_view expected);
double number(const PlanValue& value, const std::string& text, const Interval& in);
std::uint64_t whole(const PlanValue& value, const std::string& text, std::uint64_t high, std::string_view expected);
// "0.75" or "3/4", strictly between 0 and 1.
std::vector<Quantile> rationals(const PlanValue& value, std::string_view expected);
// Ascending, each once.
std::vector<double> numbers(const PlanValue& value, const Interval& in);
bool truth(const PlanValue& value);

// The value of one of the words; those of `later` are refused as such.
double value_of_word(const PlanValue& value, const std::string& text, std::span<const Word> words,
                     std::span<const std::string_view> later);
// The word of a value. Throws std::out_of_range.
std::string_view word_of(std::span<const Word> words, double value);
std::string known_words(std::span<const Word> words);  // "\"na\", \"giant\""

// Each item one of the names; "none" alone is no mark.
void read_marks(const PlanValue& value, std::initializer_list<std::pair<std::string_view, bool*>> marks);
std::string marks_text(std::initializer_list<std::pair<std::string_view, bool>> marks);

std::string quoted(std::string_view text);
// Shortest text that reads back to the same double, always with a point or exponent, as TOML wants a float.
std::string real(double x);
// A decimal where it has few digits, else "1/3".
std::string rational_text(const Quantile& q);

template <class Values, class Text>
std::string list_text(const Values& values, Text text) {
  std::vector<std::string> items;
  for (const auto& value : values) items.push_back(text(value));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

}  // namespace balassa
