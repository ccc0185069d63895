// `balassa import`: text tables in, a panel out.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/commands/command.hpp"
#include "host/commands/import_report.hpp"
#include "host/commands/table_import.hpp"
#include "host/terminal/code_list.hpp"
#include "host/terminal/help_layout.hpp"
#include "host/terminal/manifest.hpp"
#include "host/terminal/number_checks.hpp"
#include "io/base/file_lock.hpp"
#include "io/base/output_places.hpp"
#include "io/panel/aggregates.hpp"
#include "io/panel/concordance.hpp"
#include "io/panel/panel_builder.hpp"
#include "io/panel/panel_file.hpp"
#include "io/panel/side_tables.hpp"

namespace balassa {
namespace {

using Json = nlohmann::ordered_json;

// What the command line says, as text.
struct ImportFlags {
  std::vector<std::string> inputs;
  std::string output, delimiter, duplicates = "error", years, decimal, thousands, fiscal_year;
  std::vector<std::string> missing;
  std::vector<std::string> where, locations, products, drop_locations, drop_products;
  std::string location_names, product_names, location_parents, location_kinds, population, gdp;
  std::vector<std::string> tables, classes, concordances, rates;
  int year = 0;
  double scale = 0;
  PanelNames names;  // of the datasets of an HDF5 or netCDF file
  ImportOptions options;
};

char parse_delimiter(const std::string& text) {
  if (text.empty()) return 0;
  if (text == "tab" || text == "\\t") return '\t';
  if (text == "comma") return ',';
  if (text == "semicolon") return ';';
  if (text.size() == 1 && text != "\"" && text != "\n") return text[0];
  throw Error(ExitCode::kUsage,
              fmt::format("--delimiter: found '{}', expected one character, comma, semicolon or tab", text));
}

ImportOptions resolve(const ImportFlags& flags, const CLI::App& command) {
  ImportOptions options = flags.options;
  options.delimiter = parse_delimiter(flags.delimiter);
  options.sum_duplicates = flags.duplicates == "sum";
  for (const std::string& text : flags.where) options.where.push_back(parse_column_choice(text));
  options.rates = parse_unit_rates(flags.rates);
  options.years = parse_years(flags.years);
  options.numbers = parse_number_format(flags.decimal, flags.thousands, flags.missing);
  options.fiscal = flags.fiscal_year == "first"  ? FiscalYear::kFirst
                   : flags.fiscal_year == "last" ? FiscalYear::kLast
                   : flags.fiscal_year == "none" ? FiscalYear::kNone
                                                 : FiscalYear::kRefuse;
  options.locations = {parse_codes(flags.locations), parse_codes(flags.drop_locations)};
  options.products = {parse_codes(flags.products), parse_codes(flags.drop_products)};
  if (command.count("--year") > 0) options.year = flags.year;
  if (command.count("--scale") > 0) options.scale = flags.scale;
  return options;
}

// "NAME=FILE" of a flag that may come several times.
std::pair<std::string, SideFile> parse_named_file(const std::string& flag, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  if (equals == std::string::npos || name.empty() || name.find('/') != std::string::npos) {
    throw Error(ExitCode::kUsage, fmt::format("{}: found '{}', expected NAME=FILE", flag, text));
  }
  return {name, parse_side_file(text.substr(equals + 1))};
}

// Side files are looked at before hours of rows are read.
void check_side_files(const ImportFlags& flags) {
  for (const std::string* text : {&flags.location_names, &flags.product_names, &flags.location_parents,
                                  &flags.location_kinds, &flags.population, &flags.gdp}) {
    if (!text->empty()) check_side_file(parse_side_file(*text));
  }
  for (const std::string& text : flags.concordances) check_side_file(parse_side_file(text));
  for (const std::string& text : flags.tables) check_side_file(parse_named_file("--table", text).second);
  for (const std::string& text : flags.classes) check_side_file(parse_named_file("--product-class", text).second);
}

// Adds what stands in side files; returns what each brought.
SideSummaries add_side_files(const ImportFlags& flags, Panel& panel) {
  SideSummaries brought;
  const auto one = [&](const char* what, const std::string& text, SideSummary (*add)(Panel&, const SideFile&)) {
    if (!text.empty()) brought.emplace_back(what, add(panel, parse_side_file(text)));
  };
  one("location names", flags.location_names, add_location_names);
  one("product names", flags.product_names, add_product_names);
  one("location parents", flags.location_parents, add_location_parents);
  one("location kinds", flags.location_kinds, add_location_kinds);
  if (!flags.population.empty())
    brought.emplace_back("population", add_table(panel, "population", parse_side_file(flags.population)));
  if (!flags.gdp.empty()) brought.emplace_back("gdp", add_table(panel, "gdp", parse_side_file(flags.gdp)));
  for (const std::string& text : flags.tables) {
    const auto [name, file] = parse_named_file("--table", text);
    if (name == "population" || name == "gdp") {
      throw Error(ExitCode::kUsage, fmt::format("--table: found the name '{0}', expected another; use --{0}", name));
    }
    brought.emplace_back("table " + name, add_table(panel, name, file));
  }
  for (const std::string& text : flags.classes) {
    const auto [scheme, file] = parse_named_file("--product-class", text);
    brought.emplace_back("product class " + scheme, add_product_class(panel, scheme, file));
  }
  return brought;
}

// Every file that the command line names for reading.
std::vector<std::string> files_read(const ImportFlags& flags) {
  std::vector<std::string> files = flags.inputs;
  for (const auto* lists : {&flags.locations, &flags.products, &flags.drop_locations, &flags.drop_products}) {
    for (const std::string& list : *lists) files.push_back(list.starts_with('@') ? list.substr(1) : "");
  }
  for (const auto* side : {&flags.location_names, &flags.product_names, &flags.location_parents, &flags.location_kinds,
                           &flags.population, &flags.gdp}) {
    files.push_back(parse_side_file(*side).path);
  }
  for (const std::string& text : flags.tables) files.push_back(parse_named_file("--table", text).second.path);
  for (const std::string& text : flags.classes) files.push_back(parse_named_file("--product-class", text).second.path);
  for (const std::string& text : flags.concordances) files.push_back(parse_side_file(text).path);
  return files;
}

// Reads someone else's HDF5 or netCDF file.
Panel panel_of_datasets(const ImportFlags& flags, const ImportOptions& options, ImportSummary& summary) {
  if (flags.inputs.size() != 1) {
    throw Error(ExitCode::kUsage, fmt::format("--value-name: found {} input files, expected one", flags.inputs.size()));
  }
  Panel panel = read_panel(flags.inputs.front(), flags.names);
  const auto describe = [](std::string& text, const std::string& given) {
    if (!given.empty()) text = given;
  };
  describe(panel.units, options.units);
  describe(panel.title, options.title);
  describe(panel.source, options.source);
  describe(panel.location_code_system, options.location_system);
  describe(panel.product_code_system, options.product_system);
  summary.presets.emplace_back(flags.inputs.front(), "datasets");
  summary.years = panel.years.size();
  summary.locations = panel.locations.size();
  summary.products = panel.products.size();
  for (std::size_t y = 0; y < panel.years.size(); ++y) {
    double total = 0;
    for (std::size_t cell = panel.index(y, 0); cell < panel.index(y + 1, 0); ++cell) {
      const double value = panel.value[cell];
      if (std::isnan(value)) {
        ++summary.missing_values;
      } else {
        ++summary.cells_seen;
        total += value;
      }
    }
    if (!(total > 0)) {
      throw Error(
          ExitCode::kBadData,
          fmt::format("{}:/{}[{}]: found no value above 0 in year {}, expected trade; look at its missing marks, "
                      "limits and units",
                      flags.inputs.front(), flags.names.value, y, panel.years[y]));
    }
    summary.totals.emplace_back(panel.years[y], total);
  }
  return panel;
}

// Gives the panel the codes of the concordances.
void change_codes(const ImportFlags& flags, const ImportOptions& options, Panel& panel, ImportSummary& summary,
                  std::vector<std::string>& remarks) {
  for (const std::string& text : flags.concordances) {
    remarks.push_back("concordance " + apply_concordance(panel, parse_side_file(text)));
    if (panel.product_code_system.empty()) panel.product_code_system = options.product_system;
    if (panel.location_code_system.empty()) panel.location_code_system = options.location_system;
  }
  const UnspecifiedShares shares = unspecified_shares(panel);
  summary.unspecified_products = shares.products;
  summary.unspecified_locations = shares.locations;
  if (flags.concordances.empty()) return;
  summary.locations = panel.locations.size();
  summary.products = panel.products.size();
  summary.cells_seen = static_cast<std::size_t>(
      std::count_if(panel.value.begin(), panel.value.end(), [](double value) { return value > 0; }));
  summary.absent.clear();
  for (std::size_t y = 0; y < panel.years.size(); ++y) {
    std::vector<std::string> absent;
    for (std::size_t l = 0; l < panel.locations.size(); ++l) {
      if (panel.missing[y * panel.locations.size() + l] != 0) absent.push_back(panel.locations[l]);
    }
    if (!absent.empty()) summary.absent.emplace_back(panel.years[y], std::move(absent));
  }
}

ExitCode run_import(const ImportFlags& flags, const ImportOptions& options, const GlobalOptions& global) {
  require_apart(files_read(flags), {flags.output, manifest_of(flags.output)});
  require_no_run(flags.output);
  require_new_file(flags.output, global.force);
  Manifest manifest("import", global.verbose);
  manifest.phase("read");
  check_side_files(flags);
  ImportSummary summary;
  Panel panel = flags.names.foreign() ? panel_of_datasets(flags, options, summary)
                                      : import_tables(flags.inputs, options, global.quiet, manifest, summary);
  std::vector<std::string> remarks = summary.remarks;
  change_codes(flags, options, panel, summary, remarks);
  const auto sides = add_side_files(flags, panel);
  for (const auto& [what, side] : sides) {
    if (!side.remark.empty()) remarks.push_back(side.remark);
  }
  for (std::string& remark : remarks_of(find_aggregates(panel))) remarks.push_back(std::move(remark));
  manifest.phase("write");
  write_panel(flags.output, panel, global.force);
  const Json json = import_json(summary, panel, sides, remarks, flags.output);
  for (const std::string& input : flags.inputs) manifest.input(input);
  manifest.set_json("import", json.dump());
  manifest.write(flags.output);
  if (!global.quiet) print_import(summary, panel, sides, remarks);
  if (global.json) fmt::print("{}\n", json.dump(2));
  return ExitCode::kDone;
}

void add_flags(CLI::App& command, ImportFlags& flags) {
  ImportOptions& options = flags.options;
  command.formatter(two_column_help());
  command.get_option("--help")->group("");
  command
      .add_option("input", flags.inputs, "comma, semicolon or tab separated; plain, .gz or .zst; - is standard input")
      ->required();
  const auto add = [&](const char* group, const char* flag, auto& target, const char* help) {
    return command.add_option(flag, target, help)->group(group);
  };
  add("output", "-o,--output", flags.output, "panel to write")->required();
  add("output", "--memory", options.memory_limit, "4GB [what is free]")->transform(CLI::AsSizeValue(true));
  add("columns", "--preset", options.preset, "baci | atlas | atlas-old | comtrade | wits | generic [by the header]");
  add("columns", "--year-column", options.columns.year, "NAME");
  add("columns", "--location-column", options.columns.location, "NAME");
  add("columns", "--product-column", options.columns.product, "NAME");
  add("columns", "--value-column", options.columns.value, "NAME");
  add("columns", "--delimiter", flags.delimiter, "C | tab [by the header]");
  add("columns", "--decimal", flags.decimal, "comma | point [point]");
  add("columns", "--thousands", flags.thousands, "comma | point [none]");
  add("columns", "--missing", flags.missing, "MARK of a missing value");
  add("columns", "--fiscal-year", flags.fiscal_year, "2016/17: first | last | none [refused]")
      ->check(CLI::IsMember({"first", "last", "none"}));
  add("columns", "--skip-lines", options.skip_lines, "N above the header [found]");
  command.add_flag("--wide", options.wide, "a column for each year")->group("columns");
  add("columns", "--year", flags.year, "of files without that column")->check(CLI::Range(1, 9999));
  add("HDF5, netCDF", "--value-name", flags.names.value, "DATASET of the values");
  add("HDF5, netCDF", "--year-name", flags.names.year, "DATASET");
  add("HDF5, netCDF", "--location-name", flags.names.location, "DATASET");
  add("HDF5, netCDF", "--product-name", flags.names.product, "DATASET");
  add("rows", "--duplicates", flags.duplicates, "of a cell: error | sum [error]")
      ->check(CLI::IsMember({"error", "sum"}));
  add("rows", "--where", flags.where, "COLUMN=VALUE[,..] or COLUMN!=VALUE: rows to keep; may be repeated");
  add("rows", "--sum-over", options.sum_over, "COLUMN whose rows are added; may be repeated");
  add("rows", "--rate", flags.rates, "UNIT=NUMBER or UNIT:YEAR=NUMBER, of a column of units");
  add("rows", "--scale", flags.scale, "FACTOR of the values [1, or the preset's]")->check(check_positive);
  add("rows", "--years", flags.years, "1995-2016,2017 [all]");
  add("rows", "--locations", flags.locations, "codes to keep: a,b | @file [all]");
  add("rows", "--products", flags.products, "codes to keep [all]");
  add("rows", "--drop-locations", flags.drop_locations, "codes to leave out");
  add("rows", "--drop-products", flags.drop_products, "codes to leave out");
  add("rows", "--product-digits", options.product_digits, "cut to N, and sum")->check(CLI::PositiveNumber);
  add("rows", "--product-pad", options.product_pad, "zeros up to N digits")->check(CLI::PositiveNumber);
  command.add_flag("--keep-codes", options.keep_codes, "no repair of codes")->group("rows");
  add("rows", "--product-length", options.product_length, "only of length N")->check(CLI::PositiveNumber);
  add("description", "--units", options.units, "TEXT");
  add("description", "--title", options.title, "TEXT");
  add("description", "--source", options.source, "TEXT");
  add("description", "--location-system", options.location_system, "TEXT");
  add("description", "--product-system", options.product_system, "TEXT");
  add("side files", "--concordance", flags.concordances, "FILE[:from=COLUMN,to=COLUMN,weight=COLUMN]: change codes");
  add("side files", "--location-names", flags.location_names, "FILE[:code=COLUMN,name=COLUMN]");
  add("side files", "--product-names", flags.product_names, "FILE as of --location-names");
  add("side files", "--location-parents", flags.location_parents, "FILE of parents");
  add("side files", "--location-kinds", flags.location_kinds, "FILE of country, region");
  add("side files", "--product-class", flags.classes, "SCHEME=FILE");
  add("side files", "--population", flags.population, "FILE[:location=COLUMN,value=COLUMN,year=COLUMN|N]");
  add("side files", "--gdp", flags.gdp, "FILE as of --population");
  add("side files", "--table", flags.tables, "NAME=FILE, too");
  for (const char* list : {"--where", "--sum-over", "--locations", "--products", "--drop-locations", "--drop-products",
                           "--table", "--product-class", "--missing", "--concordance", "--rate"}) {
    command.get_option(list)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  // Rows can be chosen of tables of rows only.
  for (CLI::Option* option : command.get_options()) {
    const bool of_rows = option->get_group() == "rows" || option->get_group() == "columns";
    if (of_rows) option->excludes("--value-name");
  }
}

}  // namespace

void add_import_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  CLI::App* command =
      program.add_subcommand("import", "Make a panel from CSV files (BACI, Comtrade, Atlas, any table)");
  auto flags = std::make_shared<ImportFlags>();
  add_flags(*command, *flags);
  command->footer("Example: balassa import BACI_HS92_Y*.csv.gz -o baci.h5 --product-digits 4");
  command->callback([command, flags, &global, &run] {
    run = [command, flags, &global] { return run_import(*flags, resolve(*flags, *command), global); };
  });
}

}  // namespace balassa
