#include "host/plan/knobs/rows.hpp"
#include "host/plan/knobs/settings.hpp"

namespace balassa {
namespace {

void read_keep(Plan& plan, const PlanValue& value) {
  read_marks(value, {{"eci", &plan.keep_eci}, {"pci", &plan.keep_pci}});
}
std::string keep_text(const Plan& plan) {
  return marks_text({{"eci", plan.keep_eci}, {"pci", plan.keep_pci}});
}

void read_tallies(Plan& plan, const PlanValue& value) {
  read_marks(value,
             {{"rank", &plan.tally_rank}, {"score", &plan.tally_score}, {"product_score", &plan.tally_product_score}});
}
std::string tallies_text(const Plan& plan) {
  return marks_text(
      {{"rank", plan.tally_rank}, {"score", plan.tally_score}, {"product_score", plan.tally_product_score}});
}

}  // namespace

std::vector<Knob> output_knobs() {
  return {
      {.table = "output",
       .name = "file",
       .level = Level::kRun,
       .help = "the result file",
       .setting = text_setting(&Plan::file, "a file name"),
       .takes_commas = true,
       .other_flag = "-o,--output"},
      {.table = "output",
       .name = "keep",
       .help = "raw scores: eci,pci",
       .when_unset = "none",
       .setting = {read_keep, keep_text}},
      {.table = "output",
       .name = "quantiles",
       .help = "of scores and ranks",
       .setting = {
           [](Plan& plan, const PlanValue& value) { plan.quantiles = rationals(value, "numbers between 0 and 1"); },
           [](const Plan& plan) { return list_text(plan.quantiles, rational_text); }}},
      {.table = "output",
       .name = "tallies",
       .help = "none | rank,score,product_score",
       .when_unset = "all three",
       .setting = {read_tallies, tallies_text}},
  };
}

}  // namespace balassa
