#include "host/plan/knob.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/plan/knob_values.hpp"
#include "host/plan/plan.hpp"

namespace balassa {

std::string Knob::path() const {
  return table.empty() ? std::string(name) : fmt::format("{}.{}", table, name);
}

std::string Knob::flag() const {
  if (!other_flag.empty()) return std::string(other_flag.substr(other_flag.find("--")));
  std::string flag = fmt::format("--{}", name);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

double Knob::default_of(std::string_view convention) const {
  for (const ConventionValue& said : by_convention) {
    if (said.convention == convention) return said.value;
  }
  return otherwise;
}

std::string Knob::word(double value) const {
  return words.empty() ? fmt::format("{}", value) : std::string(word_of(words, value));
}

std::string Knob::flag_meanings() const {
  std::string meanings;
  for (const Word& word : words) {
    std::string meaning(word.meaning.empty() ? word.text : word.meaning);
    std::replace(meaning.begin(), meaning.end(), '-', '_');
    meanings += (meanings.empty() ? "" : " ") + meaning;
  }
  return meanings;
}

std::string Knob::label_of(const Specification& specification, double value) const {
  return label ? label(specification) : fmt::format("{} {}", name, word(value));
}

void Knob::read_choice(std::vector<double>& values, const PlanValue& value) const {
  if (words.empty()) {
    values = numbers(value, interval);
  } else {
    const std::string expected = known_words(words);
    values.clear();
    if (value.range || value.items.empty()) refuse(value, value.range ? "a range" : "nothing", expected);
    for (const std::string& item : value.items) {
      const double found = value_of_word(value, item, words, later);
      if (std::find(values.begin(), values.end(), found) != values.end())
        refuse(value, quoted(item) + " twice", "each value once");
      values.push_back(found);
    }
    std::sort(values.begin(), values.end());
  }
}

void Knob::read(Plan& plan, const PlanValue& value) const {
  if (!is_choice()) return setting.read(plan, value);
  read_choice(plan.choices[std::string(name)], value);
}

std::string Knob::text(const Plan& plan) const {
  if (!is_choice()) return setting.text(plan);
  const auto found = plan.choices.find(name);
  if (found == plan.choices.end() || found->second.empty()) return {};
  const auto toml = [this](double value) { return words.empty() ? real(value) : quoted(word(value)); };
  const std::vector<double>& values = found->second;
  return list || values.size() > 1 ? list_text(values, toml) : toml(values.front());
}

}  // namespace balassa
