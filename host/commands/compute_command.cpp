// balassa compute: every measure of each year of a panel.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "host/commands/command.hpp"
#include "host/panel/year_selection.hpp"
#include "host/plan/conventions.hpp"
#include "host/results/measures_file.hpp"
#include "host/results/measures_report.hpp"
#include "host/terminal/manifest.hpp"
#include "host/terminal/progress.hpp"
#include "io/base/atomic_file.hpp"
#include "io/panel/panel_file.hpp"
#include "io/text/csv_writer.hpp"
#include "kernels/device.hpp"

namespace balassa {
namespace {

struct ComputeOptions {
  std::string panel, output, years = "all";
  PanelNames names;
  double rca_threshold = 1.0;
  std::string convention = "py", rca_tie, deviation, pci_scale, read_as;  // empty: the convention's
  Disconnected disconnected = Disconnected::kNa;
  int reflections = 0;
  double min_participation = 0.0;
  bool align_years = false, compact = false, csv = false;
};

// The named convention with the keys that were given in its place.
Convention resolve_convention(const ComputeOptions& options) {
  Convention convention = convention_by_name(options.convention);
  const auto replace = [](const char* key, const std::string& text, const auto& parse, auto& target,
                          const char* known) {
    if (text.empty()) return;
    const auto value = parse(text);
    if (!value) {
      throw Error(ExitCode::kUsage, fmt::format("{}: found '{}', expected {}; choose one of these", key, text, known));
    }
    target = *value;
  };
  replace("--rca-tie", options.rca_tie, parse_tie, convention.tie, "'>=' or '>'");
  replace("--deviation", options.deviation, parse_deviation, convention.deviation, "population, sample or long-table");
  replace("--pci-scale", options.pci_scale, parse_pci_scale, convention.pci_scale, "eci or own");
  replace("--read-as", options.read_as, parse_read_as_float32, convention.read_as_float32, "float64 or float32");
  return convention;
}

std::string specification_json(const Convention& convention, const ComputeOptions& options) {
  nlohmann::ordered_json json;
  json["presence"] = "rca";
  json["rca_threshold"] = options.rca_threshold;
  json["rca_tie"] = tie_text(convention.tie);
  json["read_as"] = read_as_text(convention.read_as_float32);
  json["sign"] = "corr(diversity, eci) > 0";
  json["deviation"] = deviation_text(convention.deviation);
  json["pci_scale"] = pci_scale_text(convention.pci_scale);
  json["disconnected"] = disconnected_text(options.disconnected);
  json["min_participation"] = options.min_participation;
  json["align_years"] = options.align_years;
  json["reflections"] = options.reflections;
  return json.dump();
}

std::string default_output(const std::string& panel) {
  return std::filesystem::path(panel).stem().string() + "-measures.h5";
}

std::string csv_path(const std::string& output) {
  return std::filesystem::path(output).replace_extension(".csv").string();
}

std::vector<std::string> csv_header() {
  std::vector<std::string> names{"year", "location", "product", "value"};
  for (const MeasureInfo& measure : measure_registry()) {
    if (measure.in_table) names.push_back(measure.name);
  }
  return names;
}

// One row per location and product of the year, with the column names of py-ecomplexity (FORMATS 6).
void write_csv_year(CsvWriter& csv, const Panel& panel, std::size_t index, const MeasuredYear& measured) {
  const Year& year = measured.selected.year;
  std::vector<std::int32_t> column(panel.products.size(), -1), row(panel.locations.size(), -1);
  for (std::size_t p = 0; p < year.product_item.size(); ++p)
    column[year.product_item[p]] = static_cast<std::int32_t>(p);
  for (std::size_t c = 0; c < year.location_item.size(); ++c) row[year.location_item[c]] = static_cast<std::int32_t>(c);
  for (std::size_t c = 0; c < panel.locations.size(); ++c) {
    for (std::size_t p = 0; p < panel.products.size(); ++p) {
      csv.field(std::int64_t{year.label});
      csv.field(panel.locations[c]);
      csv.field(panel.products[p]);
      csv.field(panel.value[panel.index(index, c, p)]);
      for (const MeasureInfo& measure : measure_registry()) {
        if (measure.in_table) csv.field(number_at(measure, measured.measures, row[c], column[p], year.products));
      }
      csv.end_row();
    }
  }
}

void warn(const GlobalOptions& global, const std::string& message) {
  if (!global.quiet) fmt::print(stderr, "balassa: warning: {}\n", message);
}

void warn_about_year(const GlobalOptions& global, const YearSummary& summary, int reflections) {
  if (summary.measures.reflection_lost) {
    warn(global,
         fmt::format("{}: after {} reflections the differences between scores are below what rounding leaves; use the "
                     "ECI, or fewer reflections",
                     summary.year, reflections));
  }
}

// Measures the years `threads` at a time and hands each to `take` in order; what is held does not grow with the years.
// `turned`: by year; empty: none.
template <class Take>
void measure_years(Device& device, const Panel& panel, const std::vector<std::size_t>& years,
                   const YearOptions& reading, const MeasureRequest& request, const std::vector<bool>& turned,
                   Take take) {
  const auto threads = static_cast<std::size_t>(std::max(1, device.describe().threads));
  for (std::size_t first = 0; first < years.size(); first += threads) {
    std::vector<std::future<MeasuredYear>> running;
    for (std::size_t i = first; i < std::min(first + threads, years.size()); ++i) {
      running.push_back(std::async(std::launch::async, [&, i] {
        MeasuredYear measured;
        measured.selected = select_year(panel, years[i], reading);
        MeasureRequest of_year = request;
        of_year.turned = !turned.empty() && turned[i];
        measured.measures = device.measure(measured.selected.year, of_year);
        return measured;
      }));
    }
    for (std::size_t i = 0; i < running.size(); ++i) take(first + i, running[i].get());
  }
}

YearScores scores_of(const MeasuredYear& measured, std::size_t panel_locations) {
  return year_scores(measured.selected.year, panel_locations, measured.measures.eci,
                     measured.measures.corr_eci_diversity);
}

ExitCode run_compute(const GlobalOptions& global, ComputeOptions options) {
  const Convention convention = resolve_convention(options);
  if (!(options.rca_threshold > 0) || !std::isfinite(options.rca_threshold)) {
    throw Error(ExitCode::kUsage, fmt::format("--rca-threshold: found {}, expected a number above 0; choose another",
                                              options.rca_threshold));
  }
  if (!(options.min_participation >= 0) || !std::isfinite(options.min_participation)) {
    throw Error(ExitCode::kUsage, fmt::format("--min-participation: found {}, expected a number of 0 or more; choose "
                                              "another",
                                              options.min_participation));
  }
  if (options.output.empty()) options.output = default_output(options.panel);
  require_absent(options.output, global.force);
  if (options.csv) require_absent(csv_path(options.output), global.force);

  Manifest manifest("compute");
  manifest.phase("read");
  const Panel panel = read_panel(options.panel, options.names);
  MeasuresHeader header;
  header.convention = convention.name;
  header.specification = specification_json(convention, options);
  header.panel_hash = panel_hash(panel);
  header.compact = options.compact;
  header.reflections = options.reflections;
  manifest.input(options.panel, header.panel_hash);
  manifest.set_json("specification", header.specification);
  const std::vector<std::size_t> years = parse_years(options.years, panel.years);
  const bool stacked =
      std::find(panel.location_kind.begin(), panel.location_kind.end(), "region") != panel.location_kind.end();
  if (stacked) warn(global, "regions stand beside their countries in one matrix, whose trade is counted twice");

  DeviceOptions device_options;
  device_options.threads = global.threads;
  const std::unique_ptr<Device> device = make_device(global.device, device_options);
  const DeviceDescription description = device->describe();
  header.arithmetic = description.spectrum;
  manifest.device(description.name, description.model, description.simd, header.arithmetic, description.threads);

  MeasuresFile file(options.output, panel, years, header, global.force);
  std::optional<CsvWriter> csv;
  if (options.csv) {
    csv.emplace(csv_path(options.output), global.force);
    csv->header(csv_header());
  }
  std::vector<YearSummary> summaries;
  Progress progress("compute", "years", years.size(), global.quiet);
  YearOptions reading;
  reading.read_as_float32 = convention.read_as_float32;
  reading.file = options.panel;
  MeasureRequest request{convention.specification(options.rca_threshold), options.reflections};
  request.specification.disconnected = options.disconnected;
  request.specification.min_participation = options.min_participation;
  manifest.phase("measure");
  std::vector<bool> turned;
  if (options.align_years) {  // a first look at all years, before the first is written
    std::vector<YearScores> scores;
    MeasureRequest look = request;
    look.reflections = 0;
    measure_years(*device, panel, years, reading, look, {}, [&](std::size_t, const MeasuredYear& measured) {
      scores.push_back(scores_of(measured, panel.locations.size()));
    });
    turned = turned_years(scores);
  }
  YearChain chain;
  measure_years(*device, panel, years, reading, request, turned, [&](std::size_t position, MeasuredYear measured) {
    measured.before = chain.add(scores_of(measured, panel.locations.size()));
    file.write_year(position, measured);
    if (csv) write_csv_year(*csv, panel, years[position], measured);
    summaries.push_back(summarise(measured, panel.locations.size(), panel.products.size()));
    progress.update(position + 1);
  });
  manifest.phase("write");
  if (csv) csv->commit();
  file.commit();
  manifest.write(options.output);

  bool all_certified = true, deterministic = true;
  for (const YearSummary& summary : summaries) {
    warn_about_year(global, summary, options.reflections);
    deterministic = deterministic && summary.measures.deterministic;
    all_certified = all_certified && (summary.certified || summary.measures.validity != Validity::kValid);
  }
  if (!deterministic)
    warn(global,
         "cuSOLVER has no deterministic algorithm on this GPU: the last digits of ECI and PCI may differ from run "
         "to run; use --device cpu where they must not");
  if (global.json) {
    fmt::print("{}\n", summary_json(panel, summaries, options.output, header));
  } else {
    for (const YearSummary& summary : summaries) fmt::print("{}", summary_text(panel, summary));
    fmt::print("measures: {}\n", options.output);
    if (csv) fmt::print("table: {}\n", csv_path(options.output));
  }
  return all_certified || !global.strict ? ExitCode::kDone : ExitCode::kNotCertified;
}

}  // namespace

void add_compute_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  CLI::App* command = program.add_subcommand("compute", "RCA, presence, ECI, PCI and their certificate, year by year");
  auto options = std::make_shared<ComputeOptions>();
  command->add_option("panel", options->panel, "panel file (balassa import makes one)")->required();
  command->add_option("-o,--output", options->output, "result file; default: <panel>-measures.h5 in this folder");
  command->add_option("--years", options->years, "all | 2017 | 1962,1980,2017 | 1995-2016")->capture_default_str();
  command->add_option("--rca-threshold", options->rca_threshold, "present where RCA reaches it")->capture_default_str();
  command->add_option("--convention", options->convention, "py | stata | lyubimov; the next four override it")
      ->capture_default_str();
  command->add_option("--rca-tie", options->rca_tie, "'>=' | '>': is RCA exactly at the threshold present?");
  command->add_option("--deviation", options->deviation, "population | sample | long-table");
  command->add_option("--pci-scale", options->pci_scale, "eci | own: whose mean and deviation scale the PCI");
  command->add_option("--read-as", options->read_as, "float64 | float32: how values are read");
  command->add_option("--values", options->read_as)->group("");  // the older name
  command
      ->add_option_function<std::string>(
          "--disconnected", [options](const std::string& text) { options->disconnected = *parse_disconnected(text); },
          "na | giant: scores of the largest component, the others NA")
      ->check(CLI::IsMember({"na", "giant"}));
  command->add_option("--min-participation", options->min_participation,
                      "no scores where fewer locations carry the axis; 3 leaves single ones out");
  command->add_flag("--align-years", options->align_years,
                    "turn years round to go with the one whose orientation is clearest");
  command->add_option("--reflections", options->reflections, "also iterate N of the method of reflections")
      ->check(CLI::Range(1, 100000));
  command->add_flag("--compact", options->compact, "store real numbers as float32");
  command->add_flag("--csv", options->csv, "also write one row per year, location and product beside the result");
  command->add_option("--value-name", options->names.value, "dataset of the values in a foreign HDF5 or netCDF file");
  command->add_option("--year-name", options->names.year, "dataset of its years");
  command->add_option("--location-name", options->names.location, "dataset of its locations");
  command->add_option("--product-name", options->names.product, "dataset of its products");
  command->footer("Example: balassa compute world.h5 --years 2017 --convention stata -o world-2017.h5");
  command->callback([options, &global, &run] { run = [options, &global] { return run_compute(global, *options); }; });
}

}  // namespace balassa
