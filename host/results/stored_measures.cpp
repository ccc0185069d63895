#include "host/results/stored_measures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "host/report/result_cells.hpp"
#include "host/results/stored_sweep.hpp"
#include "host/results/validity_text.hpp"
#include "kernels/cpu/measures.hpp"

namespace balassa {
namespace {

YearSummary read_year(const ResultReader& file, std::int32_t label, std::size_t year) {
  const ResultCell cell{year, 0, "", ""};
  const auto numbers = [&](const std::string& name) { return of_cell(file, name, cell); };
  // 0 where the file has no such thing, or it was not tested.
  const auto number = [&](const std::string& name) {
    const double x = file.find(name) == nullptr ? std::nan("") : numbers(name).front();
    return std::isnan(x) ? 0.0 : x;
  };
  YearSummary summary;
  summary.year = label;
  YearMeasures& m = summary.measures;
  const char* status = file.find("status/of_year") != nullptr ? "status/of_year" : "status/year";  // older files
  m.validity = static_cast<Validity>(static_cast<int>(number(status)));
  if (const auto* spectrum = file.find("spectrum"); spectrum != nullptr && spectrum->shape.back() == m.lambda.size())
    std::ranges::copy(numbers("spectrum"), m.lambda.begin());
  m.residual = number("certificate/residual");
  m.participation = number("certificate/participation");
  m.undecided = static_cast<decltype(m.undecided)>(number("certificate/undecided_pairs"));
  m.sign_ambiguous = number("certificate/sign_ambiguous") != 0;
  m.turned = number("certificate/turned") != 0;
  summary.certified = m.validity == Validity::kValid && m.residual <= kCertifiedResidual && m.undecided == 0;
  const bool ranked = file.find("measure/eci_rank") != nullptr;  // not with --measures eci
  std::vector<double> rank;
  if (ranked) {
    rank = numbers("measure/eci_rank");
  } else {
    const std::vector<std::int32_t> found = ranks_by_sorting(numbers("measure/eci"));
    rank.assign(found.begin(), found.end());
  }
  const auto if_there = [&](const std::string& name) {
    return file.find(name) != nullptr ? numbers(name) : std::vector<double>(rank.size(), std::nan(""));
  };
  const std::vector<double> eci = if_there("measure/eci"), diversity = if_there("measure/diversity"),
                            hhi = if_there("measure/hhi"), total = if_there("total");
  for (std::size_t c = 0; c < rank.size(); ++c) {
    if (rank[c] > 0)
      summary.ranking.push_back({c, static_cast<std::int32_t>(rank[c]), eci[c], diversity[c], hhi[c], total[c]});
  }
  std::stable_sort(summary.ranking.begin(), summary.ranking.end(),
                   [](const auto& a, const auto& b) { return a.rank < b.rank; });
  return summary;
}

std::string year_text(const YearSummary& summary) {
  const YearMeasures& m = summary.measures;
  if (m.validity != Validity::kValid)
    return fmt::format("{}: no scores ({}): {}\n", summary.year, validity_text(m.validity), why_undefined(m.validity));
  std::string text =
      fmt::format("{}: lambda_2 {:.4f}, lambda_3 {:.4f}, participation {:.1f}; {}{}{}\n", summary.year, m.lambda[1],
                  m.lambda[2], m.participation, summary.certified ? "certified" : "NOT CERTIFIED",
                  m.sign_ambiguous ? "; ORIENTATION AMBIGUOUS" : "", m.turned ? "; turned round by --align-years" : "");
  text += turned_round_text(summary.before, summary.year);
  if (m.participation < kFewLocations) text += few_locations_text(m.participation);
  return text;
}

}  // namespace

StoredMeasures read_measures(const ResultReader& file) {
  StoredMeasures measures{labels_of_result(file), {}};
  YearChain chain;
  for (std::size_t year = 0; year < measures.panel.years.size(); ++year) {
    YearSummary summary = read_year(file, measures.panel.years[year], year);
    YearScores scores;
    scores.year = summary.year;
    if (summary.measures.validity == Validity::kValid) scores.eci = of_cell(file, "measure/eci", {year, 0, "", ""});
    summary.before = chain.add(std::move(scores));
    measures.years.push_back(std::move(summary));
  }
  return measures;
}

std::string StoredMeasures::text(const RankingChoice& choice) const {
  std::string text;
  for (const YearSummary& summary : years) {
    if (!choice.shows_year(summary.year)) continue;
    if (!text.empty()) text += '\n';
    text += year_text(summary);
    if (summary.measures.validity == Validity::kValid) text += ranking_text(panel, summary, choice);
  }
  return text + "\nTerms: balassa help measures | certificate | sign\n";
}

}  // namespace balassa
