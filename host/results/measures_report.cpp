#include "host/results/measures_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include "host/results/validity_text.hpp"

namespace balassa {
namespace {

constexpr std::size_t kTop = 10, kBottom = 5;

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
  for (std::size_t i = 0; i < std::min(size.size(), kTop); ++i) text += fmt::format(" {}", size[i]);
  text += size.size() > kTop ? " ...\n" : "\n";
}

void append_ranking(std::string& text, const Panel& panel, const YearSummary& summary) {
  text += fmt::format("  {:>5}  {:>9}  {:>9}  {:>7}  {}\n", "rank", "ECI", "diversity", "HHI", "location");
  const std::size_t n = summary.ranking.size();
  for (std::size_t i = 0; i < n; ++i) {
    if (n > kTop + kBottom && i == kTop) text += fmt::format("  {:>5}\n", "...");
    if (i >= kTop && i + kBottom < n) continue;
    const YearSummary::Row& row = summary.ranking[i];
    text += fmt::format("  {:>5}  {:>9.4f}  {:>9.0f}  {:>7.0f}  {}\n", row.rank, row.eci, row.diversity, row.hhi,
                        label_of(panel, row.item));
  }
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
  year["ranking"] = nlohmann::ordered_json::array();
  for (const YearSummary::Row& row : summary.ranking) {
    year["ranking"].push_back({{"location", panel.locations[row.item]},
                               {"rank", row.rank},
                               {"eci", row.eci},
                               {"diversity", row.diversity},
                               {"hhi", row.hhi}});
  }
  return year;
}

}  // namespace

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

YearSummary summarise(const MeasuredYear& measured, std::size_t panel_locations, std::size_t panel_products) {
  const Year& year = measured.selected.year;
  const YearMeasures& measures = measured.measures;
  YearSummary summary;
  summary.year = year.label;
  summary.locations = year.locations;
  summary.products = year.products;
  const auto present = std::count(measures.presence.begin(), measures.presence.end(), 1);
  summary.density = static_cast<double>(present) / (static_cast<double>(year.locations) * year.products);
  summary.unobserved_cells = measured.selected.unobserved_cells;
  for (const ItemStatus status : location_status(measured, panel_locations)) {
    summary.missing_locations += status == ItemStatus::kMissing;
    summary.dropped_locations += status == ItemStatus::kNoTrade || status == ItemStatus::kNoDiversity;
  }
  for (const ItemStatus status : product_status(measured, panel_products)) {
    summary.dropped_products += status == ItemStatus::kNoTrade || status == ItemStatus::kNoUbiquity;
  }
  summary.certified =
      measures.validity == Validity::kValid && measures.residual <= kCertifiedResidual && measures.undecided == 0;
  for (std::size_t c = 0; c < measures.eci_rank.size(); ++c) {
    if (measures.eci_rank[c] == 0) continue;
    summary.ranking.push_back({static_cast<std::size_t>(year.location_item[c]), measures.eci_rank[c], measures.eci[c],
                               measures.diversity[c], measures.hhi[c]});
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
  std::string text = fmt::format("{}: {} locations x {} products, {:.1f} % of cells present", summary.year,
                                 summary.locations, summary.products, 100 * summary.density);
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
  append_ranking(text, panel, summary);
  return text + "\n";
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
