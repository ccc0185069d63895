// The table of knobs: every key of a plan, once (io/FORMATS.md, section 4). A new knob is a row in the file of its
// concern (host/plan/knobs/), beside the code that uses its value.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/plan/knob.hpp"
#include "host/plan/plan.hpp"

namespace balassa {

// In the order of the table: of plans within each TOML table; of the grid's axes, the last varying fastest; of the
// datasets of a specification.
std::span<const Knob> knobs();

// Every convention by name, the default first.
std::vector<std::string_view> convention_names();

// The knob of a name; each name is there once. Throws std::out_of_range.
const Knob& knob_named(std::string_view name);

// A text as a value, in a flag and in a plan: "0.5:2:0.25" is a range where the knob takes one, commas make a list,
// with or without [ ] around it. `where` and `code` of what is wrong with it.
PlanValue text_value(const Knob& knob, std::string where, std::string text, ExitCode code);
PlanValue flag_value(const Knob& knob, std::string_view flag, const std::string& text);

// The known key or section with the fewest edits to `path`.
std::string nearest_key(std::string_view path);

}  // namespace balassa
