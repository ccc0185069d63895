#include "host/results/sweep_datasets.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "host/results/sweep_dataset_rows.hpp"
#include "host/results/validity_text.hpp"
#include "kernels/formulas/scoring.hpp"

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kNone = -1;  // fill value where the numbers are >= 0
const Names kScalar{}, kLocation{"location"}, kProduct{"product"};
constexpr const char* kNoYes = "no yes";

// Number `k` of each location or product of the year, as an array.
template <class Number>
auto each_location(Number number) {
  return [number](const CellStatistics& c) {
    std::vector<decltype(number(c.location[0]))> all;
    all.reserve(c.location.size());
    for (const LocationStatistics& l : c.location) all.push_back(number(l));
    return all;
  };
}
template <class Number>
auto each_product(Number number) {
  return [number](const CellStatistics& c) {
    std::vector<decltype(number(c.product[0]))> all;
    all.reserve(c.product.size());
    for (const ProductStatistics& p : c.product) all.push_back(number(p));
    return all;
  };
}
// [n, quantile]
template <class Item>
auto quantiles_of(std::vector<Item> CellStatistics::*items, std::vector<double> Item::*quantiles) {
  return [=](const CellStatistics& c) {
    std::vector<double> all;
    for (const Item& item : c.*items) all.insert(all.end(), (item.*quantiles).begin(), (item.*quantiles).end());
    return all;
  };
}

template <class T>
auto baseline(std::vector<T> ScenarioRecord::*member) {
  return [=](const CellStatistics& c) -> const std::vector<T>& { return c.cell.baseline.*member; };
}
// Spectrum and participation exist only where the axis does.
auto of_axis(double ScenarioRecord::*member) {
  return [=](const CellStatistics& c) { return has_axis(c.cell.baseline.validity) ? c.cell.baseline.*member : kNan; };
}
// Statistics of the vector with the sign that was applied.
auto of_sign(double ScenarioRecord::*member) {
  return [=](const CellStatistics& c) {
    const ScenarioRecord& b = c.cell.baseline;
    return b.validity == Validity::kValid ? b.sign * (b.*member) : kNan;
  };
}
// A yes or no, or a code, of a baseline that has scores.
template <class Answer>
auto of_scores(Answer answer) {
  return [=](const CellStatistics& c) {
    const ScenarioRecord& b = c.cell.baseline;
    return b.validity == Validity::kValid ? static_cast<std::uint8_t>(answer(b)) : kNotTestedFlag;
  };
}

auto counted(std::vector<std::uint64_t> Tallies::*counts) {
  return [=](const CellStatistics& c) -> const std::vector<std::uint64_t>& { return c.cell.tallies.*counts; };
}
auto tested(std::optional<std::uint64_t> CellDiagnostic::*count) {
  return
      [=](const CellStatistics& c) { return (c.diagnostic.*count).value_or(static_cast<std::uint64_t>(kNotTested)); };
}
std::uint64_t valid_scenarios(const CellStatistics& c) {
  return c.cell.tallies.validity.empty() ? 0 : c.cell.tallies.validity[0];
}

void add_baseline(Rows& rows) {
  constexpr CellTopic kTopic = CellTopic::kBaseline;
  using R = ScenarioRecord;
  rows.add<double>(kTopic, "baseline/eci", kLocation, about("ECI of the baseline"), baseline(&R::eci));
  rows.add<std::int32_t>(kTopic, "baseline/rank", kLocation, about("1 = highest, ties the smallest; 0 = not valid"),
                         baseline(&R::rank), 0);
  rows.add<std::int64_t>(kTopic, "baseline/diversity", kLocation, about("products present in the location"),
                         baseline(&R::diversity), kNone);
  rows.add<double>(kTopic, "baseline/pci", kProduct, about("PCI of the baseline"), baseline(&R::pci));
  rows.add<std::int64_t>(kTopic, "baseline/ubiquity", kProduct, about("locations in which the product is present"),
                         baseline(&R::ubiquity), kNone);
  rows.add<std::uint8_t>(kTopic, "baseline/validity", kScalar,
                         flags(validity_meanings(), "why the baseline has no scores"),
                         [](const CellStatistics& c) { return static_cast<std::uint8_t>(c.cell.baseline.validity); });
  rows.add<double>(kTopic, "baseline/lambda2", kScalar, about("second eigenvalue, that of the ECI"),
                   of_axis(&R::lambda2));
  rows.add<double>(kTopic, "baseline/lambda3", kScalar, about("third eigenvalue"), of_axis(&R::lambda3));
  rows.add<double>(kTopic, "baseline/residual", kScalar, about("how far the vector is from solving its equation"),
                   of_axis(&R::residual));
  rows.add<double>(kTopic, "baseline/participation", kScalar, about("how many locations carry the axis"),
                   of_axis(&R::participation));
  rows.add<double>(kTopic, "baseline/corr_eci_diversity", kScalar, about("correlation of ECI and diversity"),
                   of_sign(&R::corr_eci_diversity));
  rows.add<double>(kTopic, "baseline/corr_pci_ubiquity", kScalar, about("correlation of PCI and ubiquity"),
                   of_sign(&R::corr_pci_ubiquity));
  rows.add<double>(kTopic, "baseline/gap", kScalar, about("lower bound of lambda_2 - lambda_3; 0 = none proven"),
                   of_axis(&R::gap));
  rows.written_before("baseline/participation");
  rows.add<double>(kTopic, "baseline/corr_reflection", kScalar,
                   about("corr(ECI, diversity) weighted by diversity, the sign of sum k_c^2 K_c"),
                   of_sign(&R::corr_reflection));
  rows.add<double>(
      kTopic, "baseline/corr_year_before", kScalar,
      about("correlation of the ECI with that of the last year before that has scores, on common locations"),
      [](const CellStatistics& c) { return c.cell.year_before.correlation; });
  rows.add<std::int32_t>(kTopic, "baseline/components", kScalar, about("components of the graph of presence"),
                         [](const CellStatistics& c) { return c.cell.baseline.components; });
  rows.add<std::uint8_t>(kTopic, "baseline/certified_by", kScalar,
                         flags("first_pass fp64 not_certified unchecked", "how it was certified"),
                         of_scores([](const R& b) { return b.certification; }), kNotTestedFlag);
  rows.add<std::uint8_t>(kTopic, "baseline/sign_ambiguous", kScalar,
                         flags(kNoYes, "a sign rule votes against the sign, or none votes"),
                         of_scores([](const R& b) { return sign_ambiguous(b.votes, b.sign); }), kNotTestedFlag);
  rows.add<std::uint8_t>(
      kTopic, "baseline/few_locations", kScalar, flags(kNoYes, "participation below 3"),
      [](const CellStatistics& c) {
        const R& b = c.cell.baseline;
        return has_axis(b.validity) ? static_cast<std::uint8_t>(b.participation < kFewLocations) : kNotTestedFlag;
      },
      kNotTestedFlag);
  rows.add<std::uint8_t>(kTopic, "baseline/turned", kScalar, flags(kNoYes, "turned round to go with the other years"),
                         of_scores([](const R& b) { return b.turned; }), kNotTestedFlag);
  if (rows.shape().class_rules == 0) return;
  rows.add<double>(kTopic, "baseline/share", {"p1_set", "location"},
                   {{"units", "%"}, {"long_name", "share of P1 in exports"}}, baseline(&R::share));
  rows.add<double>(kTopic, "baseline/hhi_p1", {"p1_set", "location"}, about("concentration within P1, 0 to 10000"),
                   baseline(&R::hhi_p1));
  rows.add<std::uint8_t>(kTopic, "baseline/class", {"class_rule", "location"}, flags("O F-O L", "255 = not valid"),
                         baseline(&R::location_class), kNotTestedFlag);
}

const Attributes kBins = {
    {"resolution", 1.0 / kScoreBinsPerUnit},
    {"resolution_beyond", 1.0 / kBinsPerOctave},
    {"long_name",
     "quantile over valid replicates, type 7, from bins. Minimum and maximum are exact. An order statistic is off by "
     "less than "
     "`resolution` up to |8|, and by less than `resolution_beyond` of itself from there to 65536; "
     "NaN where one beyond that is needed"}};

// The year's C + 1 columns lie at the start of the panel's. A location that is absent is not valid in any replicate.
InPanel<std::uint64_t> rank_histogram(const CellStatistics& c, std::size_t locations) {
  const std::size_t n = c.cell.year->location_item.size();
  const Tallies& t = c.cell.tallies;
  std::vector<std::uint64_t> histogram(locations * (locations + 1), 0);
  for (std::size_t l = 0; l < locations; ++l) histogram[l * (locations + 1)] = t.scenarios;
  for (std::size_t i = 0; i < n && !t.rank.empty(); ++i) {
    std::copy_n(t.rank.data() + i * (n + 1), n + 1,
                histogram.data() + static_cast<std::size_t>(c.cell.year->location_item[i]) * (locations + 1));
  }
  return {std::move(histogram)};
}

void add_locations(Rows& rows) {
  constexpr CellTopic kTopic = CellTopic::kLocations;
  using L = LocationStatistics;
  rows.add<double>(kTopic, "score/mean", kLocation, about("ECI over valid replicates, mean"),
                   each_location([](const L& l) { return l.score.mean; }));
  rows.add<double>(kTopic, "score/sd", kLocation, about("standard deviation over valid replicates, n - 1"),
                   each_location([](const L& l) { return l.score.sd; }));
  rows.add<double>(kTopic, "score/mc_error", kLocation, about("Monte-Carlo error of the mean, sd / sqrt(n)"),
                   each_location([](const L& l) { return l.score.standard_error; }));
  rows.add<double>(kTopic, "score/minimum", kLocation, about("smallest ECI of a valid replicate"),
                   each_location([](const L& l) { return l.minimum; }));
  rows.add<double>(kTopic, "score/maximum", kLocation, about("largest ECI of a valid replicate"),
                   each_location([](const L& l) { return l.maximum; }));
  rows.add<double>(kTopic, "score/quantiles", {"location", "quantile"}, kBins,
                   quantiles_of(&CellStatistics::location, &L::score_quantile));
  rows.add<double>(kTopic, "rank/mean", kLocation, about("rank over valid replicates, mean"),
                   each_location([](const L& l) { return l.rank.mean; }));
  rows.add<double>(kTopic, "rank/sd", kLocation, about("standard deviation over valid replicates, n - 1"),
                   each_location([](const L& l) { return l.rank.sd; }));
  rows.add<double>(kTopic, "rank/quantiles", {"location", "quantile"},
                   about("smallest rank whose cumulative share reaches the quantile; exact"),
                   quantiles_of(&CellStatistics::location, &L::rank_quantile));
  if (!rows.plan().tally_rank) return;
  rows.add<std::uint64_t>(
      kTopic, "rank/histogram", {"location", "rank_column"}, {},
      [locations = rows.shape().locations](const CellStatistics& c) { return rank_histogram(c, locations); });
}

void add_products(Rows& rows) {
  constexpr CellTopic kTopic = CellTopic::kProducts;
  using P = ProductStatistics;
  rows.add<double>(kTopic, "product_score/mean", kProduct, about("PCI over the replicates with one, mean"),
                   each_product([](const P& p) { return p.score.mean; }));
  rows.add<double>(kTopic, "product_score/sd", kProduct,
                   about("standard deviation over the replicates with a PCI, n - 1"),
                   each_product([](const P& p) { return p.score.sd; }));
  rows.add<double>(kTopic, "product_score/mc_error", kProduct, about("Monte-Carlo error of the mean, sd / sqrt(n)"),
                   each_product([](const P& p) { return p.score.standard_error; }));
  rows.add<double>(kTopic, "product_score/minimum", kProduct, about("smallest PCI of a replicate"),
                   each_product([](const P& p) { return p.minimum; }));
  rows.add<double>(kTopic, "product_score/maximum", kProduct, about("largest PCI of a replicate"),
                   each_product([](const P& p) { return p.maximum; }));
  rows.add<double>(kTopic, "product_score/quantiles", {"product", "quantile"}, kBins,
                   quantiles_of(&CellStatistics::product, &P::score_quantile));
  rows.add<std::uint64_t>(kTopic, "product_score/valid", kProduct, about("replicates in which the product has a PCI"),
                          each_product([](const P& p) { return p.valid; }));
}

// A product that the year does not have is in P1 of no scenario.
InPanel<double> p1_share(const CellStatistics& c, const SweepShape& shape) {
  const std::uint64_t valid = valid_scenarios(c);
  std::vector<double> share;
  for (const std::uint64_t count :
       spread(c.cell.tallies.in_p1, c.cell.year->product_item, shape.products, shape.p1_sets, 1, std::uint64_t{0})) {
    share.push_back(valid > 0 ? static_cast<double>(count) / static_cast<double>(valid) : kNan);
  }
  return {std::move(share)};
}

void add_probabilities(Rows& rows) {
  using L = LocationStatistics;
  rows.add<double>(CellTopic::kLocations, "probability/top10", kLocation,
                   about("probability of rank <= 10, among valid replicates"),
                   each_location([](const L& l) { return l.top10; }));
  rows.written_before("rank/histogram");
  rows.add<double>(CellTopic::kLocations, "probability/top10_mc_error", kLocation,
                   about("Monte-Carlo error of the probability"),
                   each_location([](const L& l) { return l.top10_error; }));
  rows.written_before("rank/histogram");
  if (rows.shape().class_rules > 0) {
    rows.add<double>(CellTopic::kClasses, "probability/p1", {"p1_set", "product"},
                     about("probability of P1, among valid scenarios"),
                     [shape = rows.shape()](const CellStatistics& c) { return p1_share(c, shape); });
    rows.add<std::uint64_t>(CellTopic::kClasses, "class/count", {"class_rule", "location", "location_class"},
                            about("valid replicates in each class"), counted(&Tallies::class_count));
  }
  rows.add<std::uint64_t>(CellTopic::kLocations, "valid", kLocation,
                          about("replicates in which the location has a rank"),
                          each_location([](const L& l) { return l.rank.valid; }));
  rows.written_before("rank/histogram");
  rows.add<std::uint64_t>(CellTopic::kCounts, "invalid", {"cause"}, about("scenarios without scores"),
                          [](const CellStatistics& c) {
                            std::vector<std::uint64_t> causes = c.cell.tallies.validity;
                            if (!causes.empty()) causes.erase(causes.begin());  // valid is no cause
                            return causes;
                          });
}

void add_alignment(Rows& rows) {
  constexpr CellTopic kTopic = CellTopic::kCounts;
  rows.add<std::uint8_t>(kTopic, "alignment", kScalar,
                         flags("own_baseline neighbour convention", "what the signs are aligned with"),
                         [](const CellStatistics& c) { return static_cast<std::uint8_t>(c.cell.alignment.kind); });
  rows.add<std::int64_t>(
      kTopic, "alignment_specification", kScalar, about("whose baseline; -1 = none"),
      [](const CellStatistics& c) { return c.cell.alignment.specification; }, kNone);
}

void add_diagnostics(Rows& rows) {
  constexpr CellTopic kTopic = CellTopic::kDiagnostics;
  using D = CellDiagnostic;
  const auto count = [&](const char* name, const char* what, std::optional<std::uint64_t> D::*counted) {
    rows.add<std::uint64_t>(kTopic, fmt::format("diagnostic/{}", name), kScalar, about(what), tested(counted),
                            kNotTested);
  };
  count("sign_disagree", "replicates that the sign rule would turn round", &D::sign_disagree);
  count("sign_undefined", "replicates in which the sign rule says nothing", &D::sign_undefined);
  count("axis_swap", "replicates in which another axis matches the reference better", &D::axis_swap);
  count("giant_component", "replicates with the scores of the largest of several components", &D::giant_component);
  count("not_certified", "replicates whose ranks or classes could not be certified", &D::not_certified);
  count("few_locations", "replicates with a participation below 3", &D::few_locations);
  rows.add<std::uint8_t>(
      kTopic, "diagnostic/orientation_ambiguous", kScalar,
      flags(kNoYes, "the sign rule would turn 5 % of the replicates or more; without replicates, by its votes"),
      [](const CellStatistics& c) {
        const std::optional<bool> ambiguous = c.diagnostic.orientation_ambiguous;
        return ambiguous ? static_cast<std::uint8_t>(*ambiguous) : kNotTestedFlag;
      },
      kNotTestedFlag);
}

void add_certificates(Rows& rows, const SpecificationGrid& grid) {
  constexpr CellTopic kTopic = CellTopic::kCertificates;
  rows.add<std::uint64_t>(kTopic, "certificate/log_residual", {"log_bin"}, {}, counted(&Tallies::log_residual));
  rows.add<std::uint64_t>(
      kTopic, "certificate/log_gap", {"log_bin"},
      about(rows.plan().precision == Precision::kFast ? "estimates of lambda_2 - lambda_3"
                                                      : "lower bounds of lambda_2 - lambda_3; bin 0: none proven"),
      counted(&Tallies::log_gap));
  rows.add<std::uint64_t>(kTopic, "certificate/participation", {"participation_column"}, {},
                          counted(&Tallies::participation));
  const auto worst = [&](const std::string& name, const char* what, Worst Tallies::*extreme) {
    rows.add<double>(kTopic, name, kScalar, about(what), [=](const CellStatistics& c) {
      const Worst& found = c.cell.tallies.*extreme;
      return found.any ? found.value : kNan;
    });
    rows.add<std::int64_t>(
        kTopic, name + "_scenario", kScalar, about("scenario id; -1 = none"),
        [=, &grid](const CellStatistics& c) {
          const Worst& found = c.cell.tallies.*extreme;
          const std::uint64_t id = grid.id({c.cell.year_index, c.cell.specification, found.replicate});
          return found.any ? static_cast<std::int64_t>(id) : kNone;
        },
        kNone);
  };
  worst("certificate/worst_residual", "largest residual of a replicate", &Tallies::worst_residual);
  worst("certificate/worst_gap", "smallest gap of a replicate", &Tallies::worst_gap);
  worst("certificate/worst_participation", "smallest participation of a replicate", &Tallies::worst_participation);
}

void add_tallies(Rows& rows) {
  const Plan& plan = rows.plan();
  rows.add<std::uint64_t>(CellTopic::kCounts, "tally/scenarios", kScalar, {},
                          [](const CellStatistics& c) { return c.cell.tallies.scenarios; });
  rows.add<std::uint64_t>(CellTopic::kCounts, "tally/valid_scenarios", kScalar, {}, valid_scenarios);
  rows.add<std::uint64_t>(CellTopic::kCounts, "tally/certified_by", {"certification"}, {},
                          counted(&Tallies::certification));
  rows.add_moments(CellTopic::kLocations, "tally/moment", "location", kMomentScale, &Tallies::score_moments);
  if (plan.tally_score) {
    rows.add_histograms(CellTopic::kLocations, "tally/score", "location", kScoreEntry, &Tallies::score,
                        "tally/moment_count");
  }
  if (plan.tally_product_score) {
    rows.add_moments(CellTopic::kProducts, "tally/product_moment", "product", kProductScale, &Tallies::product_moments);
    rows.add_histograms(CellTopic::kProducts, "tally/product_score", "product", kProductScoreEntry,
                        &Tallies::product_score, "tally/product_moment_count");
  }
  if (rows.shape().class_rules > 0) {
    rows.add<std::uint64_t>(CellTopic::kClasses, "tally/p1", {"p1_set", "product"}, {}, counted(&Tallies::in_p1));
    rows.written_before("class/count");
  }
}

}  // namespace

SweepShape::SweepShape(const Plan& plan, const SpecificationGrid& grid, std::size_t locations_, std::size_t products_)
    : locations(locations_),
      products(products_),
      quantiles(plan.quantiles.size()),
      p1_sets(class_grid_of(plan).quantiles.size()),
      class_rules(class_grid_of(plan).rules()),
      replicates(grid.replicates()),
      score_entries(std::min<std::size_t>(replicates, kScoreColumns)) {}

std::size_t SweepShape::extent(const std::string& dimension) const {
  if (dimension == "location") return locations;
  if (dimension == "product") return products;
  if (dimension == "rank_column" || dimension == "participation_column") return locations + 1;
  if (dimension == "quantile") return quantiles;
  if (dimension == "class_rule") return class_rules;
  if (dimension == "p1_set") return p1_sets;
  if (dimension == "location_class") return 3;
  if (dimension == "cause") return kValidityCount - 1;
  if (dimension == "log_bin") return kLogBins;
  if (dimension == "replicate") return replicates;
  if (dimension == kScoreEntry || dimension == kProductScoreEntry) return score_entries;
  return 4;  // certification
}

std::size_t SweepShape::size(const std::vector<std::string>& dimensions) const {
  std::size_t product = 1;
  for (const std::string& dimension : dimensions) product *= extent(dimension);
  return product;
}

std::vector<SweepDataset> sweep_datasets(const Plan& plan, const SpecificationGrid& grid, const SweepShape& shape) {
  Rows rows(plan, shape);
  add_baseline(rows);
  add_locations(rows);
  if (plan.tally_product_score) add_products(rows);
  add_probabilities(rows);
  add_alignment(rows);
  add_diagnostics(rows);
  add_certificates(rows, grid);
  add_tallies(rows);
  if (plan.keep_eci) rows.add_raw("raw/eci", "location", "ECI of the replicate");
  if (plan.keep_pci) rows.add_raw("raw/pci", "product", "PCI of the replicate");
  return rows.take();
}

std::vector<std::size_t> writing_order(const std::vector<SweepDataset>& datasets) {
  std::vector<std::size_t> by_topic(datasets.size());
  std::iota(by_topic.begin(), by_topic.end(), std::size_t{0});
  std::stable_sort(by_topic.begin(), by_topic.end(),
                   [&](std::size_t a, std::size_t b) { return datasets[a].topic < datasets[b].topic; });
  return writing_order(datasets, by_topic);
}

}  // namespace balassa
