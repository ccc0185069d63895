#include "host/plan/knobs/rows.hpp"
#include "host/plan/knobs/settings.hpp"
#include "host/terminal/code_list.hpp"

namespace balassa {
namespace {

void read_years(Plan& plan, const PlanValue& value) {
  plan.years = fmt::format("{}", fmt::join(value.items, ","));
  std::erase_if(plan.years, [](char c) { return c == ' ' || c == '\t'; });
  if (value.range || plan.years.empty()) refuse(value, "nothing", "\"all\", \"1995-2016\" or [1962, 1980]");
}

// Codes are kept in the plan, not the name of their list: the hash is of the codes.
Setting codes_setting(std::vector<std::string> SampleSelection::*list) {
  return {[list](Plan& plan, const PlanValue& value) {
            const auto codes = parse_codes(value.range ? std::vector<std::string>{} : value.items, !value.array);
            plan.sample.*list = {codes.begin(), codes.end()};
            if (codes.empty()) refuse(value, value.range ? "a range" : "no code", "codes, or \"@FILE\"");
          },
          [list](const Plan& plan) {
            return (plan.sample.*list).empty() ? std::string() : list_text(plan.sample.*list, quoted);
          }};
}

Setting floor_setting(double SampleSelection::*floor) {
  return {[floor](Plan& plan, const PlanValue& value) {
            plan.sample.*floor = number(value, single(value, "a number"), {0.0, 1e300, "a number >= 0"});
          },
          [floor](const Plan& plan) { return plan.sample.*floor > 0 ? real(plan.sample.*floor) : std::string(); }};
}

Knob sample_knob(std::string_view name, std::string_view help, std::string_view about) {
  return {.table = "select",
          .name = name,
          .level = Level::kPreparation,
          .help = help,
          .about = about,
          .of_compute = true,
          .takes_commas = true};
}

Knob sample_knob(std::string_view name, std::string_view help, std::string_view about,
                 std::vector<std::string> SampleSelection::*codes) {
  Knob knob = sample_knob(name, help, about);
  knob.setting = codes_setting(codes);
  knob.when_unset = name.starts_with("drop_") ? "none" : "all";
  knob.codes_of = codes;
  return knob;
}

Knob sample_knob(std::string_view name, std::string_view help, std::string_view about, double SampleSelection::*floor) {
  Knob knob = sample_knob(name, help, about);
  knob.setting = floor_setting(floor);
  knob.when_unset = "0";
  knob.floor_of = floor;
  return knob;
}

}  // namespace

std::vector<Knob> selection_knobs() {
  using S = SampleSelection;
  return {
      {.table = "select",
       .name = "years",
       .help = "1995-2016 | 1962,1980",
       .about = "2017 | 1962,1980,2017 | 1995-2016",
       .setting = {read_years, [](const Plan& plan) { return quoted(plan.years); }},
       .of_compute = true},
      sample_knob("locations", "DEU,JPN | @list", "codes to keep: DEU,JPN | @list", &S::locations),
      sample_knob("products", "codes to keep", "codes to keep", &S::products),
      sample_knob("drop_locations", "leave out", "codes to leave out", &S::drop_locations),
      sample_knob("drop_products", "9999 | @list", "codes to leave out: 9999 | @list", &S::drop_products),
      sample_knob("min_total", "a location's, a year", "leaves out locations with a lower total, year by year",
                  &S::min_total),
      sample_knob("min_product_total", "a product's", "then products with a lower total, year by year",
                  &S::min_product_total),
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
