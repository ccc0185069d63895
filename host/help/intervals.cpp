#include <fmt/format.h>

#include "host/help/rows.hpp"
#include "host/plan/plan.hpp"
#include "host/results/cell_statistics.hpp"

namespace balassa {
namespace {

double per_cent(const Quantile& q) {
  return 100.0 * static_cast<double>(q.numerator) / static_cast<double>(q.denominator);
}

std::string text() {
  Plan plan;
  resolve_plan(plan);
  constexpr std::size_t kWidth = 13;
  return paragraph(fmt::format("A sweep repeats the whole computation with weights drawn anew: {} replicates of each "
                               "year and specification by default (--replicates).",
                               plan.replicates.value_or(0))) +
         "\n" +
         defined("rank", kWidth, "of the baseline, which draws nothing; 1 is the highest ECI, ties take the smallest") +
         defined("rank [95 %]", kWidth,
                 fmt::format("from the {} % to the {} % quantile of the replicates' ranks", per_cent(kIntervalLow),
                             per_cent(kIntervalHigh))) +
         defined("ECI [95 %]", kWidth, "the same of the scores") +
         defined(fmt::format("P(top {})", kTopRanks), kWidth,
                 fmt::format("share of the replicates in which its rank is {} or better", kTopRanks)) +
         defined("total", kWidth,
                 "exports of the year in the panel's units; who exports little or nothing can rank high by chance") +
         defined("replicate", kWidth, "one draw: products (or locations, or noise) get new weights, and all follows") +
         defined("specification", kWidth, "one choice of method, such as RCA >= 1; a plan may ask for many") +
         defined("baseline", kWidth, "the computation without a draw: what `compute` gives") +
         defined("valid", kWidth, "a replicate in which the location has a score; intervals are of these alone") +
         "\n" +
         paragraph(
             "The interval says how much the ranking depends on which products happen to be in the table. It is "
             "no statement about errors of the data.");
}

}  // namespace

HelpTopic intervals_topic() {
  return {"intervals", "rank [95 %], P(top 10), replicates, baseline", text};
}

}  // namespace balassa
