// Values of a knob to try: all of its words, or some numbers.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "host/plan/knobs.hpp"

namespace balassa {

// Ascending; the second of two or more is not the default of the convention `py`. A new knob of numbers says here which
// to try.
inline std::vector<double> values_to_try(const Knob& knob) {
  static const std::map<std::string_view, std::vector<double>> numbers = {
      {"rca_threshold", {0.75, 1.25}}, {"rpop_threshold", {0.5, 2.0}}, {"min_participation", {0.0, 6.5}}};
  std::vector<double> values;
  for (const Word& word : knob.words) values.push_back(word.value);
  if (knob.words.empty()) {
    const auto found = numbers.find(knob.name);
    if (found == numbers.end()) {
      ADD_FAILURE() << knob.name << ": no values to try in tests/host/knob_values.hpp";
      return {knob.otherwise};
    }
    values = found->second;
  }
  return values;
}

// "0.75,1.25", as a flag takes it.
inline std::string flag_text(const Knob& knob, const std::vector<double>& values) {
  std::vector<std::string> words;
  for (const double value : values) words.push_back(knob.word(value));
  return fmt::format("{}", fmt::join(words, ","));
}

}  // namespace balassa
