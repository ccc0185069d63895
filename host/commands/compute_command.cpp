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
#include "host/commands/knob_flags.hpp"
#include "host/commands/measure_flags.hpp"
#include "host/commands/table_import.hpp"
#include "host/panel/year_selection.hpp"
#include "host/plan/knobs.hpp"
#include "host/plan/specification_grid.hpp"
#include "host/results/measures_file.hpp"
#include "host/results/measures_report.hpp"
#include "host/results/specification_json.hpp"
#include "host/terminal/help_layout.hpp"
#include "host/terminal/manifest.hpp"
#include "host/terminal/progress.hpp"
#include "io/base/atomic_file.hpp"
#include "io/base/file_lock.hpp"
#include "io/base/output_places.hpp"
#include "io/panel/panel_file.hpp"
#include "io/text/csv_writer.hpp"
#include "io/text/tables_in_place.hpp"
#include "kernels/device.hpp"

namespace balassa {
namespace {

struct ComputeOptions {
  std::string panel, output;
  PanelNames names;
  bool compact = false, csv = false;
};

std::string default_output(const std::string& panel) {
  std::filesystem::path name = panel;
  if (name.extension() == ".gz" || name.extension() == ".zst") name.replace_extension();  // a table
  return name.stem().string() + "-measures.h5";
}

std::string csv_path(const std::string& output) {
  return std::filesystem::path(output).replace_extension(".csv").string();
}

// Of a plain `compute` those that users of py-ecomplexity know; else what was asked for, but pairs.
std::vector<const MeasureInfo*> table_columns(const MeasuresHeader& header) {
  std::vector<const MeasureInfo*> columns = header.asked();
  std::erase_if(columns, [&](const MeasureInfo* measure) {
    const bool on_pairs = measure->on == On::kLocationPair || measure->on == On::kProductPair;
    return header.measures.empty() ? !measure->in_table : on_pairs;
  });
  return columns;
}

// One row per location and product of the year, with the column names of py-ecomplexity (FORMATS 6).
void write_csv_year(CsvWriter& csv, const std::vector<const MeasureInfo*>& columns, const Panel& panel,
                    std::size_t index, const MeasuredYear& measured) {
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
      for (const MeasureInfo* measure : columns)
        csv.field(number_at(*measure, measured.measures, row[c], column[p], year.products));
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

// Measures the years several at a time, as many as there are threads and room for, and hands each to `take` in order;
// what is held does not grow with the years. `turned`: by year; empty: none.
template <class Take>
void measure_years(Device& device, const Panel& panel, const std::vector<std::size_t>& years,
                   const YearOptions& reading, const MeasureRequest& request, const std::vector<bool>& turned,
                   Take take) {
  const DeviceDescription description = device.describe();
  const std::vector<const MeasureInfo*> asked = asked_measures(request.measures, request.reflections);
  const std::size_t bytes = measuring_bytes(asked, panel.locations.size(), panel.products.size());
  const std::size_t room = std::max<std::size_t>(1, description.memory_free / bytes);
  const std::size_t at_once = std::min(room, static_cast<std::size_t>(std::max(1, description.threads)));
  const bool against_before =
      std::any_of(asked.begin(), asked.end(), [](const MeasureInfo* m) { return m->against_before; });
  for (std::size_t first = 0; first < years.size(); first += at_once) {
    std::vector<std::future<MeasuredYear>> running;
    for (std::size_t i = first; i < std::min(first + at_once, years.size()); ++i) {
      running.push_back(std::async(std::launch::async, [&, i] {
        MeasuredYear measured;
        measured.selected = select_year(panel, years[i], reading);
        MeasureRequest of_year = request;
        of_year.turned = !turned.empty() && turned[i];
        of_year.tables = tables_of(panel, years[i], measured.selected.year, with_needs(asked));
        if (against_before && i > 0)
          of_year.before = std::make_shared<const Year>(select_year(panel, years[i - 1], reading).year);
        measured.measures = device.measure(measured.selected.year, of_year);
        return measured;
      }));
    }
    for (std::size_t i = 0; i < running.size(); ++i) take(first + i, running[i].get());
  }
}

// What the summary on stdout shows of a year with scores is measured with them.
std::vector<std::string> with_summary(const MeasuresHeader& header) {
  std::vector<std::string> names = header.measures;
  if (!names.empty() && are_scored(header.asked())) names.insert(names.end(), {"eci_rank", "hhi"});
  return names;
}

YearScores scores_of(const MeasuredYear& measured, std::size_t panel_locations) {
  return year_scores(measured.selected.year, panel_locations, measured.measures.eci,
                     measured.measures.corr_eci_diversity);
}

ExitCode run_compute(const GlobalOptions& global, ComputeOptions options, const KnobFlags& flags,
                     const MeasureFlags& measures) {
  if (measures.lists()) {
    fmt::print("{}", MeasureFlags::list(global.json));
    return ExitCode::kDone;
  }
  std::vector<std::string> names = measures.names();
  Plan plan;
  flags.read_into(plan);
  resolve_plan(plan);
  const SpecificationGrid grid(plan, 1);  // of one specification
  if (options.output.empty() && options.panel == "-") {
    throw Error(ExitCode::kUsage, "-: found no name for the result of standard input, expected one; give -o FILE");
  }
  if (options.output.empty()) options.output = default_output(options.panel);
  require_apart({options.panel},
                {options.output, manifest_of(options.output), options.csv ? csv_path(options.output) : ""});
  require_no_run(options.output);
  require_new_file(options.output, global.force);
  if (options.csv) require_absent(csv_path(options.output), global.force);

  Manifest manifest("compute", global.verbose);
  manifest.phase("read");
  const bool on_the_fly = !options.names.foreign() && is_table(options.panel);
  Panel whole =
      on_the_fly ? import_on_the_fly(options.panel, global.quiet, manifest) : read_panel(options.panel, options.names);
  const std::string hash = panel_hash(whole);
  const auto [panel, list_remarks] = apply_lists(std::move(whole), plan.sample, options.panel, ExitCode::kUsage);
  say_remarks(list_remarks, global.quiet);
  say_remarks(measures.leave_out_what_lacks_a_table(names, panel), global.quiet);
  MeasuresHeader header;
  header.convention = plan.convention;
  nlohmann::ordered_json specification = specification_json(grid, 0);
  specification["align_years"] = plan.align_years;
  specification["reflections"] = measures.reflections();
  const std::vector<const MeasureInfo*> asked = asked_measures(names, measures.reflections()),
                                        computed = with_needs(asked);
  if (const auto choices = measures.parameters_json(plan.convention, computed); !choices.empty())
    specification["measures"] = choices;
  add_sample_json(specification, plan.sample);
  header.specification = specification.dump();
  header.panel_hash = hash;
  header.compact = options.compact;
  header.reflections = measures.reflections();
  header.measures = names;
  manifest.input(options.panel, header.panel_hash);
  manifest.set_json("specification", header.specification);
  const bool scored = are_scored(asked);
  require_tables(panel, options.panel, computed);
  if (const std::string remark = measures.left_out(panel); !remark.empty()) say_remarks({remark}, global.quiet);
  const std::vector<std::size_t> years = parse_years(plan.years, panel.years);
  say_remarks(sample_remarks(panel, years, plan.sample), global.quiet);
  YearOptions reading = grid.reading(0);
  if (reading.per_head && !panel.population.empty()) say_remarks(population_remarks(panel, years), global.quiet);
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
    std::vector<std::string> columns{"year", "location", "product", "value"};
    for (const MeasureInfo* measure : table_columns(header)) columns.push_back(measure->name);
    csv->header(columns);
  }
  std::vector<YearSummary> summaries;
  Progress progress("compute", "years", years.size(), global.quiet);
  reading.min_total = plan.sample.min_total;
  reading.min_product_total = plan.sample.min_product_total;
  reading.file = options.panel;
  MeasureRequest request{grid.specifications().front(), measures.reflections()};
  request.measures = with_summary(header);
  request.parameters = measures.parameters(plan.convention, computed);
  manifest.phase("measure");
  std::vector<bool> turned;
  if (plan.align_years && scored) {  // a first look at all years, before the first is written
    std::vector<YearScores> scores;
    MeasureRequest look = request;
    look.reflections = 0;
    look.measures = {"eci"};
    measure_years(*device, panel, years, reading, look, {}, [&](std::size_t, const MeasuredYear& measured) {
      scores.push_back(scores_of(measured, panel.locations.size()));
    });
    turned = turned_years(scores);
  }
  YearChain chain;
  measure_years(*device, panel, years, reading, request, turned, [&](std::size_t position, MeasuredYear measured) {
    if (scored) measured.before = chain.add(scores_of(measured, panel.locations.size()));
    file.write_year(position, measured);
    if (csv) write_csv_year(*csv, table_columns(header), panel, years[position], measured);
    measured.measures.further.clear();  // may be large, and the summary shows none of it
    summaries.push_back(summarise(measured, panel));
    progress.update(position + 1);
  });
  manifest.phase("write");
  if (csv) csv->commit();
  file.commit();
  manifest.write(options.output);

  bool all_certified = true, deterministic = true;
  for (const YearSummary& summary : summaries) {
    warn_about_year(global, summary, measures.reflections());
    deterministic = deterministic && summary.measures.deterministic;
    all_certified = all_certified && (!scored || summary.certified || summary.measures.validity != Validity::kValid);
  }
  if (!deterministic)
    warn(global,
         "cuSOLVER has no deterministic algorithm on this GPU: the last digits of ECI and PCI may differ from run "
         "to run; use --device cpu where they must not");
  for (const MeasureInfo* measure : header.asked()) {
    const bool of_locations = measure->on == On::kLocationPair;
    if (csv && (of_locations || measure->on == On::kProductPair)) {
      say_remarks({fmt::format("{} is of pairs, for which the table has no rows; balassa export {} --table {} has it",
                               measure->name, options.output, of_locations ? "location_location" : "product_product")},
                  global.quiet);
    }
  }
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
  command->formatter(two_column_help());
  command->get_option("--help")->group("");
  auto options = std::make_shared<ComputeOptions>();
  CLI::Option* panel = command
                           ->add_option("panel", options->panel,
                                        "panel file, or a table, which is imported with the defaults of balassa import")
                           ->required();
  const auto measures = std::make_shared<MeasureFlags>(*command, *panel);
  const auto flags = std::make_shared<KnobFlags>(*command, program, FlagsOf::kCompute);
  const auto group = [&](const char* name, std::initializer_list<CLI::Option*> of) {
    for (CLI::Option* option : of) option->group(name);
  };
  group("output",
        {command->add_option("-o,--output", options->output, "result file [PANEL-measures.h5 in this folder]"),
         command->add_flag("--compact", options->compact, "store real numbers as float32"),
         command->add_flag("--csv", options->csv,
                           "also write one row per year, location and product beside the result")});
  group("HDF5, netCDF", {command->add_option("--value-name", options->names.value, "DATASET of the values"),
                         command->add_option("--year-name", options->names.year, "DATASET"),
                         command->add_option("--location-name", options->names.location, "DATASET"),
                         command->add_option("--product-name", options->names.product, "DATASET")});
  command->footer("Example: balassa compute world.h5 --years 2017 --convention stata -o world-2017.h5");
  command->callback([options, flags, measures, &global, &run] {
    run = [options, flags, measures, &global] { return run_compute(global, *options, *flags, *measures); };
  });
}

}  // namespace balassa
