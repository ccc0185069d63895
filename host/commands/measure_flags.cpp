#include "host/commands/measure_flags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "host/plan/knob_values.hpp"
#include "io/base/error.hpp"
#include "io/base/nearest_name.hpp"

namespace balassa {
namespace {

constexpr const char *kAll = "all", *kList = "list";

// As the dimensions of a result file.
const char* shape_of(On on) {
  return std::array{"year",
                    "year, location",
                    "year, product",
                    "year, location, product",
                    "year, location, location",
                    "year, product, product"}[static_cast<std::size_t>(on)];
}

std::string formula_of(const MeasureInfo& measure) {
  return std::strlen(measure.formula) > 0 ? measure.formula : measure.meaning;
}

// Who gets it.
const char* asked_text(const MeasureInfo& measure) {
  return std::array{"by default", "by name or all", "by name",
                    "with --reflections"}[static_cast<std::size_t>(measure.asked)];
}

// The numbers [C] of a table in a year; nullptr where the panel has no such table.
const std::vector<double>* table_named(const Panel& panel, const std::string& name) {
  if (name == "gdp") return panel.gdp.empty() ? nullptr : &panel.gdp;
  if (name == "population") return panel.population.empty() ? nullptr : &panel.population;
  const auto found = panel.table.find(name);
  return found == panel.table.end() ? nullptr : &found->second;
}

// The first table that the measures need and the panel lacks; "" = none.
std::string table_lacking(const Panel& panel, const std::vector<const MeasureInfo*>& measures) {
  for (const MeasureInfo* measure : measures) {
    for (const char* name : measure->tables) {
      if (name != nullptr && table_named(panel, name) == nullptr) return name;
    }
  }
  return {};
}

}  // namespace

MeasureFlags::MeasureFlags(CLI::App& command, CLI::Option& panel) {
  constexpr const char* kGroup = "measures";
  command
      .add_option("--measures", measures_,
                  "all | list | names: eci,density; all leaves out what is large or needs more")
      ->delimiter(',')
      ->each([&panel](const std::string& name) {
        if (name == kList) panel.required(false);
      })
      ->group(kGroup);
  command.add_option("--reflections", reflections_, "also iterate N of the method of reflections")
      ->check(CLI::Range(1, 100000))
      ->group(kGroup);
  for (const MeasureParameter& parameter : measure_parameters()) {
    std::vector<std::string_view> words;
    for (const Word& word : parameter.words) words.push_back(word.text);
    const std::string help =
        words.empty() ? std::string(parameter.help) : fmt::format("{}; {}", fmt::join(words, " | "), parameter.help);
    CLI::Option* option = command.add_option(parameter.flag(), text_.emplace_back(), help);
    option->group(kGroup);
    flags_.push_back({&parameter, option});
  }
}

double MeasureFlags::Flag::value(std::string_view convention) const {
  if (option->count() == 0) return parameter->default_of(convention);
  const std::string flag = parameter->flag(), text = option->results().back();
  const PlanValue given{{text}, false, false, flag, ExitCode::kUsage};
  if (!parameter->words.empty()) return value_of_word(given, text, parameter->words, {});
  return static_cast<double>(
      whole(given, text, static_cast<std::uint64_t>(parameter->interval.high), parameter->interval.expected));
}

// take(flag, whether it is read) of each.
template <class Take>
void MeasureFlags::visit_parameters(std::string_view convention, const std::vector<const MeasureInfo*>& computed,
                                    Take take) const {
  for (const Flag& flag : flags_) {
    const auto& of = flag.parameter->of;
    const bool read = std::any_of(computed.begin(), computed.end(), [&](const MeasureInfo* measure) {
      return std::find(of.begin(), of.end(), measure->name) != of.end();
    });
    if (!read && flag.option->count() > 0)
      throw Error(ExitCode::kUsage,
                  fmt::format("{}: found no measure that reads it, expected one of {}; add --measures {}",
                              flag.parameter->flag(), fmt::join(of, ", "), of.front()));
    if (read) take(*flag.parameter, flag.value(convention));
  }
}

MeasureParameters MeasureFlags::parameters(std::string_view convention,
                                           const std::vector<const MeasureInfo*>& computed) const {
  MeasureParameters parameters;
  visit_parameters(convention, computed,
                   [&](const MeasureParameter& parameter, double value) { parameter.set(parameters, value); });
  if (parameters.leave_own_out && parameters.proximity == ProximityKind::kContinuous)
    throw Error(ExitCode::kUsage,
                "--leave-own-out: found --proximity-kind continuous beside it, expected a kind that counts locations; "
                "leave one of them out");
  return parameters;
}

nlohmann::ordered_json MeasureFlags::parameters_json(std::string_view convention,
                                                     const std::vector<const MeasureInfo*>& computed) const {
  nlohmann::ordered_json json;
  visit_parameters(convention, computed, [&](const MeasureParameter& parameter, double value) {
    nlohmann::ordered_json& entry = json[std::string(parameter.name)];
    if (parameter.words.empty()) {
      entry = static_cast<std::int64_t>(value);
    } else {
      entry = word_of(parameter.words, value);
    }
  });
  return json;
}

bool MeasureFlags::says(const char* word) const {
  return std::find(measures_.begin(), measures_.end(), word) != measures_.end();
}

bool MeasureFlags::lists() const {
  return says(kList);
}

std::string MeasureFlags::list(bool json) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  std::string text;
  for (const MeasureInfo& measure : measure_registry()) {
    std::vector<std::string> flags;
    for (const MeasureParameter& parameter : measure_parameters()) {
      if (std::find(parameter.of.begin(), parameter.of.end(), measure.name) != parameter.of.end())
        flags.push_back(parameter.flag());
    }
    if (json) {
      rows.push_back({{"name", measure.name},
                      {"formula", formula_of(measure)},
                      {"shape", shape_of(measure.on)},
                      {"unit", measure.unit},
                      {"source", measure.source},
                      {"asked", asked_text(measure)},
                      {"flags", flags}});
      continue;
    }
    text += fmt::format("{:<20} {}\n{:<20} [{}], {}; {}; {}", measure.name, formula_of(measure), "",
                        shape_of(measure.on), measure.unit, asked_text(measure), measure.source);
    if (!flags.empty()) text += fmt::format("; {}", fmt::join(flags, " "));
    text += "\n";
  }
  return json ? rows.dump(2) + "\n" : text;
}

std::vector<std::string> MeasureFlags::names() const {
  std::vector<std::string> known{kAll, kList};
  for (const MeasureInfo& measure : measure_registry()) known.push_back(measure.name);
  for (const std::string& name : measures_) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw Error(ExitCode::kUsage,
                fmt::format("--measures: found '{}', expected a measure; the nearest is {}; balassa compute --measures "
                            "list prints them",
                            name, nearest_name(name, known)));
  }
  std::vector<std::string> names;
  for (const MeasureInfo& measure : measure_registry()) {
    const bool by_all = says(kAll) && (measure.asked == Asked::kAlways || measure.asked == Asked::kByAll);
    if (!by_all && !says(measure.name)) continue;
    if (measure.asked == Asked::kByReflections && reflections_ == 0)
      throw Error(ExitCode::kUsage, fmt::format("--measures: found {} without an iterate, expected --reflections N "
                                                "beside it, such as --reflections 18",
                                                measure.name));
    names.push_back(measure.name);
  }
  return names;
}

std::vector<std::string> MeasureFlags::leave_out_what_lacks_a_table(std::vector<std::string>& names,
                                                                    const Panel& panel) const {
  std::vector<std::string> remarks;
  if (!says(kAll)) return remarks;
  std::erase_if(names, [&](const std::string& name) {
    const std::string lacking = table_lacking(panel, with_needs({&measure_by_name(name)}));
    if (lacking.empty() || says(name.c_str())) return false;
    remarks.push_back(fmt::format("--measures all leaves out {}: the panel has no {}", name, lacking));
    return true;
  });
  return remarks;
}

std::string MeasureFlags::left_out(const Panel& panel) const {
  if (!says(kAll)) return {};
  std::string text;
  for (const MeasureInfo& measure : measure_registry()) {
    if (measure.asked != Asked::kByName || says(measure.name)) continue;
    const double megabytes =
        8e-6 * static_cast<double>(numbers_of(measure.on, panel.locations.size(), panel.products.size()));
    const std::string size = measure.on == On::kProductPair ? fmt::format(" ({:.1f} MB a year)", megabytes) : "";
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", measure.name, size);
  }
  if (text.empty()) return text;
  return fmt::format("--measures all leaves out what is large or slow: {}; add names to all to get them", text);
}

void require_tables(const Panel& panel, const std::string& file, const std::vector<const MeasureInfo*>& measures) {
  for (const MeasureInfo* measure : measures) {
    const std::string name = table_lacking(panel, {measure});
    if (name.empty()) continue;
    const bool known = name == "gdp" || name == "population";
    throw Error(
        ExitCode::kBadData,
        fmt::format("{}: found no {}, which the measure {} needs; import the panel with {}", file, name, measure->name,
                    known ? fmt::format("--{} FILE", name) : fmt::format("--table {}=FILE", name)));
  }
}

std::map<std::string, std::vector<double>> tables_of(const Panel& panel, std::size_t year, const Year& selected,
                                                     const std::vector<const MeasureInfo*>& measures) {
  std::map<std::string, std::vector<double>> tables;
  for (const MeasureInfo* measure : measures) {
    for (const char* name : measure->tables) {
      const std::vector<double>* table = name == nullptr ? nullptr : table_named(panel, name);
      if (table == nullptr) continue;
      std::vector<double>& of_year = tables[name];
      of_year.clear();
      for (const std::int32_t item : selected.location_item)
        of_year.push_back((*table)[year * panel.locations.size() + static_cast<std::size_t>(item)]);
    }
  }
  return tables;
}

std::size_t measuring_bytes(const std::vector<const MeasureInfo*>& measures, std::size_t locations,
                            std::size_t products) {
  // The year itself, RCA and presence come with any measure; a number that is written is held twice more on its way to
  // its place in the panel.
  constexpr std::size_t kHeldAtOnce = 3;
  std::size_t numbers = 3 * locations * products;
  for (const MeasureInfo* measure : with_needs(measures))
    numbers += numbers_of(measure->on, locations, products) + numbers_of(measure->holds, locations, products);
  return kHeldAtOnce * numbers * sizeof(double);
}

}  // namespace balassa
