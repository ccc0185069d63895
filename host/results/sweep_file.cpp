#include "host/results/sweep_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "host/results/validity_text.hpp"
#include "io/panel/location_totals.hpp"

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kChunkBytes = 1 << 20;  // of a chunk, at most
constexpr std::size_t kCellsBytes = 1 << 18;  // of a chunk of several cells, at most

// Columns of a score histogram that occur, by the square root of the replicates: 143 of 200 replicates, and about 1,000
// of 10,000.
constexpr double kEntriesOfRoot = 11.0;

Attributes flags(std::uint8_t count, const std::string& meanings, const std::string& long_name) {
  std::vector<std::uint8_t> values;
  for (std::uint8_t k = 0; k < count; ++k) values.push_back(k);
  return {{"flag_values", values}, {"flag_meanings", meanings}, {"long_name", long_name}};
}

Attributes about(const std::string& long_name) {
  return {{"long_name", long_name}};
}

double value_of(const Quantile& q) {
  return static_cast<double>(q.numerator) / static_cast<double>(q.denominator);
}

}  // namespace

SweepFile::SweepFile(const std::string& path, bool force, const Plan& plan, const SpecificationGrid& grid,
                     const Panel& panel, const SweepHeader& header, int threads)
    : plan_(plan),
      grid_(grid),
      panel_(panel),
      shape_(plan, grid, panel.locations.size(), panel.products.size()),
      datasets_(sweep_datasets(plan, grid, shape_)),
      order_(writing_order(datasets_)),
      file_(path, "balassa-sweep", kSweepVersion, force, threads) {
  write_header(header);
  write_dimensions(header);
  if (shape_.class_rules > 0) write_class_rules();
  for (const SweepDataset& dataset : datasets_) begin(dataset);
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
  std::vector<std::int32_t> ranks(shape_.locations + 1);
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

  write_location_totals(file_, panel_, header.years);
  write_specifications();
  if (!panel_.location_name.empty())
    file_.write("location_name", panel_.location_name, {"location"}, about("name of the location"));
  if (!panel_.product_name.empty())
    file_.write("product_name", panel_.product_name, {"product"}, about("name of the product"));
}

// One dataset for each knob of a specification, and the label that summaries have.
void SweepFile::write_specifications() {
  const std::size_t count = grid_.specifications().size();
  std::vector<std::string> labels;
  for (std::size_t s = 0; s < count; ++s) labels.push_back(grid_.label(s));
  file_.write("label", labels, {"specification"}, about("the specification in words"));
  for (const SpecificationGrid::Axis& axis : grid_.axes()) {
    const Knob& knob = *axis.knob;
    if (!knob.has_dataset() && axis.values.size() == 1) continue;
    std::vector<double> values;
    for (std::size_t s = 0; s < count; ++s) values.push_back(grid_.value(axis, s));
    const std::string name(knob.name), long_name(knob.about);
    if (knob.words.empty()) {
      file_.write(name, values, {"specification"}, about(long_name));
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
  std::vector<std::int64_t> numbers(shape_.class_rules);
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
  file_.write("class/p1_quantile", quantile, {"class_rule"},
              about("P1 quantile of the rule; NaN = given by the panel"));
  file_.write("class/split", split, {"class_rule"}, about("where shares of P1 are divided"));
  file_.write("class/hhi_cut", cut, {"class_rule"}, about("HHI of P1 above which a location is concentrated"));
}

void SweepFile::begin(const SweepDataset& dataset) {
  std::vector<std::string> all = {"year", "specification"};
  all.insert(all.end(), dataset.dimensions.begin(), dataset.dimensions.end());
  // Whole cells: as many of a year, and then years, as fill kCellsBytes, spread evenly so that the last chunk is about
  // as full as the others. A cell beyond kChunkBytes is cut along its first axes.
  Storage storage;
  storage.chunk.assign(all.size(), 1);
  std::size_t room = kChunkBytes / dataset.element_bytes;
  for (std::size_t axis = all.size(); axis-- > 2 && room > 0;) {
    storage.chunk[axis] = std::max<std::size_t>(1, std::min(shape_.extent(all[axis]), room));
    room /= storage.chunk[axis];
  }
  const auto spread_evenly = [](std::size_t extent, std::size_t most) {
    const std::size_t chunks = (extent + most - 1) / most;
    return (extent + chunks - 1) / chunks;
  };
  const std::size_t specifications = grid_.specifications().size();
  const std::size_t cells = std::max<std::size_t>(
      1, kCellsBytes / std::max<std::size_t>(1, dataset.element_bytes * shape_.size(dataset.dimensions)));
  storage.chunk[1] = spread_evenly(specifications, std::min(cells, specifications));
  if (storage.chunk[1] == specifications)
    storage.chunk[0] = spread_evenly(grid_.years(), std::clamp<std::size_t>(cells / specifications, 1, grid_.years()));
  dataset.begin(file_, all, storage);
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
  write("raw/eci", eci, cell.year->location_item, shape_.locations);
  write("raw/pci", pci, cell.year->product_item, shape_.products);
}

void SweepFile::write(const CellStatistics& statistics) {
  const SweepCell& cell = statistics.cell;
  for (const std::size_t row : order_) {
    const SweepDataset& dataset = datasets_[row];
    std::vector<std::size_t> offset = {cell.year_index, cell.specification}, count = {1, 1};
    for (const std::string& dimension : dataset.dimensions) {
      offset.push_back(0);
      count.push_back(shape_.extent(dimension));
    }
    dataset.write(file_, offset, count, statistics);
  }
}

void SweepFile::commit(const std::function<void(std::size_t, std::size_t)>& progress) {
  file_.commit(progress);
}

SweepFile::Bytes SweepFile::bytes(const Plan& plan, const SpecificationGrid& grid, std::size_t locations,
                                  std::size_t products) {
  const SweepShape most(plan, grid, locations, products);
  SweepShape likely = most;
  likely.score_entries =
      std::min(most.score_entries, static_cast<std::size_t>(kEntriesOfRoot * std::sqrt(double(most.replicates))));
  const std::size_t cells = grid.years() * grid.specifications().size();
  Bytes bytes;
  for (const SweepDataset& dataset : sweep_datasets(plan, grid, most)) {
    const std::size_t of_cell = dataset.element_bytes * most.size(dataset.dimensions);
    bytes.of_cell += of_cell;
    bytes.likely += cells * dataset.element_bytes * likely.size(dataset.dimensions);
    if (of_cell < kCellsBytes) bytes.open += std::min(kCellsBytes, cells * of_cell);
  }
  const std::size_t score_columns =
      plan.tally_score || plan.tally_product_score ? kScoreColumns * (sizeof(std::int32_t) + sizeof(double)) : 0;
  bytes.at_most = cells * bytes.of_cell + score_columns + grid.years() * locations * sizeof(double);  // total
  return bytes;
}

}  // namespace balassa
