#include "io/panel/presets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "io/base/error.hpp"
#include "io/panel/year_format.hpp"

namespace balassa {
namespace {

using Names = std::vector<std::string_view>;

bool any_of(std::string_view name, const Names& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// "hs92", "hs4", "sitc", "sitc2", "nace2code", ...: a classification, then digits, then perhaps "code" or "id".
bool is_classification(std::string_view name) {
  for (const std::string_view start :
       {"hs", "sitc", "naics", "nace", "isic", "bec", "cpc", "ipc", "sic", "okved", "cn"}) {
    if (!name.starts_with(start)) continue;
    std::string_view rest = name.substr(start.size());
    if (rest.ends_with("code")) rest.remove_suffix(4);
    if (rest.starts_with("rev")) rest.remove_prefix(3);
    if (std::all_of(rest.begin(), rest.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) return true;
  }
  return false;
}

// Whether a column so called (plain_name) commonly plays this role.
bool is_common(std::string_view name, Role role) {
  switch (role) {
    case Role::kYear:
      return any_of(name, {"year", "time", "t", "yr", "refyear", "jahr"});
    case Role::kLocation:
      return any_of(name, {"country",     "location",     "region",      "origin",       "iso3",
                           "state",       "locationcode", "countrycode", "countryiso3",  "countryiso3code",
                           "iso3code",    "iso",          "regioncode",  "statecode",    "reporter",
                           "reporteriso", "reportercode", "exporter",    "exportercode", "province",
                           "city",        "metro",        "nuts",        "nuts2",        "nuts3",
                           "nutscode",    "geo",          "loc",         "locationid",   "countryid",
                           "prefecture",  "municipality", "department"});
    case Role::kProduct:
      return any_of(name, {"product",
                           "productcode",
                           "prod",
                           "commodity",
                           "commoditycode",
                           "cmdcode",
                           "industry",
                           "industrycode",
                           "sector",
                           "sectorcode",
                           "technology",
                           "tech",
                           "activity",
                           "occupation",
                           "item",
                           "itemcode",
                           "good",
                           "hsproductcode",
                           "sitcproductcode",
                           "producthscode",
                           "producths92code",
                           "producths12code",
                           "productsitccode",
                           "productid"}) ||
             is_classification(name);
    case Role::kValue:
      return any_of(name, {"value",        "val",          "export",     "exports",    "exportvalue", "exportval",
                           "exportsvalue", "exportusd",    "exportsusd", "exporteur",  "exportaud",   "tradevalue",
                           "tradevalueus", "primaryvalue", "headcount",  "employment", "employees",   "emp",
                           "count",        "patents",      "amount",     "fobvalue"});
    case Role::kName:
      return any_of(name, {"name", "nameen", "description", "label", "title", "countryname", "locationname",
                           "regionname", "productname", "productdescription", "longname"});
    case Role::kParent:
      return any_of(name, {"parent", "parentcode", "country", "countrycode", "parentlocation"});
    case Role::kKind:
      return any_of(name, {"kind", "type", "locationkind", "level"});
    case Role::kClass:
      return any_of(name, {"class", "group", "section", "category", "tech", "cluster", "p1"});
  }
  return false;
}

// Where a column of years is missing.
std::string year_of_file_advice(const std::string& file) {
  const auto year = year_in_name(file);
  return year ? fmt::format("--year {} where all of the file is of that year, as its name says", *year)
              : "--year N where all of the file is of one year";
}

const char* role_name(Role role) {
  static constexpr const char* kNames[] = {"year", "location", "product", "value", "name", "parent", "kind", "class"};
  return kNames[static_cast<int>(role)];
}

std::string listed(const std::vector<std::string>& header) {
  return fmt::format("{}", fmt::join(header, ", "));
}

// The column whose plain name is one of `names`.
std::optional<std::size_t> column_of(const std::vector<std::string>& plain, const Names& names) {
  for (const std::string_view name : names) {
    const auto found = std::find(plain.begin(), plain.end(), name);
    if (found != plain.end()) return static_cast<std::size_t>(found - plain.begin());
  }
  return std::nullopt;
}

const Names kAtlasProducts = {"producths92code", "producths12code", "producths22code", "productsitccode",
                              "productsitcrev2code"};
const Names kAtlasOldProducts = {"hsproductcode", "sitcproductcode"};
// Comtrade's columns, by what they are: names of the present site and API, of the site and API before (2ndpartner...,
// trade_value_usd of comtradr), and of the files for machines (rtCode, pt3ISO).
const Names kComtradeReporters = {"reporteriso", "reporterisocode", "rt3iso", "reportercode", "rtcode"};
const Names kComtradeReporterNumbers = {"reportercode", "rtcode"};
const Names kComtradeReporterWords = {"reporterdesc", "reporter", "rttitle"};
const Names kComtradeFlows = {"flowcode", "tradeflowcode", "rgcode", "flowdesc", "tradeflow", "flow"};
const Names kComtradePartners = {"partneriso", "partnerisocode", "pt3iso", "partnercode", "ptcode", "partner"};
const Names kComtradePartnerNumbers = {"partnercode", "ptcode"};
const Names kComtradeSecondPartners = {"partner2iso", "2ndpartneriso", "secondpartneriso"};
const Names kComtradeSecondNumbers = {"partner2code", "2ndpartnercode", "secondpartnercode"};
const Names kComtradeTransport = {"motcode", "modeoftransportcode"};
const Names kComtradeCustoms = {"customscode", "customsproccode"};
const Names kComtradeProducts = {"cmdcode", "commoditycode"};
const Names kComtradeValues = {"primaryvalue", "tradevalueus", "tradevalueusd", "tradevalue"};
const Names kComtradeYears = {"refyear", "year", "yr"};
const Names kWitsValues = {"tradevaluein1000usd", "tradevalue1000usd"};
const Names kBaciProducts = {"k", "hs6", "hs4"};

std::string detect_preset(const std::vector<std::string>& plain) {
  const auto has = [&](const Names& names) { return column_of(plain, names).has_value(); };
  if (has({"t"}) && has({"i"}) && has({"j"}) && has(kBaciProducts) && has({"v"})) return "baci";
  if (has({"reporteriso3"}) && has({"productcode"}) && has(kWitsValues)) return "wits";
  if (has(kComtradeReporters) && has(kComtradeProducts) && has(kComtradeValues)) return "comtrade";
  if (has({"countryiso3code"}) && has(kAtlasProducts) && has({"exportvalue"})) return "atlas";
  if (has({"locationcode"}) && has(kAtlasOldProducts) && has({"exportvalue"})) return "atlas-old";
  return "generic";
}

// "hs92", "sitc2", ... as read from a column name or file name; "" where there is none.
std::string classification_in(std::string_view text) {
  const std::string name = plain_name(text);
  for (const std::string_view start : {"hs", "sitc", "nace", "isic", "naics"}) {
    for (std::size_t at = name.find(start); at != std::string::npos; at = name.find(start, at + 1)) {
      std::size_t end = at + start.size();
      while (end < name.size() && end < at + start.size() + 2 &&
             std::isdigit(static_cast<unsigned char>(name[end])) != 0)
        ++end;
      // "hs4" counts digits rather than naming a vintage, and letters "hs" alone may be part of a word.
      if (end == at + start.size() + 2) return name.substr(at, end - at);
      if (start != "hs" && (at == 0 || start == "sitc")) return std::string(start);
    }
  }
  return "";
}

void lay_out_comtrade(const std::vector<std::string>& plain, const std::vector<std::string>& header,
                      const std::string& file, Layout& layout) {
  const auto flow = column_of(plain, kComtradeFlows);
  const auto partner = column_of(plain, kComtradePartners);
  if (!flow || !partner) {
    throw Error(
        ExitCode::kBadData,
        fmt::format(
            "{}:header[1]: found columns {}, expected a {} column of Comtrade; download it with that column, or use "
            "--preset generic with --value-column etc.",
            file, listed(header), flow ? "partner (partnerISO)" : "flow (flowCode)"));
  }
  layout.partner = partner;
  layout.rules.push_back({*flow, {"X", "2", "Export", "Exports"}, "flow is not export"});
  // Rows broken down further repeat what the totals hold.
  const auto second = column_of(plain, kComtradeSecondPartners), number = column_of(plain, kComtradeSecondNumbers);
  if (second || number) {
    layout.rules.push_back({second ? *second : *number,
                            {"W00", "0", "WLD", "World", ""},
                            "broken down by second partner",
                            second ? number : std::nullopt});
  }
  if (const auto column = column_of(plain, kComtradeTransport))
    layout.rules.push_back({*column, {"0", ""}, "broken down by transport"});
  if (const auto column = column_of(plain, kComtradeCustoms)) {
    layout.rules.push_back({*column, {"C00", "0", ""}, "broken down by customs procedure"});
  }
  if (const auto column = column_of(plain, kComtradeReporterNumbers); column && *column != layout.location)
    layout.location_number = column;
  if (const auto column = column_of(plain, kComtradePartnerNumbers); column && column != partner)
    layout.partner_number = column;
  layout.location_words = column_of(plain, kComtradeReporterWords);
  if (const auto column = column_of(plain, {"freqcode"})) layout.rules.push_back({*column, {"A"}, "not annual"});
}

void lay_out_wits(const std::vector<std::string>& plain, Layout& layout) {
  layout.partner = column_of(plain, {"partneriso3", "partnername"});
  if (const auto column = column_of(plain, {"tradeflowname", "tradeflowcode"}))
    layout.rules.push_back({*column, {"Export", "Exports", "Gross Exp.", "6"}, "flow is not export"});
}

// The partner, and what the rules look at: what they take apart may be kept by the user, and then tells rows apart.
std::vector<std::size_t> columns_of_partners(const Layout& layout) {
  std::vector<std::size_t> columns;
  for (const auto& column : {layout.partner, layout.partner_number}) {
    if (column) columns.push_back(*column);
  }
  for (const RowRule& rule : layout.rules) {
    columns.push_back(rule.column);
    if (rule.code_column) columns.push_back(*rule.code_column);
  }
  return columns;
}

}  // namespace

std::string plain_name(std::string_view name) {
  std::string result;
  for (const unsigned char c : name) {
    if (c >= 128) result += static_cast<char>(c);
    if (std::isalnum(c) != 0 && c < 128) result += static_cast<char>(std::tolower(c));
  }
  return result;
}

bool is_common_name(std::string_view name, Role role) {
  return is_common(plain_name(name), role);
}

bool is_code_of(std::string_view system, std::string_view code) {
  struct Levels {
    std::string_view start;
    std::vector<std::size_t> digits;
  };
  static const Levels kLevels[] = {{"hs", {2, 4, 6, 8, 10}},  // 8 and 10: tariff lines of a country
                                   {"sitc", {1, 2, 3, 4, 5}},
                                   {"nace", {2, 3, 4}},
                                   {"isic", {2, 3, 4}},
                                   {"naics", {2, 3, 4, 5, 6}}};
  const auto levels = std::find_if(std::begin(kLevels), std::end(kLevels),
                                   [&](const Levels& known) { return system.starts_with(known.start); });
  return levels != std::end(kLevels) &&
         std::find(levels->digits.begin(), levels->digits.end(), code.size()) != levels->digits.end() &&
         std::all_of(code.begin(), code.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool is_unspecified(std::string_view code) {
  if (code == "9999AA" || code == "ANS" || code == "_X" || code == "UND") return true;
  const std::string_view repeated = code.size() >= 3 ? code.substr(0, 1) : "";
  return !repeated.empty() && std::string_view("9ZzXx").find(repeated) != std::string_view::npos &&
         std::all_of(code.begin(), code.end(), [&](char c) { return c == repeated[0]; });
}

std::optional<std::size_t> guess_column(const std::vector<std::string>& header, const std::string& file, Role role,
                                        const std::string& wanted, std::span<const std::string> more) {
  std::vector<std::size_t> found;
  for (std::size_t column = 0; column < header.size(); ++column) {
    const std::string name = plain_name(header[column]);
    const bool matches = !wanted.empty()
                             ? header[column] == wanted
                             : is_common(name, role) || std::find(more.begin(), more.end(), name) != more.end();
    if (matches) found.push_back(column);
  }
  if (found.size() == 1) return found[0];
  if (found.empty() && wanted.empty()) return std::nullopt;
  std::vector<std::string> candidates;
  for (const std::size_t column : found) candidates.push_back(header[column]);
  throw Error(
      ExitCode::kBadData,
      found.empty()
          ? fmt::format("{}:header[1]: found columns {}, expected a column '{}'; name the {} column", file,
                        listed(header), wanted, role_name(role))
          : fmt::format("{}:header[1]: found {} columns that could be the {} ({}), expected one; say which is meant "
                        "(--{}-column, for a side file FILE:{}=COLUMN)",
                        file, found.size(), role_name(role), listed(candidates), role_name(role), role_name(role)));
}

std::size_t find_column(const std::vector<std::string>& header, const std::string& file, Role role,
                        const std::string& wanted, std::span<const std::string> more) {
  if (const auto found = guess_column(header, file, role, wanted, more)) return *found;
  throw Error(
      ExitCode::kBadData,
      fmt::format("{}:header[1]: found columns {}, expected a {} column; say which it is (--{}-column, for a side "
                  "file FILE:{}=COLUMN){}",
                  file, listed(header), role_name(role), role_name(role), role_name(role),
                  role == Role::kYear ? ", or give " + year_of_file_advice(file)
                                      : ", or --skip-lines N where the header stands lower"));
}

Layout detect_layout(const std::vector<std::string>& header, const std::string& file, const std::string& preset,
                     const ColumnNames& columns, bool has_year) {
  std::vector<std::string> plain;
  for (const std::string& name : header) plain.push_back(plain_name(name));
  Layout layout;
  layout.preset = preset.empty() ? detect_preset(plain) : preset;
  if (std::find(std::begin(kPresetNames), std::end(kPresetNames), layout.preset) == std::end(kPresetNames)) {
    throw Error(ExitCode::kUsage,
                fmt::format("--preset: found '{}', expected one of {}", preset, fmt::join(kPresetNames, ", ")));
  }
  // What the user names wins over the preset's names, which win over guesses.
  const auto choose = [&](Role role, const std::string& wanted, const Names& names) -> std::size_t {
    if (!wanted.empty() || layout.preset == "generic") return find_column(header, file, role, wanted);
    if (const auto column = column_of(plain, names)) return *column;
    throw Error(ExitCode::kBadData,
                fmt::format("{}:header[1]: found columns {}, expected the {} column of preset {} ({}); name it "
                            "(--{}-column){} or choose another --preset",
                            file, listed(header), role_name(role), layout.preset, *names.begin(), role_name(role),
                            role == Role::kYear ? fmt::format(", give {},", year_of_file_advice(file)) : ""));
  };
  struct Preset {
    const char* name;
    Names year, location, product, value;
  };
  // The next preset goes here, into kPresetNames and into detect_preset.
  static const Preset kPresets[] = {
      {"baci", {"t"}, {"i"}, kBaciProducts, {"v"}},
      {"atlas", {"year"}, {"countryiso3code"}, kAtlasProducts, {"exportvalue"}},
      {"atlas-old", {"year"}, {"locationcode"}, kAtlasOldProducts, {"exportvalue"}},
      {"comtrade", kComtradeYears, kComtradeReporters, kComtradeProducts, kComtradeValues},
      {"wits", {"year"}, {"reporteriso3"}, {"productcode"}, kWitsValues},
      {"generic", {}, {}, {}, {}},
  };
  const Preset& names =
      *std::find_if(std::begin(kPresets), std::end(kPresets), [&](const Preset& p) { return layout.preset == p.name; });
  layout.location = choose(Role::kLocation, columns.location, names.location);
  layout.product = choose(Role::kProduct, columns.product, names.product);
  layout.value = choose(Role::kValue, columns.value, names.value);
  // A year given for the whole file stands in for a column that is not there; it never overrides one.
  if (!has_year || !columns.year.empty()) {
    layout.year = choose(Role::kYear, columns.year, names.year);
  } else {
    layout.year =
        layout.preset == "generic" ? guess_column(header, file, Role::kYear, "") : column_of(plain, names.year);
  }

  const std::string vintage = classification_in(header[layout.product]);
  layout.product_system = vintage;
  layout.hs_codes = plain[layout.product].starts_with("hs") || vintage.starts_with("hs") || layout.preset == "baci" ||
                    layout.preset == "comtrade" || layout.preset == "wits";
  if (layout.preset == "baci") {
    layout.sum_rows = layout.one_code_length = true;
    layout.scale = 1000.0;
    layout.units = "USD";
    layout.source = "BACI (CEPII)";
    layout.location_system = "baci_numeric";
    layout.product_system = classification_in(file.substr(file.find_last_of('/') + 1));
    if (layout.product_system.empty()) layout.product_system = "hs";
    if (const auto partner = column_of(plain, {"j"})) layout.summed_over = {*partner};
  } else if (layout.preset == "comtrade") {
    layout.sum_rows = layout.one_code_length = true;
    layout.units = "USD";
    layout.source = "UN Comtrade";
    layout.location_system = any_of(plain[layout.location], kComtradeReporterNumbers) ? "m49" : "iso3";
    layout.product_system = "";
    lay_out_comtrade(plain, header, file, layout);
    layout.summed_over = columns_of_partners(layout);
  } else if (layout.preset == "wits") {
    layout.sum_rows = layout.one_code_length = true;
    layout.scale = 1000.0;
    layout.units = "USD";
    layout.source = "WITS (World Bank)";
    layout.location_system = "iso3";
    lay_out_wits(plain, layout);
    layout.summed_over = columns_of_partners(layout);
  } else if (layout.preset != "generic") {
    layout.units = "USD";
    layout.source = "Atlas of Economic Complexity (Growth Lab)";
    layout.location_system = "iso3";
  }
  return layout;
}

}  // namespace balassa
