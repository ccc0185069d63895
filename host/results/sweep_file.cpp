#include "host/results/sweep_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "host/results/cell_diagnostic.hpp"
#include "host/results/measures_file.hpp"
#include "host/results/tally_statistics.hpp"
#include "kernels/scenario/orientation.hpp"

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kChunkBytes = 1 << 20;
constexpr std::int64_t kNone = -1;  // fill value where the numbers are >= 0

Attributes flags(std::uint8_t count, const std::string& meanings, const std::string& long_name) {
  std::vector<std::uint8_t> values;
  for (std::uint8_t k = 0; k < count; ++k) values.push_back(k);
  return {{"flag_values", values}, {"flag_meanings", meanings}, {"long_name", long_name}};
}

Attributes about(const std::string& long_name) {
  return {{"long_name", long_name}};
}

std::int64_t signed_word(std::uint64_t word) {
  return static_cast<std::int64_t>(word);
}

// Rows of a compact [blocks, n, inner] array to their places in a panel-wide [blocks, width, inner] one.
template <class To, class From>
std::vector<To> spread(const std::vector<From>& values, const std::vector<std::int32_t>& item, std::size_t width,
                       std::size_t blocks, std::size_t inner, To nothing) {
  std::vector<To> out(blocks * width * inner, nothing);
  if (values.empty()) return out;
  const std::size_t n = item.size();
  for (std::size_t b = 0; b < blocks; ++b) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < inner; ++k) {
        out[(b * width + static_cast<std::size_t>(item[i])) * inner + k] =
            static_cast<To>(values[(b * n + i) * inner + k]);
      }
    }
  }
  return out;
}

double value_of(const Quantile& q) {
  return static_cast<double>(q.numerator) / static_cast<double>(q.denominator);
}

}  // namespace

SweepFile::SweepFile(const std::string& path, bool force, const Plan& plan, const SpecificationGrid& grid,
                     const Panel& panel, const SweepHeader& header)
    : plan_(plan),
      grid_(grid),
      panel_(panel),
      locations_(panel.locations.size()),
      products_(panel.products.size()),
      p1_sets_(class_grid_of(plan).quantiles.size()),
      class_rules_(class_grid_of(plan).rules()),
      file_(path, "balassa-sweep", kSweepVersion, force) {
  write_header(header);
  write_dimensions(header);
  if (class_rules_ > 0) write_class_rules();
  begin_all();
}

void SweepFile::write_header(const SweepHeader& header) {
  file_.attribute("title", "Robustness sweep of economic complexity");
  file_.attribute("plan", canonical_plan_text(plan_));
  file_.attribute("plan_hash", plan_hash(plan_));
  file_.attribute("seed", static_cast<std::int64_t>(plan_.seed));
  file_.attribute("replicates", static_cast<std::int64_t>(grid_.replicates()));
  file_.attribute("ranges_done", grid_.replicates() > 0 ? fmt::format("1-{}", grid_.replicates()) : std::string());
  file_.attribute("panel_hash", header.panel_hash);
  file_.attribute("precision", precision_name(plan_.precision));
  file_.attribute("arithmetic", header.arithmetic);
  file_.attribute("convention", plan_.convention);
  file_.attribute("scenario_id",
                  "(year index x specifications + specification) x (replicates + 1) + replicate; "
                  "replicate 0 is the baseline");
}

void SweepFile::write_dimensions(const SweepHeader& header) {
  file_.dimension("year", std::span<const std::int32_t>(header.years));
  std::vector<std::int64_t> numbers(grid_.specifications().size());
  std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
  file_.dimension("specification", std::span<const std::int64_t>(numbers));
  const auto codes = [](const std::string& system) {
    return system.empty() ? Attributes{} : Attributes{{"code_system", system}};
  };
  file_.dimension("location", panel_.locations, codes(panel_.location_code_system));
  file_.dimension("product", panel_.products, codes(panel_.product_code_system));
  std::vector<double> quantiles;
  for (const Quantile& q : plan_.quantiles) quantiles.push_back(value_of(q));
  file_.dimension("quantile", std::span<const double>(quantiles));
  file_.dimension("cause", invalid_causes());
  std::vector<std::int32_t> ranks(locations_ + 1);
  std::iota(ranks.begin(), ranks.end(), 0);
  file_.dimension("rank_column", std::span<const std::int32_t>(ranks), about("rank; column 0 = not valid"));
  file_.dimension("participation_column", std::span<const std::int32_t>(ranks),
                  about("participation ratio, rounded down"));
  std::vector<double> powers(kLogBins);
  for (int k = 0; k < kLogBins; ++k) powers[static_cast<std::size_t>(k)] = kLogLow + k / kLogBinsPerUnit;
  file_.dimension("log_bin", std::span<const double>(powers), about("log10 at the lower edge"));
  file_.dimension("certification", std::vector<std::string>{"first_pass", "fp64", "not_certified", "unchecked"});
  if (plan_.tally_score || plan_.tally_product_score) {
    std::vector<std::int32_t> columns(kScoreColumns);
    std::iota(columns.begin(), columns.end(), 0);
    file_.dimension("score_column", std::span<const std::int32_t>(columns),
                    about("column of a score histogram: from its lower edge up to that of the next"));
    std::vector<double> edges = {-std::numeric_limits<double>::infinity()};
    for (int column = 1; column < kScoreColumns; ++column) edges.push_back(score_edge(column - 1));
    file_.write(
        "score_lower_edge", edges, {"score_column"},
        about("1/256 apart up to |8|, 1/64 of a power of two apart up to |65536|; a column holds its lower edge"));
  }
  if (plan_.keep_eci || plan_.keep_pci) {
    std::vector<std::int64_t> replicates(grid_.replicates());
    std::iota(replicates.begin(), replicates.end(), std::int64_t{1});
    file_.dimension("replicate", std::span<const std::int64_t>(replicates));
  }

  write_specifications();
  if (!panel_.location_name.empty()) file_.write("location_name", panel_.location_name, {"location"});
  if (!panel_.product_name.empty()) file_.write("product_name", panel_.product_name, {"product"});
}

// One dataset for each knob of a specification, and the label that summaries have.
void SweepFile::write_specifications() {
  const std::size_t count = grid_.specifications().size();
  std::vector<std::string> labels;
  for (std::size_t s = 0; s < count; ++s) labels.push_back(grid_.label(s));
  file_.write("label", labels, {"specification"});
  for (const SpecificationGrid::Axis& axis : grid_.axes()) {
    const Knob& knob = *axis.knob;
    if (!knob.has_dataset()) continue;
    std::vector<double> values;
    for (std::size_t s = 0; s < count; ++s) values.push_back(grid_.value(axis, s));
    const std::string name(knob.name), long_name(knob.about);
    if (knob.words.empty()) {
      file_.write(name, values, {"specification"}, knob.long_named ? about(long_name) : Attributes{});
    } else {
      file_.write(name, std::vector<std::uint8_t>(values.begin(), values.end()), {"specification"},
                  flags(static_cast<std::uint8_t>(knob.words.size()), knob.flag_meanings(), long_name));
    }
  }
}

void SweepFile::write_class_rules() {
  const ClassGrid grid = class_grid_of(plan_);
  std::vector<double> sets;
  for (const Quantile& q : grid.quantiles) sets.push_back(grid.p1_given ? kNan : value_of(q));
  file_.dimension("p1_set", std::span<const double>(sets), about("P1 quantile; NaN = given by the panel"));
  std::vector<std::int64_t> numbers(class_rules_);
  std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
  file_.dimension("class_rule", std::span<const std::int64_t>(numbers));
  file_.dimension("location_class", std::vector<std::string>{"O", "F-O", "L"});
  std::vector<double> quantile, cut;
  std::vector<std::string> split;
  for (const double q : sets) {
    for (const Split& s : grid.splits) {
      for (const double h : grid.hhi_cuts) {
        quantile.push_back(q);
        split.push_back(split_text(s));
        cut.push_back(h);
      }
    }
  }
  file_.write("class/p1_quantile", quantile, {"class_rule"});
  file_.write("class/split", split, {"class_rule"});
  file_.write("class/hhi_cut", cut, {"class_rule"});
}

template <class T>
void SweepFile::begin(const std::string& name, const Dimensions& dimensions, const Attributes& attributes,
                      std::optional<std::int64_t> fill) {
  Dimensions all = {"year", "specification"};
  all.insert(all.end(), dimensions.begin(), dimensions.end());
  // One cell per chunk, cut along its first axes where it passes 1 MiB; extents beyond an axis are clipped.
  Storage storage;
  storage.fill = fill;
  storage.chunk.assign(all.size(), 1);
  std::size_t room = kChunkBytes / sizeof(T);
  const auto extent = [&](const std::string& dimension) -> std::size_t {
    if (dimension == "location") return locations_;
    if (dimension == "product") return products_;
    if (dimension == "rank_column" || dimension == "participation_column") return locations_ + 1;
    if (dimension == "quantile") return plan_.quantiles.size();
    if (dimension == "class_rule") return class_rules_;
    if (dimension == "p1_set") return p1_sets_;
    if (dimension == "cause") return kValidityCount - 1;
    return dimension == "log_bin" ? kLogBins : 4;
  };
  for (std::size_t axis = all.size(); axis-- > 2 && room > 0;) {
    storage.chunk[axis] = std::max<std::size_t>(1, std::min(extent(all[axis]), room));
    room /= storage.chunk[axis];
  }
  file_.begin<T>(name, all, attributes, storage);
}

template <class T>
void SweepFile::put(const std::string& name, const SweepCell& cell, const std::vector<std::size_t>& shape,
                    const std::vector<T>& values) {
  std::vector<std::size_t> offset = {cell.year_index, cell.specification}, count = {1, 1};
  offset.insert(offset.end(), shape.size(), 0);
  count.insert(count.end(), shape.begin(), shape.end());
  file_.write_slab<T>(name, offset, count, std::span<const T>(values));
}

void SweepFile::begin_all() {
  const Attributes bins = {
      {"resolution", 1.0 / kScoreBinsPerUnit},
      {"resolution_beyond", 1.0 / kBinsPerOctave},
      {"long_name",
       "type 7, from bins; minimum and maximum exact. An order statistic is off by less than "
       "`resolution` up to |8|, and by less than `resolution_beyond` of itself from there to 65536; "
       "NaN where one beyond that is needed"}};
  begin<double>("baseline/eci", {"location"});
  begin<std::int32_t>("baseline/rank", {"location"}, about("1 = highest, ties the smallest; 0 = not valid"), 0);
  begin<std::int64_t>("baseline/diversity", {"location"}, {}, kNone);
  begin<double>("baseline/pci", {"product"});
  begin<std::int64_t>("baseline/ubiquity", {"product"}, {}, kNone);
  begin<std::uint8_t>("baseline/validity", {},
                      flags(kValidityCount, validity_meanings(), "why the baseline has no scores"));
  for (const char* name :
       {"lambda2", "lambda3", "residual", "participation", "corr_eci_diversity", "corr_pci_ubiquity"}) {
    begin<double>(fmt::format("baseline/{}", name), {});
  }
  begin<double>("baseline/gap", {}, about("lower bound of lambda_2 - lambda_3; 0 = none proven"));
  begin<double>("baseline/corr_reflection", {},
                about("corr(ECI, diversity) weighted by diversity, the sign of sum k_c^2 K_c"));
  begin<double>("baseline/corr_year_before", {},
                about("correlation of the ECI with that of the last year before that has scores, on common locations"));
  begin<std::int32_t>("baseline/components", {});
  begin<std::uint8_t>("baseline/certification", {},
                      flags(4, "first_pass fp64 not_certified unchecked", "how it was certified"), kNotTestedFlag);
  begin<std::uint8_t>("baseline/sign_ambiguous", {},
                      flags(2, "no yes", "a sign rule votes against the sign, or none votes"), kNotTestedFlag);
  begin<std::uint8_t>("baseline/few_locations", {}, flags(2, "no yes", "participation below 3"), kNotTestedFlag);
  begin<std::uint8_t>("baseline/turned", {}, flags(2, "no yes", "turned round to go with the other years"),
                      kNotTestedFlag);
  if (class_rules_ > 0) {
    begin<double>("baseline/share", {"p1_set", "location"}, {{"units", "%"}, {"long_name", "share of P1 in exports"}});
    begin<double>("baseline/hhi_p1", {"p1_set", "location"}, about("concentration within P1, 0 to 10000"));
    begin<std::uint8_t>("baseline/class", {"class_rule", "location"}, flags(3, "O F-O L", "255 = not valid"),
                        kNotTestedFlag);
  }
  begin<double>("score/mean", {"location"});
  begin<double>("score/sd", {"location"}, about("over valid replicates, n - 1"));
  begin<double>("score/mc_error", {"location"}, about("Monte-Carlo error of the mean, sd / sqrt(n)"));
  begin<double>("score/minimum", {"location"});
  begin<double>("score/maximum", {"location"});
  begin<double>("score/quantile", {"location", "quantile"}, bins);
  begin<double>("rank/mean", {"location"});
  begin<double>("rank/sd", {"location"}, about("over valid replicates, n - 1"));
  begin<double>("rank/quantile", {"location", "quantile"},
                about("smallest rank whose cumulative share reaches the quantile; exact"));
  if (plan_.tally_rank) begin<std::uint64_t>("rank/histogram", {"location", "rank_column"});
  if (plan_.tally_product_score) {
    begin<double>("product_score/mean", {"product"});
    begin<double>("product_score/sd", {"product"}, about("over the replicates with a PCI, n - 1"));
    begin<double>("product_score/mc_error", {"product"});
    begin<double>("product_score/minimum", {"product"});
    begin<double>("product_score/maximum", {"product"});
    begin<double>("product_score/quantile", {"product", "quantile"}, bins);
    begin<std::uint64_t>("product_score/valid", {"product"}, about("replicates in which the product has a PCI"));
  }
  begin<double>("probability/top10", {"location"}, about("of rank <= 10, among valid replicates"));
  begin<double>("probability/top10_mc_error", {"location"});
  if (class_rules_ > 0) {
    begin<double>("probability/p1", {"p1_set", "product"}, about("of P1, among valid scenarios"));
    begin<std::uint64_t>("class/count", {"class_rule", "location", "location_class"},
                         about("valid replicates in each class"));
  }
  begin<std::uint64_t>("valid", {"location"}, about("replicates in which the location has a rank"));
  begin<std::uint64_t>("invalid", {"cause"}, about("scenarios without scores"));
  begin<std::uint8_t>("alignment", {},
                      flags(3, "own_baseline neighbour convention", "what the signs are aligned with"));
  begin<std::int64_t>("alignment_specification", {}, about("whose baseline; -1 = none"), kNone);
  for (const auto& [name, what] :
       {std::pair{"sign_disagree", "replicates that the sign rule would turn round"},
        {"sign_undefined", "replicates in which the sign rule says nothing"},
        {"axis_swap", "replicates in which another axis matches the reference better"},
        {"giant_component", "replicates with the scores of the largest of several components"},
        {"not_certified", "replicates whose ranks or classes could not be certified"},
        {"few_locations", "replicates with a participation below 3"}}) {
    begin<std::uint64_t>(fmt::format("diagnostic/{}", name), {}, about(what), kNotTested);
  }
  begin<std::uint8_t>(
      "diagnostic/orientation_ambiguous", {},
      flags(2, "no yes", "the sign rule would turn 5 % of the replicates or more; without replicates, by its votes"),
      kNotTestedFlag);
  begin<std::uint64_t>("certificate/log_residual", {"log_bin"});
  begin<std::uint64_t>(
      "certificate/log_gap", {"log_bin"},
      about(plan_.precision == Precision::kFast ? "estimates of lambda_2 - lambda_3"
                                                : "lower bounds of lambda_2 - lambda_3; bin 0: none proven"));
  begin<std::uint64_t>("certificate/participation", {"participation_column"});
  for (const char* name : {"worst_residual", "worst_gap", "worst_participation"}) {
    begin<double>(fmt::format("certificate/{}", name), {});
    begin<std::int64_t>(fmt::format("certificate/{}_scenario", name), {}, about("scenario id; -1 = none"), kNone);
  }
  begin<std::uint64_t>("tally/scenarios", {});
  begin<std::uint64_t>("tally/valid_scenarios", {});
  begin<std::uint64_t>("tally/certification", {"certification"});
  const auto begin_moments = [&](const std::string& group, const std::string& axis, int power) {
    const Attributes units = about(fmt::format(
        "sum of q = round(score x 2^{0}) or of q^2, as two words of 128 bits; scores beyond 2^24 are in neither",
        power));
    begin<std::uint64_t>(group + "_count", {axis});
    for (const char* word : {"_sum", "_square"}) {
      begin<std::uint64_t>(group + word + "_low", {axis}, units);
      begin<std::int64_t>(group + word + "_high", {axis}, units);
    }
  };
  begin_moments("tally/moment", "location", std::ilogb(kMomentScale));
  if (plan_.tally_score) begin_histograms("tally/score", "location", "score_entry");
  if (plan_.tally_product_score) {
    begin_moments("tally/product_moment", "product", std::ilogb(kProductScale));
    begin_histograms("tally/product_score", "product", "product_score_entry");
  }
  if (class_rules_ > 0) begin<std::uint64_t>("tally/p1", {"p1_set", "product"});
  for (const auto& [keep, name, axis] :
       {std::tuple{plan_.keep_eci, "raw/eci", "location"}, {plan_.keep_pci, "raw/pci", "product"}}) {
    if (!keep) continue;
    const std::size_t width = std::string_view(axis) == "location" ? locations_ : products_;
    file_.begin<float>(name, {"year", "specification", "replicate", axis}, {},
                       {Compression::kByType, {1, 1, kRawRows, width}});
  }
}

void SweepFile::raw(const SweepCell& cell, std::uint64_t first, std::uint64_t count, std::span<const float> eci,
                    std::span<const float> pci) {
  const auto write = [&](const char* name, std::span<const float> scores, const std::vector<std::int32_t>& item,
                         std::size_t width) {
    if (scores.empty()) return;
    std::vector<float> wide(count * width, std::numeric_limits<float>::quiet_NaN());
    for (std::size_t r = 0; r < count; ++r) {
      for (std::size_t i = 0; i < item.size(); ++i)
        wide[r * width + static_cast<std::size_t>(item[i])] = scores[r * item.size() + i];
    }
    file_.write_slab<float>(name, {cell.year_index, cell.specification, first - 1, 0}, {1, 1, count, width}, wide);
  };
  write("raw/eci", eci, cell.year->location_item, locations_);
  write("raw/pci", pci, cell.year->product_item, products_);
}

void SweepFile::write_baseline(const SweepCell& cell) {
  const ScenarioRecord& b = cell.baseline;
  const std::vector<std::int32_t>&location = cell.year->location_item, &product = cell.year->product_item;
  put("baseline/eci", cell, {locations_}, spread<double>(b.eci, location, locations_, 1, 1, kNan));
  put("baseline/rank", cell, {locations_}, spread<std::int32_t>(b.rank, location, locations_, 1, 1, std::int32_t{0}));
  put("baseline/diversity", cell, {locations_}, spread<std::int64_t>(b.diversity, location, locations_, 1, 1, kNone));
  put("baseline/pci", cell, {products_}, spread<double>(b.pci, product, products_, 1, 1, kNan));
  put("baseline/ubiquity", cell, {products_}, spread<std::int64_t>(b.ubiquity, product, products_, 1, 1, kNone));
  const auto scalar = [&]<class T>(const char* name, T value) {
    put<T>(fmt::format("baseline/{}", name), cell, {}, std::vector<T>{value});
  };
  // Spectrum and statistics exist only where the axis does.
  const bool valid = b.validity == Validity::kValid, axis = has_axis(b.validity);
  const auto flag = [&](bool tested, auto value) { return tested ? static_cast<std::uint8_t>(value) : kNotTestedFlag; };
  scalar("validity", static_cast<std::uint8_t>(b.validity));
  scalar("lambda2", axis ? b.lambda2 : kNan);
  scalar("lambda3", axis ? b.lambda3 : kNan);
  scalar("residual", axis ? b.residual : kNan);
  scalar("gap", axis ? b.gap : kNan);
  scalar("participation", axis ? b.participation : kNan);
  // The statistics of the vector with the sign that was applied.
  scalar("corr_eci_diversity", valid ? b.sign * b.corr_eci_diversity : kNan);
  scalar("corr_pci_ubiquity", valid ? b.sign * b.corr_pci_ubiquity : kNan);
  scalar("corr_reflection", valid ? b.sign * b.corr_reflection : kNan);
  scalar("corr_year_before", cell.year_before.correlation);
  scalar("components", static_cast<std::int32_t>(b.components));
  scalar("certification", flag(valid, b.certification));
  scalar("sign_ambiguous", flag(valid, valid && sign_ambiguous(b.votes, b.sign)));
  scalar("few_locations", flag(axis, b.participation < kFewLocations));
  scalar("turned", flag(valid, b.turned));
  if (class_rules_ == 0) return;
  put("baseline/share", cell, {p1_sets_, locations_}, spread<double>(b.share, location, locations_, p1_sets_, 1, kNan));
  put("baseline/hhi_p1", cell, {p1_sets_, locations_},
      spread<double>(b.hhi_p1, location, locations_, p1_sets_, 1, kNan));
  put("baseline/class", cell, {class_rules_, locations_},
      spread<std::uint8_t>(b.location_class, location, locations_, class_rules_, 1, std::uint8_t{255}));
}

void SweepFile::write_scores(const SweepCell& cell) {
  const std::size_t n = cell.year->location_item.size(), q = plan_.quantiles.size();
  const Tallies& t = cell.tallies;
  std::vector<double> mean(locations_, kNan), sd = mean, error = mean, minimum = mean, maximum = mean, rank_mean = mean,
                                              rank_sd = mean, top = mean, top_error = mean,
                                              score_quantiles(locations_ * q, kNan), rank_quantiles = score_quantiles;
  std::vector<std::uint64_t> valid(locations_, 0);
  for (std::size_t i = 0; i < n && !t.rank.empty(); ++i) {
    const std::size_t c = static_cast<std::size_t>(cell.year->location_item[i]);
    const Moments& moments = t.score_moments[i];
    const std::span<const std::uint64_t> ranks(t.rank.data() + i * (n + 1), n + 1);
    const SparseHistograms::Row scores = t.score.row(i);
    const ScoreStatistics statistics = score_statistics(moments, kMomentScale);
    const RankStatistics of_rank = rank_statistics(ranks);
    mean[c] = statistics.mean;
    sd[c] = statistics.sd;
    error[c] = statistics.standard_error;
    minimum[c] = moments.count > 0 ? moments.minimum : kNan;
    maximum[c] = moments.count > 0 ? moments.maximum : kNan;
    rank_mean[c] = of_rank.mean;
    rank_sd[c] = of_rank.sd;
    valid[c] = of_rank.valid;
    top[c] = top_share(ranks, 10);
    top_error[c] = probability_error(top[c], of_rank.valid);
    for (std::size_t k = 0; k < q; ++k) {
      score_quantiles[c * q + k] = score_quantile(scores, moments, plan_.quantiles[k]);
      rank_quantiles[c * q + k] = rank_quantile(ranks, plan_.quantiles[k]);
    }
  }
  put("score/mean", cell, {locations_}, mean);
  put("score/sd", cell, {locations_}, sd);
  put("score/mc_error", cell, {locations_}, error);
  put("score/minimum", cell, {locations_}, minimum);
  put("score/maximum", cell, {locations_}, maximum);
  put("score/quantile", cell, {locations_, q}, score_quantiles);
  put("rank/mean", cell, {locations_}, rank_mean);
  put("rank/sd", cell, {locations_}, rank_sd);
  put("rank/quantile", cell, {locations_, q}, rank_quantiles);
  put("probability/top10", cell, {locations_}, top);
  put("probability/top10_mc_error", cell, {locations_}, top_error);
  put("valid", cell, {locations_}, valid);
  if (plan_.tally_rank) {
    // The year's C + 1 columns lie at the start of the panel's. A location that is absent is not valid in any
    // replicate.
    std::vector<std::uint64_t> histogram(locations_ * (locations_ + 1), 0);
    for (std::size_t c = 0; c < locations_; ++c) histogram[c * (locations_ + 1)] = t.scenarios;
    for (std::size_t i = 0; i < n && !t.rank.empty(); ++i) {
      std::copy_n(t.rank.data() + i * (n + 1), n + 1,
                  histogram.data() + static_cast<std::size_t>(cell.year->location_item[i]) * (locations_ + 1));
    }
    put("rank/histogram", cell, {locations_, locations_ + 1}, histogram);
  }
  if (plan_.tally_score) write_histograms("tally/score", cell, t.score, cell.year->location_item, locations_);
  write_moments("tally/moment", cell, t.score_moments, cell.year->location_item, locations_);
}

// A row of a histogram is `length` entries from entry `first` on: a column that occurred, and how often it did.
void SweepFile::begin_histograms(const std::string& group, const std::string& axis, const std::string& entry) {
  file_.growing_dimension(entry);
  begin<std::uint64_t>(group + "/first", {axis}, about("first entry of a histogram"));
  begin<std::uint64_t>(group + "/length", {axis}, about("entries of a histogram: columns that occurred"));
  file_.begin<std::uint16_t>(group + "/column", {entry}, about("score_column of an entry"));
  file_.begin<std::uint64_t>(group + "/count", {entry}, about("replicates with a score in that column"),
                             {Compression::kShuffleGzip, {}});
}

void SweepFile::write_histograms(const std::string& group, const SweepCell& cell, const SparseHistograms& histograms,
                                 const std::vector<std::int32_t>& item, std::size_t width) {
  std::vector<std::uint64_t> first(width, 0), length(width, 0);
  std::uint64_t& written = entries_[group];
  for (std::size_t i = 0; i < histograms.rows(); ++i) {
    const std::size_t at = static_cast<std::size_t>(item[i]);
    first[at] = written + histograms.start[i];
    length[at] = histograms.start[i + 1] - histograms.start[i];
  }
  written += histograms.column.size();
  put(group + "/first", cell, {width}, first);
  put(group + "/length", cell, {width}, length);
  file_.append(group + "/column", std::span<const std::uint16_t>(histograms.column));
  file_.append(group + "/count", std::span<const std::uint64_t>(histograms.count));
}

void SweepFile::write_moments(const std::string& group, const SweepCell& cell, const std::vector<Moments>& moments,
                              const std::vector<std::int32_t>& item, std::size_t width) {
  std::vector<std::uint64_t> count(width, 0), sum_low = count, square_low = count;
  std::vector<std::int64_t> sum_high(width, 0), square_high = sum_high;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    const std::size_t at = static_cast<std::size_t>(item[i]);
    count[at] = moments[i].count;
    sum_low[at] = moments[i].sum.low;
    sum_high[at] = moments[i].sum.high;
    square_low[at] = moments[i].square.low;
    square_high[at] = moments[i].square.high;
  }
  put(group + "_count", cell, {width}, count);
  put(group + "_sum_low", cell, {width}, sum_low);
  put(group + "_sum_high", cell, {width}, sum_high);
  put(group + "_square_low", cell, {width}, square_low);
  put(group + "_square_high", cell, {width}, square_high);
}

void SweepFile::write_product_scores(const SweepCell& cell) {
  const std::size_t q = plan_.quantiles.size();
  const Tallies& t = cell.tallies;
  std::vector<double> mean(products_, kNan), sd = mean, error = mean, minimum = mean, maximum = mean,
                                             quantiles(products_ * q, kNan);
  std::vector<std::uint64_t> valid(products_, 0);
  for (std::size_t i = 0; i < t.product_moments.size(); ++i) {
    const std::size_t p = static_cast<std::size_t>(cell.year->product_item[i]);
    const Moments& moments = t.product_moments[i];
    const SparseHistograms::Row scores = t.product_score.row(i);
    const ScoreStatistics statistics = score_statistics(moments, kProductScale);
    mean[p] = statistics.mean;
    sd[p] = statistics.sd;
    error[p] = statistics.standard_error;
    minimum[p] = moments.count > 0 ? moments.minimum : kNan;
    maximum[p] = moments.count > 0 ? moments.maximum : kNan;
    valid[p] = moments.count;
    for (std::size_t k = 0; k < q; ++k) quantiles[p * q + k] = score_quantile(scores, moments, plan_.quantiles[k]);
  }
  put("product_score/mean", cell, {products_}, mean);
  put("product_score/sd", cell, {products_}, sd);
  put("product_score/mc_error", cell, {products_}, error);
  put("product_score/minimum", cell, {products_}, minimum);
  put("product_score/maximum", cell, {products_}, maximum);
  put("product_score/quantile", cell, {products_, q}, quantiles);
  put("product_score/valid", cell, {products_}, valid);
  write_histograms("tally/product_score", cell, t.product_score, cell.year->product_item, products_);
  write_moments("tally/product_moment", cell, t.product_moments, cell.year->product_item, products_);
}

void SweepFile::write_classes(const SweepCell& cell) {
  const Tallies& t = cell.tallies;
  const std::uint64_t valid = t.validity.empty() ? 0 : t.validity[0];
  const std::vector<std::uint64_t> in_p1 =
      spread<std::uint64_t>(t.in_p1, cell.year->product_item, products_, p1_sets_, 1, std::uint64_t{0});
  std::vector<double> share(in_p1.size(), kNan);
  for (std::size_t i = 0; i < share.size() && valid > 0; ++i)
    share[i] = static_cast<double>(in_p1[i]) / static_cast<double>(valid);
  put("probability/p1", cell, {p1_sets_, products_}, share);
  put("tally/p1", cell, {p1_sets_, products_}, in_p1);
  put("class/count", cell, {class_rules_, locations_, 3},
      spread<std::uint64_t>(t.class_count, cell.year->location_item, locations_, class_rules_, 3, std::uint64_t{0}));
}

void SweepFile::write_counts(const SweepCell& cell) {
  const Tallies& t = cell.tallies;
  const auto count_of = [](const std::vector<std::uint64_t>& counts, std::size_t k) {
    return k < counts.size() ? counts[k] : 0;
  };
  const auto scalar = [&]<class T>(const char* name, T value) { put<T>(name, cell, {}, std::vector<T>{value}); };
  std::vector<std::uint64_t> invalid;
  for (std::size_t cause = 1; cause < kValidityCount; ++cause) invalid.push_back(count_of(t.validity, cause));
  put("invalid", cell, {invalid.size()}, invalid);
  scalar("alignment", static_cast<std::uint8_t>(cell.alignment.kind));
  scalar("alignment_specification", cell.alignment.specification);
  scalar("tally/scenarios", t.scenarios);
  scalar("tally/valid_scenarios", count_of(t.validity, 0));
  std::vector<std::uint64_t> certification = t.certification;
  certification.resize(4, 0);
  put("tally/certification", cell, {4}, certification);
}

void SweepFile::write_diagnostics(const SweepCell& cell) {
  const CellDiagnostic d = diagnose(cell, plan_.precision);
  const auto scalar = [&]<class T>(const char* name, T value) {
    put<T>(fmt::format("diagnostic/{}", name), cell, {}, std::vector<T>{value});
  };
  const auto count = [](const std::optional<std::uint64_t>& tested) {
    return tested.value_or(static_cast<std::uint64_t>(kNotTested));
  };
  scalar("sign_disagree", count(d.sign_disagree));
  scalar("sign_undefined", count(d.sign_undefined));
  scalar("axis_swap", count(d.axis_swap));
  scalar("giant_component", count(d.giant_component));
  scalar("not_certified", count(d.not_certified));
  scalar("few_locations", count(d.few_locations));
  scalar("orientation_ambiguous",
         d.orientation_ambiguous ? static_cast<std::uint8_t>(*d.orientation_ambiguous) : kNotTestedFlag);
}

void SweepFile::write_certificates(const SweepCell& cell) {
  const Tallies& t = cell.tallies;
  const auto histogram = [&](const char* name, std::vector<std::uint64_t> counts, std::size_t width) {
    counts.resize(width, 0);
    put(fmt::format("certificate/{}", name), cell, {width}, counts);
  };
  histogram("log_residual", t.log_residual, kLogBins);
  histogram("log_gap", t.log_gap, kLogBins);
  histogram("participation", t.participation, locations_ + 1);
  const auto worst = [&](const char* name, const Worst& extreme) {
    const std::uint64_t id = grid_.id({cell.year_index, cell.specification, extreme.replicate});
    put<double>(fmt::format("certificate/{}", name), cell, {}, {extreme.any ? extreme.value : kNan});
    put<std::int64_t>(fmt::format("certificate/{}_scenario", name), cell, {}, {extreme.any ? signed_word(id) : -1});
  };
  worst("worst_residual", t.worst_residual);
  worst("worst_gap", t.worst_gap);
  worst("worst_participation", t.worst_participation);
}

void SweepFile::finish(const SweepCell& cell) {
  write_baseline(cell);
  write_scores(cell);
  if (plan_.tally_product_score) write_product_scores(cell);
  if (class_rules_ > 0) write_classes(cell);
  write_counts(cell);
  write_diagnostics(cell);
  write_certificates(cell);
}

void SweepFile::commit() {
  file_.commit();
}

std::size_t SweepFile::bytes(const Plan& plan, const SpecificationGrid& grid, std::size_t locations,
                             std::size_t products) {
  const ClassGrid classes = class_grid_of(plan);
  const std::size_t q = plan.quantiles.size(), sets = classes.quantiles.size(), rules = classes.rules();
  // Eight bytes a number but where said; the counts per location and product are those of begin_all. A histogram has at
  // most an entry of 10 bytes for each replicate and for each column.
  const std::size_t entries = std::min<std::size_t>(grid.replicates(), kScoreColumns);
  std::size_t numbers = 46 + 2 * kLogBins + locations + locations * (21 + 2 * q) + products * (2 + 2 * sets);
  if (plan.tally_rank) numbers += locations * (locations + 1);
  if (plan.tally_score) numbers += 2 * locations;
  if (plan.tally_product_score) numbers += products * (13 + q);
  numbers += locations * (2 * sets + 3 * rules);
  std::size_t bytes = 8 * numbers + rules * locations;
  if (plan.tally_score) bytes += 10 * entries * locations;
  if (plan.tally_product_score) bytes += 10 * entries * products;
  const std::size_t raw = 4 * ((plan.keep_eci ? locations : 0) + (plan.keep_pci ? products : 0));
  bytes += raw * grid.replicates();
  const bool columns = plan.tally_score || plan.tally_product_score;
  return bytes * grid.years() * grid.specifications().size() + (columns ? 12 * kScoreColumns : 0);
}

}  // namespace balassa
