#include "host/plan/knobs/rows.hpp"
#include "host/plan/knobs/settings.hpp"

namespace balassa {
namespace {

void read_replicates(Plan& plan, const PlanValue& value) {
  plan.replicates = whole(value, single(value, "a whole number"), std::uint64_t{1} << 40, "a whole number up to 2^40");
}

}  // namespace

std::vector<Knob> resampling_knobs() {
  return {
      {.table = "resample",
       .name = "scheme",
       .help = "none | products | noise",
       .setting = word_setting(&Plan::scheme,
                               {{"none", Scheme::kNone}, {"products", Scheme::kProducts}, {"noise", Scheme::kNoise}},
                               {"countries", "years", "leave-one-out", "subsample"})},
      {.table = "resample",
       .name = "weights",
       .help = "bayesian | multinomial | poisson",
       .setting = word_setting(
           &Plan::weights,
           {{"multinomial", Weights::kMultinomial}, {"bayesian", Weights::kBayesian}, {"poisson", Weights::kPoisson}})},
      {.table = "resample",
       .name = "recompute_presence",
       .help = "true | false",
       .setting = truth_setting(&Plan::recompute_presence)},
      {.table = "resample",
       .name = "replicates",
       .help = "per year and specification",
       .setting = {read_replicates,
                   [](const Plan& plan) {
                     return plan.replicates ? fmt::format("{}", *plan.replicates) : std::string();
                   }}},
      {.table = "resample",
       .name = "sigma",
       .help = "of lognormal cell noise",
       .setting = number_setting(&Plan::sigma, {0.0, 10.0, "a number from 0 to 10"})},
      {.table = "resample",
       .name = "rho_location",
       .help = "its part by location",
       .setting = number_setting(&Plan::rho_location, {0.0, 1.0, "a number from 0 to 1"})},
      {.table = "resample",
       .name = "rho_product",
       .help = "its part by product",
       .setting = number_setting(&Plan::rho_product, {0.0, 1.0, "a number from 0 to 1"})},
  };
}

}  // namespace balassa
