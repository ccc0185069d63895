#include "io/tables/result_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "io/base/error.hpp"
#include "io/panel/location_totals.hpp"

namespace balassa {
namespace {

using Dataset = ResultReader::Dataset;
using Kind = Dataset::Kind;

constexpr std::size_t kColumnsPerDataset = 128;

// What users of py-ecomplexity and the Atlas know, in their order; the rest follows in the order of the file.
constexpr const char* kKnown[] = {"value", "total",   "rca",      "mcp", "diversity", "ubiquity", "eci",
                                  "pci",   "density", "distance", "coi", "cog",       "rank"};

// Keys of each table; the first that applies is the default. A missing "specification" is left out.
struct Layout {
  const char* name;
  std::vector<std::string> keys;
};
const std::vector<Layout>& layouts() {
  static const std::vector<Layout> kLayouts{
      {"location", {"year", "specification", "location"}},
      {"product", {"year", "specification", "product"}},
      {"location_product", {"year", "specification", "location", "product"}},
      {"location_location", {"year", "location", "other_location"}},
      {"product_product", {"year", "product", "other_product"}},
      {"class", {"year", "specification", "class_rule", "location"}},
      {"year", {"year", "specification"}},
      {"raw", {"year", "specification", "replicate", "location"}},
      {"raw_product", {"year", "specification", "replicate", "product"}},
      {"dropped", {"dropped/item"}},
  };
  return kLayouts;
}

// Dimensions that older files have under another name.
constexpr std::pair<const char*, const char*> kOlderNames[] = {{"class_rule", "cell"}};

// What the file calls the dimension.
std::string name_in(const ResultReader& file, const std::string& dimension) {
  for (const auto& [name, older] : kOlderNames) {
    if (dimension == name && file.find(dimension) == nullptr && file.find(older) != nullptr) return older;
  }
  return dimension;
}

std::string present_name(const std::string& dimension) {
  for (const auto& [name, older] : kOlderNames) {
    if (dimension == older) return name;
  }
  return dimension;
}

bool is_raw(const std::string& table) {
  return table.starts_with("raw");
}

// 0.025 -> "q025", 0.5 -> "q500", 0.9995 -> "q9995".
std::string quantile_label(double q) {
  std::string digits = fmt::format("{:.6f}", q);
  digits = q < 1 ? digits.substr(2) : "1000000";
  while (digits.size() > 3 && digits.back() == '0') digits.pop_back();
  return "q" + digits;
}

// A label as a part of a column's name that Stata and R take: 0.75 of a P1 set is "p75", 0.725 "p72_5"; "F-O" is "fo".
std::string column_label(const std::string& dimension, const std::string& label) {
  std::string text = label;
  if (dimension == "p1_set") {
    if (label == "nan") return "given";
    text = fmt::format("p{:.10g}", 100 * std::strtod(label.c_str(), nullptr));
  }
  std::string legal;
  for (const char c : text) {
    if (c == '.') legal += '_';
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
      legal += dimension == "location_class" ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : c;
    }
  }
  return legal;
}

// The dataset's name as a column: /measure/eci -> eci, /score/sd -> eci_sd, /product_score/quantile -> pci.
std::string column_name(const std::string& dataset) {
  const auto slash = dataset.find('/');
  if (slash == std::string::npos) return dataset;
  const std::string group = dataset.substr(0, slash);
  std::string leaf = dataset.substr(slash + 1);
  std::replace(leaf.begin(), leaf.end(), '/', '_');
  const bool quantile = leaf == "quantiles" || leaf == "quantile";  // the latter in older files
  static const std::map<std::string, std::string> kPrefix{
      {"measure", ""}, {"baseline", ""}, {"specification", ""}, {"score", "eci"},    {"product_score", "pci"},
      {"class", ""},   {"raw", ""},      {"diagnostic", ""},    {"certificate", ""}, {"dropped", ""}};
  const auto known = kPrefix.find(group);
  const std::string prefix = known == kPrefix.end() ? group : known->second;
  for (const char* before : {"of_", "in_"}) {
    if (leaf.starts_with(before)) leaf.erase(0, 3);
  }
  const bool of_key = leaf == "year" || leaf == "location" || leaf == "product";
  if (group == "status") return of_key ? leaf + "_status" : leaf;
  if (dataset == "measure/eci_rank") return "rank";
  if (quantile) return prefix;
  return prefix.empty() ? leaf : prefix + "_" + leaf;
}

// One column: where its values lie in its dataset, as a stride per key.
struct Column {
  std::string name;
  const Dataset* dataset = nullptr;
  std::vector<std::size_t> stride;  // per key; 0: the same for each of its values
  std::size_t offset = 0;           // within the extra dimensions
  std::size_t outer = 0;            // leading axes of the dataset that are leading keys
  std::string part;                 // of the dataset's further dimensions: "quantile 0.025"
};

struct Plan {
  std::vector<std::string> keys;
  std::vector<std::size_t> extents;
  std::size_t outer = 0;  // leading keys over which the table is read slab by slab
  std::vector<Column> columns;
};

// Labels of a dimension as text; of an anonymous one its indices.
std::vector<std::string> labels_of(const ResultReader& file, const std::string& dimension) {
  const Dataset& scale = file.require(dimension);
  if (scale.kind == Kind::kString) return file.strings(dimension);
  std::vector<std::string> labels;
  if (scale.anonymous) {
    for (std::size_t i = 0; i < scale.size(); ++i) labels.push_back(fmt::format("{}", i));
  } else {
    for (const double value : file.numbers(dimension)) {
      labels.push_back(dimension.ends_with("quantile") ? quantile_label(value) : fmt::format("{}", value));
    }
  }
  return labels;
}

// The same without the form that names of columns need: "0.025", not "q025".
std::vector<std::string> plain_labels(const ResultReader& file, const std::string& dimension) {
  if (!dimension.ends_with("quantile"))
    return dimension.empty() ? std::vector<std::string>{} : labels_of(file, dimension);
  std::vector<std::string> labels;
  for (const double value : file.numbers(dimension)) labels.push_back(fmt::format("{}", value));
  return labels;
}

// Where each axis of the dataset is found among the keys; nullopt where the dataset is not on this table.
std::optional<std::vector<int>> axes_among(const Dataset& dataset, const std::vector<std::string>& keys) {
  std::vector<int> axes;
  int last = -1;
  for (const std::string& dimension : dataset.dimensions) {
    const auto found = std::find(keys.begin(), keys.end(), dimension);
    const int axis = found == keys.end() ? -1 : static_cast<int>(found - keys.begin());
    if (axis >= 0 && axis <= last) return std::nullopt;
    if (axis >= 0) last = axis;
    axes.push_back(axis);
  }
  return axes;
}

// The quality of a year or specification is shown in the table of that name, not beside each location.
bool is_quality(const std::string& dataset) {
  const std::string group = dataset.substr(0, dataset.find('/'));
  return group == "certificate" || group == "diagnostic" || group == "status";
}

// Dimensions that never make columns: the bins of histograms, and what makes rows in some table.
bool makes_no_columns(const std::string& dimension) {
  if (dimension.ends_with("_bin") || dimension.ends_with("_column")) return true;
  return std::any_of(layouts().begin(), layouts().end(), [&](const Layout& layout) {
    return std::find(layout.keys.begin(), layout.keys.end(), present_name(dimension)) != layout.keys.end();
  });
}

// A table shows what lies on its innermost key, and what describes one of its other keys alone: names, kinds, knobs.
bool belongs(const Dataset& dataset, const std::vector<int>& axes, const Layout& layout,
             const std::vector<std::string>& keys) {
  if (dataset.scale || dataset.kind == Kind::kOther || dataset.name.starts_with("tally/") ||
      dataset.name.ends_with("histogram")) {
    return false;
  }
  const auto on = [&](std::size_t key) {
    return std::find(axes.begin(), axes.end(), static_cast<int>(key)) != axes.end();
  };
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    if (axes[axis] < 0 && makes_no_columns(dataset.dimensions[axis])) return false;
  }
  const std::string table = layout.name;
  bool innermost = on(keys.size() - 1);
  if (table == "location_product") innermost = innermost || on(keys.size() - 2);
  if (table == "location_location" || table == "product_product") innermost = innermost && on(keys.size() - 2);
  if (table == "class") innermost = innermost && on(keys.size() - 2);
  const bool describes = axes.size() == 1 && axes[0] >= 0 && !is_quality(dataset.name);
  if (dataset.name.starts_with("raw/") != is_raw(table)) return is_raw(table) && describes;
  return innermost || describes;
}

void add_columns(const ResultReader& file, const Dataset& dataset, const std::vector<int>& axes, Plan& plan) {
  std::vector<std::size_t> stride(axes.size(), 1);
  for (std::size_t axis = axes.size(); axis-- > 1;) stride[axis - 1] = stride[axis] * dataset.shape[axis];
  Column column{column_name(dataset.name), &dataset, std::vector<std::size_t>(plan.keys.size(), 0), 0, 0, ""};
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    if (axes[axis] >= 0) column.stride[static_cast<std::size_t>(axes[axis])] = stride[axis];
  }
  while (column.outer < plan.outer && column.outer < axes.size() &&
         axes[column.outer] == static_cast<int>(column.outer)) {
    ++column.outer;
  }
  std::vector<Column> columns{column};
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    if (axes[axis] >= 0) continue;
    if (columns.size() * dataset.shape[axis] > kColumnsPerDataset) return;
    std::vector<std::string> labels(dataset.shape[axis]);
    if (!dataset.dimensions[axis].empty()) labels = labels_of(file, dataset.dimensions[axis]);
    const std::vector<std::string> plain = plain_labels(file, dataset.dimensions[axis]);
    std::vector<Column> expanded;
    for (const Column& base : columns) {
      for (std::size_t i = 0; i < labels.size(); ++i) {
        expanded.push_back(base);
        expanded.back().name += fmt::format(
            "_{}", labels[i].empty() ? fmt::format("{}", i) : column_label(dataset.dimensions[axis], labels[i]));
        expanded.back().offset += i * stride[axis];
        expanded.back().part += fmt::format("{}{} {}", base.part.empty() ? "" : ", ", dataset.dimensions[axis],
                                            i < plain.size() ? plain[i] : fmt::format("{}", i));
      }
    }
    columns = std::move(expanded);
  }
  plan.columns.insert(plan.columns.end(), columns.begin(), columns.end());
}

Plan plan_of(const ResultReader& file, const Layout& layout) {
  Plan plan;
  for (const std::string& layout_key : layout.keys) {
    const std::string key = name_in(file, layout_key);
    const Dataset* scale = file.find(key);
    if (scale == nullptr && key == "specification") continue;
    if (scale == nullptr || scale->shape.size() != 1) return {};
    plan.keys.push_back(key);
    plan.extents.push_back(scale->size());
  }
  plan.outer = plan.keys.size() > 2 ? plan.keys.size() - 2 : 0;
  bool full = false;  // some dataset lies on all keys, or there is no table
  for (const Dataset& dataset : file.datasets()) {
    const auto axes = axes_among(dataset, plan.keys);
    if (!axes || !belongs(dataset, *axes, layout, plan.keys)) continue;
    const std::size_t before = plan.columns.size();
    add_columns(file, dataset, *axes, plan);
    const auto used = std::count_if(axes->begin(), axes->end(), [](int axis) { return axis >= 0; });
    full = full || (plan.columns.size() > before && static_cast<std::size_t>(used) == plan.keys.size());
  }
  if (!full) return {};
  const auto rank = [](const Column& column) {
    if (column.dataset->shape.size() == 1) return -1;
    const auto found = std::find(std::begin(kKnown), std::end(kKnown), column.name);
    return static_cast<int>(found - std::begin(kKnown));
  };
  std::stable_sort(plan.columns.begin(), plan.columns.end(),
                   [&](const Column& a, const Column& b) { return rank(a) < rank(b); });
  std::map<std::string, int> seen;  // two datasets of one column name bear their groups
  for (const Column& column : plan.columns) ++seen[column.name];
  for (Column& column : plan.columns) {
    if (seen[column.name] < 2) continue;
    const std::string group = column.dataset->name.substr(0, column.dataset->name.find('/'));
    if (group != "measure" && group != "baseline") column.name = group + "_" + column.name;
  }
  return plan;
}

// The values of a column's dataset for one setting of the outer keys.
struct Loaded {
  std::vector<double> numbers;
  const std::vector<std::string>* texts = nullptr;
  std::vector<std::string> meanings;  // by code, of a dataset with flag_meanings
  std::optional<double> fill;         // what stands for "not measured"
  bool integer = false;
  std::vector<std::size_t> at;  // the outer setting that is loaded
};

std::vector<std::string> meanings_of(const ResultReader& file, const Dataset& dataset) {
  const AttributeValue* values = file.attribute(dataset.name, "flag_values");
  std::istringstream words(file.text_attribute(dataset.name, "flag_meanings"));
  std::vector<std::string> meanings;
  if (values == nullptr) return meanings;
  std::vector<std::int64_t> codes;
  if (const auto* many = std::get_if<std::vector<std::int64_t>>(values)) codes = *many;
  if (const auto* one = std::get_if<std::int64_t>(values)) codes = {*one};
  for (const std::int64_t code : codes) {
    std::string word;
    if (!(words >> word) || code < 0 || code > 255) return {};
    if (meanings.size() <= static_cast<std::size_t>(code)) meanings.resize(static_cast<std::size_t>(code) + 1);
    meanings[static_cast<std::size_t>(code)] = word;
  }
  return meanings;
}

void load(const ResultReader& file, const Column& column, const std::vector<std::size_t>& setting, Loaded& loaded) {
  const Dataset& dataset = *column.dataset;
  if (dataset.kind == Kind::kString) {
    loaded.texts = &file.strings(dataset.name);
    return;
  }
  const std::vector<std::size_t> at(setting.begin(), setting.begin() + static_cast<std::ptrdiff_t>(column.outer));
  if (!loaded.numbers.empty() && at == loaded.at) return;
  std::vector<std::size_t> offset(dataset.shape.size(), 0), count = dataset.shape;
  for (std::size_t axis = 0; axis < column.outer; ++axis) {
    offset[axis] = at[axis];
    count[axis] = 1;
  }
  loaded.numbers = file.slab(dataset.name, offset, count);
  loaded.at = at;
}

void put(const Loaded& loaded, std::size_t index, CsvWriter& csv) {
  if (loaded.texts != nullptr) return csv.field(std::string_view((*loaded.texts)[index]));
  const double value = loaded.numbers[index];
  if (loaded.fill && value == *loaded.fill) return csv.empty_field();
  const auto code = static_cast<std::size_t>(value >= 0 && value < 256 ? value : 256);
  if (code < loaded.meanings.size()) return csv.field(std::string_view(loaded.meanings[code]));
  csv.field(value);
}

// The panel's value by the labels of a table's rows.
class PanelValue {
 public:
  PanelValue(const Panel& panel, const ResultReader& file) : panel_(panel) {
    match(file.numbers("year"), panel.years, year_);
    match(file.strings("location"), panel.locations, location_);
    match(file.strings("product"), panel.products, product_);
  }
  double at(std::size_t year, std::size_t location, std::size_t product) const {
    constexpr auto kNone = static_cast<std::size_t>(-1);
    if (year_[year] == kNone || location_[location] == kNone || product_[product] == kNone) return std::nan("");
    return panel_.value[panel_.index(year_[year], location_[location], product_[product])];
  }

 private:
  template <class A, class B>
  static void match(const std::vector<A>& labels, const std::vector<B>& known, std::vector<std::size_t>& index) {
    std::unordered_map<A, std::size_t> place;
    for (std::size_t i = 0; i < known.size(); ++i) place.emplace(static_cast<A>(known[i]), i);
    for (const A& label : labels) {
      const auto found = place.find(label);
      index.push_back(found == place.end() ? static_cast<std::size_t>(-1) : found->second);
    }
  }
  const Panel& panel_;
  std::vector<std::size_t> year_, location_, product_;
};

// [year, location] of the file: what the panel says of them, by code; NaN where it does not.
std::vector<double> totals_of_labels(const Panel& panel, const ResultReader& file) {
  std::vector<double> totals;
  for (const double year : file.numbers("year")) {
    const auto place = std::find(panel.years.begin(), panel.years.end(), static_cast<std::int32_t>(year));
    const std::vector<double> known =
        place == panel.years.end() ? std::vector<double>{}
                                   : location_totals(panel, static_cast<std::size_t>(place - panel.years.begin()));
    for (const std::string& code : file.strings("location")) {
      const auto at = std::find(panel.locations.begin(), panel.locations.end(), code);
      const auto index = static_cast<std::size_t>(at - panel.locations.begin());
      totals.push_back(index < known.size() ? known[index] : std::nan(""));
    }
  }
  return totals;
}

// A dimension within a group ("dropped/item") numbers rows and says nothing.
bool shows_key(const std::string& key) {
  return key.find('/') == std::string::npos;
}

}  // namespace

std::vector<TableKind> tables_of(const ResultReader& file) {
  std::vector<TableKind> tables;
  for (const Layout& layout : layouts()) {
    const Plan plan = plan_of(file, layout);
    if (plan.columns.empty()) continue;
    TableKind table{layout.name, plan.keys, {}, {}};
    for (const std::string& key : plan.keys) {
      if (shows_key(key)) table.labels.push_back(present_name(key));
    }
    for (const Column& column : plan.columns) table.columns.push_back(column.name);
    tables.push_back(std::move(table));
  }
  return tables;
}

std::vector<ColumnDescription> describe_table(const ResultReader& file, const TableKind& table) {
  static constexpr std::pair<const char*, const char*> kKeys[] = {
      {"year", "year"},
      {"specification", "number of the specification, from 0"},
      {"location", "code of the location"},
      {"product", "code of the product"},
      {"class_rule", "number of the class rule, from 0"},
      {"replicate", "number of the replicate, from 1"}};
  const auto layout =
      std::find_if(layouts().begin(), layouts().end(), [&](const Layout& l) { return l.name == table.name; });
  std::vector<ColumnDescription> columns;
  for (const std::string& key : table.labels) {
    const auto known = std::find_if(std::begin(kKeys), std::end(kKeys), [&](const auto& k) { return key == k.first; });
    columns.push_back({key, known == std::end(kKeys) ? "code of the " + key : known->second, "", {key}, key});
  }
  for (const Column& column : plan_of(file, *layout).columns) {
    const std::string& dataset = column.dataset->name;
    const std::string meaning = file.text_attribute(dataset, "long_name"),
                      words = file.text_attribute(dataset, "flag_meanings");
    ColumnDescription described{column.name, meaning, file.text_attribute(dataset, "units"), {}, dataset};
    // The part stands in the first sentence; what follows is detail.
    if (!column.part.empty())
      described.meaning.insert(std::min(meaning.find(". "), meaning.size()), ": " + column.part);
    if (!words.empty()) described.meaning += " (" + words + ")";
    for (const std::string& dimension : column.dataset->dimensions) {
      if (std::find(table.keys.begin(), table.keys.end(), dimension) != table.keys.end())
        described.dimensions.push_back(present_name(dimension));
    }
    columns.push_back(std::move(described));
  }
  return columns;
}

void write_table(const ResultReader& file, const TableKind& table, const Panel* panel, CsvWriter& csv) {
  const auto layout =
      std::find_if(layouts().begin(), layouts().end(), [&](const Layout& l) { return l.name == table.name; });
  const Plan plan = plan_of(file, *layout);
  const std::size_t keys = plan.keys.size();
  std::vector<std::vector<std::string>> labels;
  std::vector<std::string> header;
  for (const std::string& key : plan.keys) {
    labels.push_back(labels_of(file, key));
    if (shows_key(key)) header.push_back(present_name(key));
  }
  const bool with_value = panel != nullptr && plan.keys.back() == "product" && table.name == "location_product";
  std::optional<PanelValue> value;
  if (with_value) value.emplace(*panel, file);
  if (with_value) header.push_back("value");
  // Files of former versions have no totals.
  const bool with_total = panel != nullptr && table.name == "location" && file.find("total") == nullptr;
  const std::vector<double> totals = with_total ? totals_of_labels(*panel, file) : std::vector<double>{};
  if (with_total) header.push_back("total");
  for (const Column& column : plan.columns) header.push_back(column.name);
  csv.header(header);
  // Columns of one dataset share what is loaded of it.
  std::map<const Dataset*, Loaded> loaded;
  for (const Column& column : plan.columns) {
    loaded[column.dataset].meanings = meanings_of(file, *column.dataset);
    loaded[column.dataset].fill = file.fill_value(column.dataset->name);
  }
  std::vector<const Loaded*> source;
  for (const Column& column : plan.columns) source.push_back(&loaded[column.dataset]);
  std::size_t rows = 1;
  for (const std::size_t extent : plan.extents) rows *= extent;
  std::vector<std::size_t> at(keys, 0);
  for (std::size_t row = 0; row < rows; ++row) {
    const bool first = std::all_of(at.begin() + static_cast<std::ptrdiff_t>(plan.outer), at.end(),
                                   [](std::size_t i) { return i == 0; });
    if (first) {
      for (const Column& column : plan.columns) load(file, column, at, loaded[column.dataset]);
    }
    for (std::size_t key = 0; key < keys; ++key) {
      if (shows_key(plan.keys[key])) csv.field(std::string_view(labels[key][at[key]]));
    }
    if (with_value) csv.field(value->at(at[0], at[keys - 2], at[keys - 1]));
    if (with_total) csv.field(totals[at[0] * plan.extents[keys - 1] + at[keys - 1]]);
    for (std::size_t i = 0; i < plan.columns.size(); ++i) {
      const Column& column = plan.columns[i];
      std::size_t index = column.offset;
      const std::size_t skip = source[i]->texts != nullptr ? 0 : column.outer;  // those axes were cut away by the slab
      for (std::size_t key = skip; key < keys; ++key) index += at[key] * column.stride[key];
      put(*source[i], index, csv);
    }
    csv.end_row();
    for (std::size_t key = keys; key-- > 0;) {
      if (++at[key] < plan.extents[key]) break;
      at[key] = 0;
    }
  }
}

void write_panel_table(const Panel& panel, bool zeros, CsvWriter& csv) {
  csv.header({"year", "location", "product", "value"});
  for (std::size_t year = 0; year < panel.years.size(); ++year) {
    for (std::size_t location = 0; location < panel.locations.size(); ++location) {
      if (panel.missing[year * panel.locations.size() + location] != 0) continue;
      for (std::size_t product = 0; product < panel.products.size(); ++product) {
        const double value = panel.value[panel.index(year, location, product)];
        if (value == 0 && !zeros) continue;
        csv.field(std::int64_t{panel.years[year]});
        csv.field(std::string_view(panel.locations[location]));
        csv.field(std::string_view(panel.products[product]));
        csv.field(value);
        csv.end_row();
      }
    }
  }
}

}  // namespace balassa
