#include "host/plan/knobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "host/plan/knobs/rows.hpp"
#include "io/base/edit_distance.hpp"

namespace balassa {
namespace {

std::vector<Knob> all_rows() {
  std::vector<Knob> table;
  for (std::vector<Knob> (*rows)() :
       {input_knobs, selection_knobs, presence_knobs, convention_knobs, scale_knobs, reading_knobs, validity_knobs,
        resampling_knobs, class_knobs, output_knobs, run_knobs}) {
    for (Knob& knob : rows()) table.push_back(std::move(knob));
  }
  return table;
}

}  // namespace

std::span<const Knob> knobs() {
  static const std::vector<Knob> table = all_rows();
  return table;
}

const Knob& knob_named(std::string_view name) {
  for (const Knob& knob : knobs()) {
    if (knob.name == name) return knob;
  }
  throw std::out_of_range("no knob is named " + std::string(name));
}

PlanValue flag_value(const Knob& knob, std::string_view flag, const std::string& text) {
  PlanValue value;
  value.where = std::string(flag);
  value.code = ExitCode::kUsage;
  value.range = knob.takes_range && std::count(text.begin(), text.end(), ':') == 2;
  const char between = value.range ? ':' : knob.takes_commas ? '\0' : ',';
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
  for (const Knob& knob : knobs()) {
    consider(knob.path(), knob.path());
    // A key in the wrong section is as near as its name.
    if (const std::size_t distance = edit_distance(last, knob.name) + 1; distance < fewest) {
      fewest = distance;
      best = knob.path();
    }
    if (!knob.table.empty()) consider(fmt::format("[{}]", knob.table), knob.table);
  }
  return best;
}

}  // namespace balassa
