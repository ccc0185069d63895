#include "host/results/sweep_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "host/results/sweep_report.hpp"
#include "host/results/validity_text.hpp"

namespace balassa {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* class_text(std::uint8_t location_class) {
  return location_class == 0 ? "O" : location_class == 1 ? "F-O" : location_class == 2 ? "L" : "-";
}

// JSON has no NaN.
Json number(double x) {
  return std::isfinite(x) ? Json(x) : Json(nullptr);
}

Json numbers(const double* values, std::size_t count) {
  Json out = Json::array();
  for (std::size_t i = 0; i < count; ++i) out.push_back(number(values[i]));
  return out;
}

const std::string& location_code(const Panel& panel, const Year& year, std::size_t c) {
  return panel.locations[static_cast<std::size_t>(year.location_item[c])];
}

const std::string& product_code(const Panel& panel, const Year& year, std::size_t p) {
  return panel.products[static_cast<std::size_t>(year.product_item[p])];
}

// Valid ones by rank, then the others.
std::vector<std::size_t> by_rank(const std::vector<std::int32_t>& rank) {
  std::vector<std::size_t> order(rank.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t c) { return rank[c] > 0 ? rank[c] : static_cast<std::int32_t>(rank.size()) + 1; };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  return order;
}

// What a scenario is compared with; a baseline, and a replicate of a cell without a reference, is compared with
// nothing.
bool compares_axes(const ScenarioReport& report) {
  return report.index.replicate > 0 && report.alignment.kind != Alignment::kConvention;
}

// Of lambda_2 - lambda_3: what is proven of it. In fast precision nothing is.
std::string gap_text(const ScenarioRecord& r) {
  if (r.certification == Certification::kUnchecked) return fmt::format("about {:.1e}", r.gap);
  return r.gap > 0 ? fmt::format("at least {:.3e}", r.gap) : "none proven";
}

std::string locations_text(const ScenarioRecord& r, const Year& year, const ClassGrid& classes, const Panel& panel) {
  const std::size_t n = r.rank.size(), rule = central_class_rule(classes);
  const bool classed = classes.rules() > 0 && !r.share.empty();
  const std::size_t q = classed ? rule / classes.hhi_cuts.size() / classes.splits.size() : 0;
  std::string out = fmt::format("\n{:>5}  {:<12}  {:>20}  {:>10}", "rank", "location", "ECI", "diversity");
  const bool weighted = !r.location_weight.empty();
  if (classed) out += fmt::format("  {:>9}  {:>9}  {:>5}", "share %", "HHI of P1", "class");
  if (weighted) out += fmt::format("  {:>12}", "weight");
  out += '\n';
  for (const std::size_t c : by_rank(r.rank)) {
    out += fmt::format("{:>5}  {:<12}  {:>20}  {:>10}", r.rank[c] > 0 ? fmt::format("{}", r.rank[c]) : "-",
                       location_code(panel, year, c), r.rank[c] > 0 ? fmt::format("{:.15f}", r.eci[c]) : "-",
                       r.diversity[c]);
    if (classed) {
      out += fmt::format("  {:>9.4f}  {:>9.3f}  {:>5}", r.share[q * n + c], r.hhi_p1[q * n + c],
                         class_text(r.location_class[rule * n + c]));
    }
    if (weighted) out += fmt::format("  {:>12}", r.location_weight[c]);
    out += '\n';
  }
  if (classed)
    out += fmt::format("  classes at {}; split value {:.6f} %\n", class_rule_label(classes, rule),
                       r.split_value[rule / classes.hhi_cuts.size()]);
  return out;
}

std::string products_text(const ScenarioRecord& r, const Year& year, const ClassGrid& classes, const Panel& panel) {
  std::string out = fmt::format("\n{:<12}  {:>20}  {:>12}  {:>9}", "product", "PCI", "weight", "ubiquity");
  const std::size_t sets = r.pci.empty() ? 0 : r.in_p1.size() / r.pci.size();
  if (sets > 0) out += "  P1 sets";
  out += '\n';
  std::vector<std::size_t> order(r.pci.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t p) { return std::isnan(r.pci[p]) ? -1e300 : r.pci[p]; };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) > key(b); });
  for (const std::size_t p : order) {
    out += fmt::format("{:<12}  {:>20}  {:>12}  {:>9}", product_code(panel, year, p),
                       std::isnan(r.pci[p]) ? "-" : fmt::format("{:.15f}", r.pci[p]), r.weight[p], r.ubiquity[p]);
    for (std::size_t q = 0; q < sets; ++q) {
      const Quantile& quantile = classes.quantiles[q];
      if (r.in_p1[q * r.pci.size() + p] == 0) continue;
      out +=
          classes.p1_given ? std::string("  given") : fmt::format("  {}/{}", quantile.numerator, quantile.denominator);
    }
    out += '\n';
  }
  return out;
}

}  // namespace

ScenarioReport replay_scenario(const Plan& plan, const SpecificationGrid& grid, PreparedYear& year, std::uint64_t id) {
  const ScenarioIndex index = grid.index(id);
  CellRun cell(plan, grid, year, index.specification);
  return {id, index, year.alignment(index.specification),
          index.replicate == 0 ? cell.baseline() : cell.replay(index.replicate)};
}

std::string scenario_text(const ScenarioReport& report, const Year& year, const Plan& plan,
                          const SpecificationGrid& grid, const Panel& panel) {
  const ScenarioRecord& r = report.record;
  const ClassGrid classes = class_grid_of(plan);
  std::string out =
      fmt::format("scenario {}: year {}, {}, {}\n", report.id, year.label, grid.label(report.index.specification),
                  report.index.replicate == 0 ? "baseline" : fmt::format("replicate {}", report.index.replicate));
  out += fmt::format("  validity           {}\n", validity_text(r.validity));
  out += fmt::format("  certification      {}\n", certification_text(r.certification));
  out += fmt::format("  components         {}{}\n", r.components,
                     r.components > 1 && r.validity == Validity::kValid ? "; scores of the largest" : "");
  if (has_axis(r.validity)) {
    out += fmt::format("  lambda_2           {:.15f}\n", r.lambda2);
    out += r.lambda3_found != 0 ? fmt::format("  lambda_3           {:.15f}\n", r.lambda3)
                                : fmt::format("  lambda_3           about {:.3f}\n", r.lambda3);
    out += fmt::format("  gap                {}\n", gap_text(r));
    out += fmt::format("  residual           {:.3e}\n", r.residual);
    out += fmt::format("  participation      {:.2f} of {}\n", r.participation, r.eci.size());
  }
  if (r.validity == Validity::kValid) {
    out += fmt::format("  axis swap          {}\n", !compares_axes(report) ? "not tested"
                                                    : r.axis_swap != 0     ? "yes"
                                                                           : "no");
    out += fmt::format("  sign               {:+d} (the convention's rule: {}{}), aligned with {}\n", r.sign,
                       r.rule_sign == 0 ? "undefined" : fmt::format("{:+d}", r.rule_sign),
                       r.turned != 0 ? ", turned round by --align-years" : "",
                       report.index.replicate == 0 ? "the rule" : alignment_text(report.alignment.kind));
    out += fmt::format(
        "  with this sign     corr(ECI, diversity) {:.6f} (vote {:+d}), corr(PCI, ubiquity) {:.6f} (vote {:+d}), "
        "reflections {:.6f} (vote {:+d})\n",
        r.sign * r.corr_eci_diversity, r.sign * r.votes.diversity, r.sign * r.corr_pci_ubiquity,
        r.sign * r.votes.ubiquity, r.sign * r.corr_reflection, r.sign * r.votes.reflection);
  }
  return out + locations_text(r, year, classes, panel) + products_text(r, year, classes, panel);
}

std::string scenario_json(const ScenarioReport& report, const Year& year, const Plan& plan,
                          const SpecificationGrid& grid, const Panel& panel) {
  const ScenarioRecord& r = report.record;
  const ClassGrid classes = class_grid_of(plan);
  const std::size_t n = r.eci.size(), products = r.pci.size(), sets = n == 0 ? 0 : r.share.size() / n;
  const bool valid = r.validity == Validity::kValid, axis = has_axis(r.validity);
  const auto of_axis = [&](double x) { return axis ? number(x) : Json(nullptr); };
  const auto of_valid = [&](auto x) { return valid ? Json(x) : Json(nullptr); };
  Json out = {{"scenario", report.id},
              {"year", year.label},
              {"specification", grid.label(report.index.specification)},
              {"replicate", report.index.replicate},
              {"validity", validity_text(r.validity)},
              {"certification", certification_text(r.certification)},
              {"components", r.components},
              {"lambda2", of_axis(r.lambda2)},
              {"lambda3", of_axis(r.lambda3)},
              {"lambda3_found", r.lambda3_found != 0},
              {"residual", of_axis(r.residual)},
              {"gap", of_axis(r.gap)},
              {"participation", of_axis(r.participation)},
              {"axis_swap", valid && compares_axes(report) ? Json(r.axis_swap != 0) : Json(nullptr)},
              {"sign", of_valid(r.sign)},
              {"rule_sign", of_valid(r.rule_sign)},
              {"turned", of_valid(r.turned != 0)},
              {"alignment", alignment_text(report.alignment.kind)},
              {"alignment_specification",
               report.alignment.specification >= 0 ? Json(report.alignment.specification) : Json(nullptr)},
              {"corr_eci_diversity", of_valid(r.sign * r.corr_eci_diversity)},
              {"corr_pci_ubiquity", of_valid(r.sign * r.corr_pci_ubiquity)},
              {"corr_reflection", of_valid(r.sign * r.corr_reflection)},
              {"votes", nullptr},
              {"split_value", numbers(r.split_value.data(), r.split_value.size())},
              {"locations", Json::array()},
              {"products", Json::array()}};
  if (valid)
    out["votes"] = {{"diversity", r.sign * r.votes.diversity},
                    {"ubiquity", r.sign * r.votes.ubiquity},
                    {"reflection", r.sign * r.votes.reflection}};
  for (std::size_t c = 0; c < n; ++c) {
    Json entry = {{"location", location_code(panel, year, c)},
                  {"eci", number(r.eci[c])},
                  {"rank", r.rank[c] > 0 ? Json(r.rank[c]) : Json(nullptr)},
                  {"diversity", r.diversity[c]}};
    if (!r.location_weight.empty()) entry["weight"] = r.location_weight[c];
    Json share = Json::array(), hhi_p1 = Json::array(), in_class = Json::array();
    for (std::size_t q = 0; q < sets; ++q) {
      share.push_back(number(r.share[q * n + c]));
      hhi_p1.push_back(number(r.hhi_p1[q * n + c]));
    }
    for (std::size_t k = 0; k < classes.rules() && !r.location_class.empty(); ++k)
      in_class.push_back(r.location_class[k * n + c] < 3 ? Json(class_text(r.location_class[k * n + c]))
                                                         : Json(nullptr));
    entry["share"] = std::move(share);
    entry["hhi_p1"] = std::move(hhi_p1);
    entry["class"] = std::move(in_class);
    out["locations"].push_back(std::move(entry));
  }
  for (std::size_t p = 0; p < products; ++p) {
    Json in_p1 = Json::array();
    for (std::size_t q = 0; q < (products == 0 ? 0 : r.in_p1.size() / products); ++q)
      in_p1.push_back(r.in_p1[q * products + p] != 0);
    out["products"].push_back({{"product", product_code(panel, year, p)},
                               {"pci", number(r.pci[p])},
                               {"weight", r.weight[p]},
                               {"ubiquity", r.ubiquity[p]},
                               {"in_p1", std::move(in_p1)}});
  }
  return out.dump(2) + "\n";
}

}  // namespace balassa
