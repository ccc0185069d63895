#include "host/results/measures_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "host/panel/sample_selection.hpp"
#include "host/results/validity_text.hpp"
#include "io/panel/location_totals.hpp"
#include "io/text/counted.hpp"

namespace balassa {
namespace {

constexpr std::size_t kComponents = 10;  // named by their size

std::string label_of(const Panel& panel, std::size_t location) {
  if (panel.location_name.empty() || panel.location_name[location].empty()) return panel.locations[location];
  return panel.locations[location] + "  " + panel.location_name[location];
}

const char* vote_text(int vote) {
  return vote > 0 ? "for" : vote < 0 ? "AGAINST" : "no vote";
}

// What the votes come to, for the sign that was applied.
std::string verdict_text(const YearMeasures& measures) {
  const SignVotes& v = measures.votes;
  if (measures.sign_undefined) return "UNDEFINED, the largest score was made positive";
  const int against = (v.diversity < 0) + (v.ubiquity < 0) + (v.reflection < 0);
  const int in_favour = (v.diversity > 0) + (v.ubiquity > 0) + (v.reflection > 0);
  if (against > 0) return "AMBIGUOUS, a rule votes to turn the ranking round";
  if (in_favour == 0) return "AMBIGUOUS, no rule tells which way round the ranking is";
  return in_favour == 3 ? "all agree" : "those that vote agree";
}

// A rule votes only beyond its own noise (kernels/formulas/scoring.hpp).
void append_sign(std::string& text, const YearMeasures& measures) {
  text += fmt::format(
      "  sign: corr(ECI, diversity) {:+.3f} ({}), corr(PCI, ubiquity) {:+.3f} ({}), reflections {:+.3f} ({}): {}\n",
      measures.corr_eci_diversity, vote_text(measures.votes.diversity), measures.corr_pci_ubiquity,
      vote_text(measures.votes.ubiquity), measures.corr_reflection, vote_text(measures.votes.reflection),
      verdict_text(measures));
}

void append_components(std::string& text, const YearMeasures& measures) {
  std::vector<int> size(static_cast<std::size_t>(measures.components), 0);
  for (const std::int32_t label : measures.location_component) {
    if (label >= 0) ++size[static_cast<std::size_t>(label)];
  }
  std::sort(size.rbegin(), size.rend());
  text += "  locations by component:";
  for (std::size_t i = 0; i < std::min(size.size(), kComponents); ++i) text += fmt::format(" {}", size[i]);
  text += size.size() > kComponents ? " ...\n" : "\n";
}

nlohmann::ordered_json number(double x) {
  return std::isfinite(x) ? nlohmann::ordered_json(x) : nlohmann::ordered_json(nullptr);
}

// What only a year with scores has: the others have null there.
void forget_scores(nlohmann::ordered_json& year) {
  for (const YearFact& fact : year_facts()) {
    if (!fact.reflections && year.contains(fact.name)) year[fact.name] = nullptr;
  }
  for (const char* name : {"validity", "lambda", "certified", "undecided_pairs"}) year[name] = nullptr;
}

nlohmann::ordered_json fact_json(const FactValue& value) {
  if (!value) return nullptr;
  if (const double* real = std::get_if<double>(&*value)) return number(*real);
  if (const bool* flag = std::get_if<bool>(&*value)) return *flag;
  return std::get<std::int32_t>(*value);
}

nlohmann::ordered_json year_json(const Panel& panel, const YearSummary& summary) {
  const YearMeasures& measures = summary.measures;
  nlohmann::ordered_json year;
  year["year"] = summary.year;
  year["locations"] = summary.locations;
  year["products"] = summary.products;
  year["density"] = summary.density;
  year["dropped_locations"] = summary.dropped_locations;
  year["dropped_products"] = summary.dropped_products;
  year["missing_locations"] = summary.missing_locations;
  year["unobserved_cells"] = summary.unobserved_cells;
  const auto say = [&](const char* name) {
    const auto fact = std::find_if(year_facts().begin(), year_facts().end(),
                                   [&](const YearFact& known) { return known.name == name; });
    year[name] = fact_json(fact->value(measures, summary.before));
  };
  year["validity"] = validity_text(measures.validity);
  say("components");
  year["lambda"] = nlohmann::ordered_json::array();
  for (const double lambda : measures.lambda) year["lambda"].push_back(number(lambda));
  say("residual");
  year["certified"] = summary.certified;
  year["undecided_pairs"] = measures.undecided;
  for (const char* name : {"gap", "participation", "corr_eci_diversity", "corr_pci_ubiquity", "corr_reflection"})
    say(name);
  year["votes"] = nullptr;
  if (measures.validity == Validity::kValid) {
    year["votes"] = {{"diversity", measures.votes.diversity},
                     {"ubiquity", measures.votes.ubiquity},
                     {"reflection", measures.votes.reflection}};
  }
  for (const char* name : {"sign_ambiguous", "sign_undefined", "few_locations", "turned", "corr_year_before"})
    say(name);
  year["turned_round"] = nullptr;
  if (std::isfinite(summary.before.correlation)) year["turned_round"] = summary.before.turned_round();
  if (!measures.scored) forget_scores(year);
  for (const YearFact& fact : year_facts()) {
    if (fact.in_json && !year.contains(fact.name)) year[fact.name] = fact_json(fact.value(measures, summary.before));
  }
  year["ranking"] = nlohmann::ordered_json::parse(ranking_json(panel, summary));
  return year;
}

// Places of the rows, the highest first.
std::vector<std::size_t> ranked(const YearSummary& summary) {
  std::vector<std::size_t> items;
  for (const YearSummary::Row& row : summary.ranking) items.push_back(row.item);
  return items;
}

std::string or_dash(double x, int decimals) {
  return std::isnan(x) ? "-" : fmt::format("{:.{}f}", x, decimals);
}

}  // namespace

const char* why_undefined(Validity validity) {
  switch (validity) {
    case Validity::kTooSmall:
      return "fewer than 3 locations or 2 products have any presence";
    case Validity::kDisconnected:
      return "the graph of presence falls into components, so a second axis would only label them";
    case Validity::kTiedAxis:
      return "lambda_2 and lambda_3 are tied, so the second axis is not defined";
    case Validity::kNoSignal:
      return "all locations have the same score";
    case Validity::kLocalised:
      return "the second axis is carried by fewer locations than --min-participation asks for";
    case Validity::kValid:
      break;
  }
  return "";
}

YearSummary::Row row_of(const YearSummary& summary, std::size_t item) {
  for (const YearSummary::Row& row : summary.ranking) {
    if (row.item == item) return row;
  }
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  return {item, 0, kNan, kNan, kNan, kNan};
}

std::vector<YearSummary::Row> chosen_rows(const YearSummary& summary, const RankingChoice& choice) {
  std::vector<YearSummary::Row> rows;
  for (const std::size_t item : chosen_rows(ranked(summary), choice)) rows.push_back(row_of(summary, item));
  return rows;
}

std::string ranking_text(const Panel& panel, const YearSummary& summary, const RankingChoice& choice) {
  std::string text =
      fmt::format("  {:>5}  {:>9}  {:>9}  {:>7}  {:>7}  {}\n", "rank", "ECI", "diversity", "HHI", "total", "location");
  for (const std::optional<std::size_t> item : shown_rows(ranked(summary), choice)) {
    if (!item) {
      text += fmt::format("  {:>5}\n", "...");
      continue;
    }
    const YearSummary::Row row = row_of(summary, *item);
    text += fmt::format("  {:>5}  {:>9}  {:>9}  {:>7}  {:>7}  {}\n", row.rank > 0 ? fmt::format("{}", row.rank) : "-",
                        or_dash(row.eci, 4), or_dash(row.diversity, 0), or_dash(row.hhi, 0),
                        std::isnan(row.total) ? "-" : amount_text(row.total), label_of(panel, row.item));
  }
  return text;
}

std::string ranking_json(const Panel& panel, const YearSummary& summary, const RankingChoice& choice) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  const bool all = choice.top == 0 && choice.locations.empty();
  for (const YearSummary::Row& row : all ? summary.ranking : chosen_rows(summary, choice)) {
    rows.push_back({{"location", panel.locations[row.item]},
                    {"rank", row.rank > 0 ? nlohmann::ordered_json(row.rank) : nlohmann::ordered_json(nullptr)},
                    {"eci", number(row.eci)},
                    {"diversity", number(row.diversity)},
                    {"hhi", number(row.hhi)},
                    {"total", number(row.total)}});
  }
  return rows.dump();
}

std::string turned_round_text(const YearBefore& before, std::int32_t year) {
  if (!before.turned_round()) return {};
  return fmt::format(
      "  REMARK: the ranking turned round from {} to {} (correlation of the ECI {:+.2f} over {} common locations); "
      "--align-years gives all years one orientation\n",
      before.year, year, before.correlation, before.common);
}

std::string few_locations_text(double participation) {
  return fmt::format(
      "  WARNING: participation {:.2f}: fewer than {:.0f} locations carry the axis, so this is no ranking of all; "
      "--min-participation {:.0f} leaves such scores out\n",
      participation, kFewLocations, kFewLocations);
}

YearSummary summarise(const MeasuredYear& measured, const Panel& panel) {
  const Year& year = measured.selected.year;
  const YearMeasures& measures = measured.measures;
  YearSummary summary;
  summary.year = year.label;
  summary.locations = year.locations;
  summary.products = year.products;
  const auto present = std::count(measures.presence.begin(), measures.presence.end(), 1);
  summary.density = static_cast<double>(present) / (static_cast<double>(year.locations) * year.products);
  summary.unobserved_cells = measured.selected.unobserved_cells;
  for (const ItemStatus status : location_status(measured, panel.locations.size())) {
    summary.missing_locations += status == ItemStatus::kMissing;
    summary.dropped_locations += status == ItemStatus::kNoTrade || status == ItemStatus::kNoDiversity;
  }
  for (const ItemStatus status : product_status(measured, panel.products.size())) {
    summary.dropped_products += status == ItemStatus::kNoTrade || status == ItemStatus::kNoUbiquity;
  }
  summary.certified =
      measures.validity == Validity::kValid && measures.residual <= kCertifiedResidual && measures.undecided == 0;
  const auto place = std::find(panel.years.begin(), panel.years.end(), year.label);
  const std::vector<double> totals = location_totals(panel, static_cast<std::size_t>(place - panel.years.begin()));
  for (std::size_t c = 0; c < measures.eci_rank.size(); ++c) {
    if (measures.eci_rank[c] == 0) continue;
    const auto item = static_cast<std::size_t>(year.location_item[c]);
    summary.ranking.push_back(
        {item, measures.eci_rank[c], measures.eci[c], measures.diversity[c], measures.hhi[c], totals[item]});
  }
  std::stable_sort(summary.ranking.begin(), summary.ranking.end(),
                   [](const auto& a, const auto& b) { return a.rank < b.rank; });
  summary.before = measured.before;
  summary.measures = measures;
  summary.measures.rca = {};
  summary.measures.presence = {};
  summary.measures.further = {};
  return summary;
}

std::string summary_text(const Panel& panel, const YearSummary& summary) {
  const YearMeasures& measures = summary.measures;
  std::string text =
      fmt::format("{}: {} x {}, {:.1f} % of cells present", summary.year,
                  counted(static_cast<std::uint64_t>(summary.locations), "location"),
                  counted(static_cast<std::uint64_t>(summary.products), "product"), 100 * summary.density);
  if (summary.missing_locations + summary.dropped_locations + summary.dropped_products > 0) {
    text += fmt::format("; left out: {} locations without data, {} locations and {} products without presence",
                        summary.missing_locations, summary.dropped_locations, summary.dropped_products);
  }
  text += "\n";
  if (summary.unobserved_cells > 0)
    text += fmt::format("  {} cells not observed, counted as 0\n", summary.unobserved_cells);
  if (!measures.scored) return text + "\n";
  if (measures.validity != Validity::kValid) {
    text += fmt::format("  no scores ({}): {}\n", validity_text(measures.validity), why_undefined(measures.validity));
    if (measures.validity == Validity::kLocalised)
      text += fmt::format("  participation {:.2f} locations\n", measures.participation);
    if (measures.components > 1) append_components(text, measures);
    return text + "\n";
  }
  text += fmt::format(
      "  lambda_2..4 {:.8f} {:.8f} {:.8f}; gap {:.4f}; residual {:.1e} ({}); participation {:.1f} locations\n",
      measures.lambda[1], measures.lambda[2], measures.lambda[3], measures.gap, measures.residual,
      summary.certified ? "certified" : "NOT CERTIFIED", measures.participation);
  if (measures.undecided > 0)
    text += fmt::format("  {} pairs of neighbours in rank are nearer than the error bound: their order is open\n",
                        measures.undecided);
  if (measures.components > 1) {
    text += fmt::format("  disconnected: scores of the largest component, {} of {} locations; the others have none\n",
                        summary.ranking.size(),
                        std::count_if(measures.location_component.begin(), measures.location_component.end(),
                                      [](std::int32_t label) { return label >= 0; }));
    append_components(text, measures);
  }
  append_sign(text, measures);
  if (measures.turned) text += "  turned round by --align-years, to go with the year whose orientation is clearest\n";
  text += turned_round_text(summary.before, summary.year);
  if (measures.participation < kFewLocations) text += few_locations_text(measures.participation);
  return text + ranking_text(panel, summary) + "\n";
}

std::string summary_json(const Panel& panel, const std::vector<YearSummary>& summaries, const std::string& output,
                         const MeasuresHeader& header) {
  nlohmann::ordered_json all;
  all["output"] = output;
  all["convention"] = header.convention;
  all["specification"] = nlohmann::ordered_json::parse(header.specification);
  all["years"] = nlohmann::ordered_json::array();
  for (const YearSummary& summary : summaries) all["years"].push_back(year_json(panel, summary));
  return all.dump(2);
}

}  // namespace balassa
