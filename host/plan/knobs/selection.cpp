#include "host/plan/knobs/rows.hpp"
#include "host/plan/knobs/settings.hpp"

namespace balassa {
namespace {

void read_years(Plan& plan, const PlanValue& value) {
  plan.years = fmt::format("{}", fmt::join(value.items, ","));
  std::erase_if(plan.years, [](char c) { return c == ' ' || c == '\t'; });
  if (value.range || plan.years.empty()) refuse(value, "nothing", "\"all\", \"1995-2016\" or [1962, 1980]");
}

}  // namespace

std::vector<Knob> selection_knobs() {
  return {
      {.table = "select",
       .name = "years",
       .help = "all | 1995-2016 | 1962,1980",
       .about = "all | 2017 | 1962,1980,2017 | 1995-2016",
       .setting = {read_years, [](const Plan& plan) { return quoted(plan.years); }},
       .of_compute = true},
      {.table = "select",
       .name = "filter",
       .level = Level::kPreparation,
       .about = "what is left out of a year's table",
       .words = {{"none", 0}},
       .later = {"atlas", "oec"},
       .place = Place::kNone},
  };
}

}  // namespace balassa
