#include <algorithm>
#include <iterator>

#include "host/plan/knobs/rows.hpp"
#include "host/plan/knobs/settings.hpp"

namespace balassa {
namespace {

void read_replicates(Plan& plan, const PlanValue& value) {
  plan.replicates = whole(value, single(value, "a whole number"), std::uint64_t{1} << 40, "a whole number up to 2^40");
}

// A kind of resampling, or a list of those that are drawn together (METHODS C1b).
void read_draws(Plan& plan, const PlanValue& value) {
  static const std::vector<std::string_view> kLater = {"years", "leave-one-out", "subsample"};
  std::vector<Word> words;
  for (std::size_t k = 0; k < std::size(kSchemes); ++k) words.emplace_back(kSchemes[k].name, k);
  if (value.range || value.items.empty()) refuse(value, value.range ? "a range" : "nothing", known_words(words));
  plan.scheme = {};
  for (const std::string& item : value.items) {
    const Draws draws = kSchemes[static_cast<std::size_t>(value_of_word(value, item, words, kLater))].draws;
    if (std::count(value.items.begin(), value.items.end(), item) > 1)
      refuse(value, quoted(item) + " twice", "each value once");
    if (!draws.any() && value.items.size() > 1) refuse(value, "\"none\" beside others", "\"none\" alone");
    plan.scheme = plan.scheme | draws;
  }
}

std::string draws_text(const Plan& plan) {
  std::vector<std::string_view> together;
  for (const SchemeRow& row : kSchemes) {
    if (row.draws == plan.scheme) return quoted(row.name);
    if (row.draws.any() && (plan.scheme | row.draws) == plan.scheme) together.push_back(row.name);
  }
  return list_text(together, [](std::string_view name) { return quoted(name); });
}

const std::vector<Word> kLaws = {
    {"multinomial", Weights::kMultinomial}, {"bayesian", Weights::kBayesian}, {"poisson", Weights::kPoisson}};

}  // namespace

std::vector<Knob> resampling_knobs() {
  return {
      {.table = "resample",
       .name = "scheme",
       .help = "none|products,locations,noise",
       .setting = {read_draws, draws_text}},
      {.table = "resample",
       .name = "weights",
       .help = "bayesian | multinomial | poisson",
       .setting = word_setting(&Plan::weights, kLaws)},
      {.table = "resample",
       .name = "location_weights",
       .help = "as --weights",
       .when_unset = "bayesian",
       .setting = {[](Plan& plan, const PlanValue& value) {
                     plan.location_weights =
                         static_cast<Weights>(value_of_word(value, single(value, known_words(kLaws)), kLaws, {}));
                   },
                   [](const Plan& plan) {
                     return plan.location_weights ? quoted(word_of(kLaws, static_cast<double>(*plan.location_weights)))
                                                  : std::string();
                   }}},
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
