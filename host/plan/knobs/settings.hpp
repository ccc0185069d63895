// Settings of the plan's own members, for rows of knobs that are of no specification.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/plan/knob_values.hpp"
#include "host/plan/plan.hpp"

namespace balassa {

inline constexpr double kHuge = 1e12;  // beyond any threshold or count

// One of the words.
template <class T>
Setting word_setting(T Plan::*field, const std::vector<Word>& words, const std::vector<std::string_view>& later = {}) {
  return {[field, words, later](Plan& plan, const PlanValue& value) {
            const std::string& text = single(value, known_words(words));
            plan.*field = static_cast<T>(value_of_word(value, text, words, later));
          },
          [field, words](const Plan& plan) { return quoted(word_of(words, static_cast<double>(plan.*field))); }};
}

inline Setting number_setting(double Plan::*field, Interval in) {
  return {
      [field, in](Plan& plan, const PlanValue& value) { plan.*field = number(value, single(value, "a number"), in); },
      [field](const Plan& plan) { return real(plan.*field); }};
}

inline Setting truth_setting(bool Plan::*field) {
  return {[field](Plan& plan, const PlanValue& value) { plan.*field = truth(value); },
          [field](const Plan& plan) { return std::string(plan.*field ? "true" : "false"); }};
}

// "" = not set.
inline Setting text_setting(std::string Plan::*field, std::string_view expected) {
  return {[field, expected](Plan& plan, const PlanValue& value) { plan.*field = single(value, expected); },
          [field](const Plan& plan) { return (plan.*field).empty() ? std::string() : quoted(plan.*field); }};
}

}  // namespace balassa
