#include "host/plan/knobs/rows.hpp"
#include "host/plan/knobs/settings.hpp"

namespace balassa {
namespace {

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

std::string p1_quantile_text(const Plan& plan) {
  if (plan.p1_given) return quoted("given");
  return plan.p1_quantile.empty() ? quoted("none") : list_text(plan.p1_quantile, rational_text);
}

Split parse_split(const PlanValue& value, const std::string& text) {
  constexpr Interval kPercent = {0.0, 100.0, "\"median\", \"mean\", \"q40\" (0 to 100) or \"fixed:20\" (per cent)"};
  if (text == "median") return {Split::Kind::kMedian, 0.0};
  if (text == "mean") return {Split::Kind::kMean, 0.0};
  if (text.starts_with("fixed:")) return {Split::Kind::kFixed, number(value, text.substr(6), kPercent)};
  if (text.starts_with("q")) return {Split::Kind::kQuantile, number(value, text.substr(1), kPercent) / 100.0};
  refuse(value, fmt::format("'{}'", text), kPercent.expected);
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

}  // namespace

std::string split_text(const Split& split) {
  switch (split.kind) {
    case Split::Kind::kMedian:
      return "median";
    case Split::Kind::kMean:
      return "mean";
    case Split::Kind::kQuantile:
      return fmt::format("q{:.12g}", 100.0 * split.parameter);
    case Split::Kind::kFixed:
      break;
  }
  return fmt::format("fixed:{}", split.parameter);
}

std::vector<Knob> class_knobs() {
  return {
      {.table = "classes",
       .name = "units",
       .help = "regions | all",
       .setting = word_setting(&Plan::regions_only, {{"all", false}, {"regions", true}})},
      {.table = "classes",
       .name = "p1_quantile",
       .help = "0.7,0.75 | given | none",
       .setting = {read_p1_quantile, p1_quantile_text}},
      {.table = "classes",
       .name = "split",
       .help = "median,mean,q40,fixed:20",
       .setting = {read_split,
                   [](const Plan& plan) {
                     return list_text(plan.split, [](const Split& split) { return quoted(split_text(split)); });
                   }}},
      {.table = "classes",
       .name = "hhi_cut",
       .help = "1500,1800",
       .setting = {[](Plan& plan, const PlanValue& value) {
                     plan.hhi_cut = numbers(value, {0.0, 10000.0, "numbers from 0 to 10000"});
                   },
                   [](const Plan& plan) { return list_text(plan.hhi_cut, real); }},
       .takes_range = true},
  };
}

}  // namespace balassa
