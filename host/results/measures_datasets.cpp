#include "host/results/measures_datasets.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "host/results/measures_file.hpp"
#include "host/results/validity_text.hpp"

namespace balassa {
namespace {

using Rows = std::vector<ResultDataset<MeasuredYear>>;
using Names = std::vector<std::string>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint8_t kNoAnswer = 255;
constexpr std::int64_t kNoReflectionSign = -9;
const Names kOfYear{}, kLocation{"location"}, kProduct{"product"};

Attributes about(const std::string& long_name) {
  return long_name.empty() ? Attributes{} : Attributes{{"long_name", long_name}};
}

// What the numbers of a measure lie on, the slowest first.
enum class Axis : std::uint8_t { kOfLocation, kOfProduct, kToLocation, kToProduct };
std::vector<Axis> axes_of(On on) {
  switch (on) {
    case On::kYear:
      return {};
    case On::kLocation:
      return {Axis::kOfLocation};
    case On::kProduct:
      return {Axis::kOfProduct};
    case On::kLocationProduct:
      return {Axis::kOfLocation, Axis::kOfProduct};
    case On::kLocationPair:
      return {Axis::kOfLocation, Axis::kToLocation};
    case On::kProductPair:
      return {Axis::kOfProduct, Axis::kToProduct};
  }
  return {};
}

Names dimensions_of(On on) {
  Names names;
  for (const Axis axis : axes_of(on))
    names.push_back(std::array{"location", "product", kOtherLocation, kOtherProduct}[static_cast<std::size_t>(axis)]);
  return names;
}

// Numbers of the year's items at their places in the panel, an axis after the other, the fastest first.
template <class To, class From>
std::vector<To> in_panel(const std::vector<From>& numbers, On on, const Year& year, To nothing) {
  std::vector<To> all(numbers.begin(), numbers.end());
  std::vector<Axis> axes = axes_of(on);
  std::size_t blocks = 1, inner = 1;
  const auto by_location = [](Axis axis) { return axis == Axis::kOfLocation || axis == Axis::kToLocation; };
  const auto items_of = [&](Axis axis) -> const std::vector<std::int32_t>& {
    return by_location(axis) ? year.location_item : year.product_item;
  };
  for (const Axis axis : axes) blocks *= items_of(axis).size();
  for (; !axes.empty(); axes.pop_back()) {
    const std::vector<std::int32_t>& item = items_of(axes.back());
    const auto width = static_cast<std::size_t>(by_location(axes.back()) ? year.panel_locations : year.panel_products);
    blocks /= item.size();
    all = spread(all, item, width, blocks, inner, nothing);
    inner *= width;
  }
  return all;
}

ResultDataset<MeasuredYear> row_of(const MeasureInfo& measure, bool compact) {
  const std::string name = std::string("measure/") + measure.name;
  const std::string codes = measure.codes;
  const Attributes attributes = codes.empty() ? about(measure.meaning) : flags_of(measure.meaning, codes);
  const auto stored_as = [&]<class Stored>(Stored nothing) {
    return field<Stored, MeasuredYear>(
        name, dimensions_of(measure.on), attributes,
        [&measure, nothing](const MeasuredYear& measured) {
          return visit_numbers(measure, measured.measures, [&](const auto& numbers) {
            return in_panel<Stored>(numbers, measure.on, measured.selected.year, nothing);
          });
        },
        measure.absent);
  };
  const auto absent = measure.absent.value_or(0);
  if (std::holds_alternative<std::vector<std::int32_t> YearMeasures::*>(measure.numbers))
    return stored_as(static_cast<std::int32_t>(absent));
  if (std::holds_alternative<std::vector<std::uint8_t> YearMeasures::*>(measure.numbers))
    return stored_as(static_cast<std::uint8_t>(absent));
  return compact ? stored_as(std::numeric_limits<float>::quiet_NaN()) : stored_as(kNan);
}

template <class Number>
auto real(Number YearMeasures::*member) {
  return [member](const YearMeasures& m, const YearBefore&) -> FactValue { return m.*member; };
}
// Of a year that has an ECI.
auto of_scores(bool YearMeasures::*member) {
  return [member](const YearMeasures& m, const YearBefore&) -> FactValue {
    if (m.validity != Validity::kValid) return std::nullopt;
    return m.*member;
  };
}

ResultDataset<MeasuredYear> row_of(const YearFact& fact) {
  const std::string name = "certificate/" + fact.name;
  const auto said = [&fact](const MeasuredYear& measured) { return fact.value(measured.measures, measured.before); };
  if (fact.kind == YearFact::Kind::kReal) {
    return field<double, MeasuredYear>(name, kOfYear, about(fact.meaning), [said](const MeasuredYear& measured) {
      const FactValue value = said(measured);
      return std::vector<double>{value ? std::get<double>(*value) : kNan};
    });
  }
  if (fact.kind == YearFact::Kind::kCount) {
    return field<std::int32_t, MeasuredYear>(
        name, kOfYear, about(fact.meaning),
        [said, absent = fact.absent](const MeasuredYear& measured) {
          const FactValue value = said(measured);
          return std::vector<std::int32_t>{value ? std::get<std::int32_t>(*value)
                                                 : static_cast<std::int32_t>(absent.value_or(0))};
        },
        fact.absent);
  }
  return field<std::uint8_t, MeasuredYear>(
      name, kOfYear, flags_of(fact.meaning, "no yes"),
      [said](const MeasuredYear& measured) {
        const FactValue value = said(measured);
        return std::vector<std::uint8_t>{value ? static_cast<std::uint8_t>(std::get<bool>(*value)) : kNoAnswer};
      },
      fact.absent);
}

std::vector<std::uint8_t> codes_of(const std::vector<ItemStatus>& status) {
  std::vector<std::uint8_t> codes;
  for (const ItemStatus s : status) codes.push_back(static_cast<std::uint8_t>(s));
  return codes;
}

// What speaks of scores is there where there are scores.
void add_status(Rows& rows, const Panel& panel, bool scored) {
  if (scored)
    rows.push_back(field<std::uint8_t, MeasuredYear>(
        "status/of_year", kOfYear, flags_of("why a year has no scores", validity_meanings()),
        [](const MeasuredYear& m) {
          return std::vector<std::uint8_t>{static_cast<std::uint8_t>(m.measures.validity)};
        }));
  rows.push_back(field<std::uint8_t, MeasuredYear>(
      "status/of_location", kLocation, flags_of("why a location has no score", status_meanings()),
      [&panel](const MeasuredYear& m) { return codes_of(location_status(m, panel.locations.size())); }));
  rows.push_back(field<std::uint8_t, MeasuredYear>(
      "status/of_product", kProduct, flags_of("why a product has no score", status_meanings()),
      [&panel](const MeasuredYear& m) { return codes_of(product_status(m, panel.products.size())); }));
  if (!scored) return;
  rows.push_back(field<std::int32_t, MeasuredYear>(
      "status/component", kLocation, about("component of the graph of presence, from 0; -1 = not in it"),
      [](const MeasuredYear& m) {
        return in_panel<std::int32_t>(m.measures.location_component, On::kLocation, m.selected.year, -1);
      },
      -1));
}

// What is written before others, other than in the order of the rows (ResultDataset::written_before).
constexpr std::pair<const char*, const char*> kWrittenBefore[] = {
    {"measure/eci", "measure/ubiquity"},
    {"measure/hhi", "measure/ubiquity"},
    {"measure/reflection_location", "measure/eci_rank"},
    {"measure/reflection_product", "measure/eci_rank"},
    {"status/component", "status/of_location"},
    {"status/of_year", "certificate/residual"},
    {"certificate/components", "certificate/corr_reflection"}};

}  // namespace

std::span<const YearFact> year_facts() {
  using Kind = YearFact::Kind;
  using Y = YearMeasures;
  static const std::vector<YearFact> kFacts{
      {"residual", "how far the vector is from solving its equation", Kind::kReal, real(&Y::residual)},
      {"gap", "lambda_2 less the next eigenvalue", Kind::kReal, real(&Y::gap)},
      {"participation", "how many locations carry the axis", Kind::kReal, real(&Y::participation)},
      {"corr_eci_diversity", "correlation of ECI and diversity", Kind::kReal, real(&Y::corr_eci_diversity)},
      {"corr_pci_ubiquity", "correlation of PCI and ubiquity", Kind::kReal, real(&Y::corr_pci_ubiquity)},
      {"corr_reflection", "corr(ECI, diversity) weighted by diversity, the sign of sum k_c^2 K_c", Kind::kReal,
       real(&Y::corr_reflection)},
      {"corr_year_before",
       "correlation of the ECI with that of the last year before that has scores, on common locations", Kind::kReal,
       [](const Y&, const YearBefore& before) -> FactValue { return before.correlation; }},
      {"components", "components of the graph of presence", Kind::kCount,
       [](const Y& m, const YearBefore&) -> FactValue { return static_cast<std::int32_t>(m.components); }},
      {"undecided_pairs", "neighbours in rank nearer than their error bound; -1 = no ECI", Kind::kCount,
       [](const Y& m, const YearBefore&) -> FactValue {
         if (m.validity != Validity::kValid) return std::nullopt;
         return static_cast<std::int32_t>(m.undecided);
       },
       -1, false},
      {"reflection_sign", "sign of corr_reflection; -9 = no ECI", Kind::kCount,
       [](const Y& m, const YearBefore&) -> FactValue {
         if (m.validity != Validity::kValid) return std::nullopt;
         return std::int32_t{m.corr_reflection > 0} - std::int32_t{m.corr_reflection < 0};
       },
       kNoReflectionSign, false},
      {"sign_ambiguous", "a sign rule votes against the sign, or none votes; 255 = no ECI", Kind::kFlag,
       of_scores(&Y::sign_ambiguous), kNoAnswer},
      {"sign_undefined", "the sign rule says nothing; 255 = no ECI", Kind::kFlag, of_scores(&Y::sign_undefined),
       kNoAnswer},
      {"few_locations", "participation below 3; 255 = no axis", Kind::kFlag,
       [](const Y& m, const YearBefore&) -> FactValue {
         if (!has_axis(m.validity)) return std::nullopt;
         return m.participation < kFewLocations;
       },
       kNoAnswer},
      {"turned", "turned round to go with the other years; 255 = no ECI", Kind::kFlag, of_scores(&Y::turned),
       kNoAnswer},
      {"reflection_lost", "reflections have lost their signal to rounding", Kind::kFlag, real(&Y::reflection_lost),
       std::nullopt, true, true},
  };
  return kFacts;
}

Rows measures_datasets(const MeasuresHeader& header, const Panel& panel) {
  Rows rows;
  const std::vector<const MeasureInfo*> asked = header.asked();
  for (const MeasureInfo* measure : asked) rows.push_back(row_of(*measure, header.compact));
  const bool scored = are_scored(asked), reflected = std::any_of(asked.begin(), asked.end(), [](const MeasureInfo*m) {
                                           return m->asked == Asked::kByReflections;
                                         });
  add_status(rows, panel, scored);
  if (scored)
    rows.push_back(field<double, MeasuredYear>(
        "spectrum", {"eigenvalue"}, about("largest eigenvalues of D^-1 M U^-1 M^T"),
        [](const MeasuredYear& m) { return std::vector<double>(m.measures.lambda.begin(), m.measures.lambda.end()); }));
  for (const YearFact& fact : year_facts()) {
    if (fact.reflections ? reflected : scored) rows.push_back(row_of(fact));
  }
  for (const auto& [name, before] : kWrittenBefore) {
    for (auto& row : rows) {
      if (row.name == name) row.written_before = before;
    }
  }
  return rows;
}

}  // namespace balassa
