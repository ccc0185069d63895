#include "io/panel/panel_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "io/base/content_hash.hpp"
#include "io/base/error.hpp"
#include "io/hdf5/result_file.hpp"
#include "io/panel/foreign_numbers.hpp"
#include "io/panel/panel_checks.hpp"
#include "io/panel/presets.hpp"

namespace balassa {
namespace {

constexpr const char* kFormat = "balassa-panel";
constexpr const char* kSparseLayout = "csr_year_location";
constexpr double kSparseDensity = 0.03;             // FORMATS 1
constexpr std::size_t kDenseBytes = 2'000'000'000;  // FORMATS 1
constexpr std::size_t kChunkProducts = 1024;        // FORMATS 1
constexpr std::size_t kLabelsLimit = 0x7fffffff;    // labels are indexed by int32

// The datasets of one panel file under whatever names it has.
class PanelSource {
 public:
  PanelSource(const std::string& path, const PanelNames& names) : file_(path), names_(names) {
    if (!names.foreign()) check_format();
    const auto or_else = [](const std::string& name, const std::string& ours) { return name.empty() ? ours : name; };
    value_ = or_else(names.value, "value");
    year_ = or_else(names.year, "year");
    location_ = or_else(names.location, "location");
    product_ = or_else(names.product, "product");
    if (names.foreign()) find_axes();
  }

  Panel read() {
    Panel panel;
    panel.title = file_.text_attribute("", "title");
    panel.source = file_.text_attribute("", "source");
    read_labels(panel);
    read_values(panel);
    panel.location_code_system = file_.text_attribute(location_, "code_system");
    panel.product_code_system = file_.text_attribute(product_, "code_system");
    read_optional(panel);
    return panel;
  }

 private:
  std::string at(const std::string& name) const { return fmt::format("{}:/{}", file_.path(), name); }
  [[noreturn]] void refuse(const std::string& message) const { throw Error(ExitCode::kBadData, message); }

  // Others order and name their dimensions as they like: the scales attached to the values say how.
  void find_axes() {
    const ResultReader::Dataset* value = file_.find(value_);
    if (value == nullptr || value->shape.size() != 3) return;
    const std::vector<std::string>& dimensions = value->dimensions;
    struct Axis {
      std::string* name;
      const std::string& given;
      Role role;
      const char* flag;
      std::optional<std::size_t> place = std::nullopt;
    };
    Axis axes[] = {{&year_, names_.year, Role::kYear, "--year-name"},
                   {&location_, names_.location, Role::kLocation, "--location-name"},
                   {&product_, names_.product, Role::kProduct, "--product-name"}};
    std::vector<bool> taken(3);
    for (Axis& axis : axes) {
      const ResultReader::Dataset* labels = axis.given.empty() ? nullptr : file_.find(axis.given);
      for (std::size_t i = 0; i < 3 && !axis.place; ++i) {
        if (dimensions[i].empty() || taken[i]) continue;
        const std::string last = dimensions[i].substr(dimensions[i].rfind('/') + 1);
        const bool here = axis.given.empty()
                              ? is_common_name(last, axis.role)
                              : dimensions[i] == axis.given || (labels != nullptr && !labels->shape.empty() &&
                                                                labels->dimensions[0] == dimensions[i]);
        if (here) axis.place = i;
      }
      if (axis.place) taken[*axis.place] = true;
    }
    // What no name tells keeps its order, but only where that is ours: else the user has to say.
    for (std::size_t role = 0; role < 3; ++role) {
      Axis& axis = axes[role];
      if (axis.place) continue;
      if (taken[role] || std::any_of(std::begin(axes), std::end(axes), [&](const Axis& other) {
            return other.place && *other.place != static_cast<std::size_t>(&other - axes);
          })) {
        const auto free = static_cast<std::size_t>(std::find(taken.begin(), taken.end(), false) - taken.begin());
        if (std::count(taken.begin(), taken.end(), false) > 1) {
          refuse(fmt::format(
              "{}: found dimensions [{}, {}, {}], expected years, locations and products; say which is which "
              "with {}",
              at(value_), printable(dimensions[0]), printable(dimensions[1]), printable(dimensions[2]), axis.flag));
        }
        axis.place = free;
      } else {
        axis.place = role;
      }
      taken[*axis.place] = true;
    }
    for (std::size_t role = 0; role < 3; ++role) {
      order_[role] = *axes[role].place;
      const std::string& dimension = dimensions[order_[role]];
      if (axes[role].given.empty() && !dimension.empty()) *axes[role].name = dimension;
      const ResultReader::Dataset* labels = file_.find(*axes[role].name);
      if (labels != nullptr && labels->anonymous) {
        refuse(fmt::format(
            "{}: found a dimension without labels, expected codes; name the dataset that holds them with {}",
            at(*axes[role].name), axes[role].flag));
      }
    }
  }

  // Values in the order [year, location, product].
  std::vector<double> in_our_order(std::vector<double> values, const std::vector<std::size_t>& shape) const {
    if (order_[0] == 0 && order_[1] == 1) return values;
    std::size_t step[3] = {shape[1] * shape[2], shape[2], 1};
    std::vector<double> ordered;
    ordered.reserve(values.size());
    for (std::size_t y = 0; y < shape[order_[0]]; ++y) {
      for (std::size_t l = 0; l < shape[order_[1]]; ++l) {
        for (std::size_t p = 0; p < shape[order_[2]]; ++p) {
          ordered.push_back(values[y * step[order_[0]] + l * step[order_[1]] + p * step[order_[2]]]);
        }
      }
    }
    return ordered;
  }

  // Whether a further dataset is there as a panel has it; one of another shape in someone else's file is another thing.
  bool has(const std::string& name, const std::vector<std::size_t>& shape) const {
    const ResultReader::Dataset* dataset = file_.find(name);
    return dataset != nullptr && (!names_.foreign() || dataset->shape == shape);
  }

  void check_format() const {
    const std::string format = file_.format();
    if (format != kFormat) {
      std::string holders;
      for (const ResultReader::Dataset& dataset : file_.datasets()) {
        if (dataset.shape.size() == 3) holders += (holders.empty() ? " (it has " : ", ") + printable(dataset.name);
      }
      refuse(
          fmt::format("{}: found {}, expected format \"{}\"; make a panel of it: balassa import FILE --value-name "
                      "DATASET -o PANEL{}",
                      file_.path(), format.empty() ? "no format attribute" : "format \"" + printable(format) + "\"",
                      kFormat, holders.empty() ? "" : holders + ")"));
    }
    if (file_.version() != kPanelVersion) {
      refuse(fmt::format("{}: found version {}, expected {}; use the balassa that wrote it or import again",
                         file_.path(), file_.version(), kPanelVersion));
    }
  }

  // Codes as text; whole numbers of other people's files become text.
  std::vector<std::string> labels(const std::string& name) const {
    const ResultReader::Dataset& dataset = file_.require(name);
    if (dataset.shape.size() != 1) refuse(fmt::format("{}: found {} axes, expected 1", at(name), dataset.shape.size()));
    if (dataset.size() > kLabelsLimit)
      refuse(fmt::format("{}: found {} labels, expected fewer", at(name), dataset.size()));
    if (dataset.kind == ResultReader::Dataset::Kind::kNumber && names_.foreign()) {
      std::vector<std::string> texts;
      for (const std::int64_t number : file_.integers(name)) texts.push_back(fmt::format("{}", number));
      return texts;
    }
    return file_.strings(name);
  }

  void read_labels(Panel& panel) const {
    const ResultReader::Dataset& year = file_.require(year_);
    if (year.shape.size() != 1) refuse(fmt::format("{}: found {} axes, expected 1", at(year_), year.shape.size()));
    if (year.size() > 100000) refuse(fmt::format("{}: found {} years, expected fewer", at(year_), year.size()));
    panel.years = years_of_axis(file_, year_);
    if (names_.foreign()) check_foreign_years(at(year_), panel.years);
    panel.locations = labels(location_);
    panel.products = labels(product_);
    check_years(at(year_), panel.years);
    check_codes(at(location_), panel.locations);
    check_codes(at(product_), panel.products);
  }

  void require_shape(const std::string& name, const std::vector<std::size_t>& shape) const {
    const ResultReader::Dataset& dataset = file_.require(name);
    if (dataset.shape == shape) return;
    const auto text = [](const std::vector<std::size_t>& extents) {
      std::string joined;
      for (const std::size_t extent : extents) joined += (joined.empty() ? "" : ", ") + fmt::format("{}", extent);
      return "[" + joined + "]";
    };
    refuse(fmt::format("{}: found shape {}, expected {} (years, locations, products as they are labelled)", at(name),
                       text(dataset.shape), text(shape)));
  }

  void read_values(Panel& panel) const {
    const std::size_t years = panel.years.size(), locations = panel.locations.size(), products = panel.products.size();
    if (!names_.foreign() && file_.find("value") == nullptr && file_.find("sparse/data") != nullptr) {
      read_sparse(panel);
    } else {
      const std::size_t extents[] = {years, locations, products};
      std::vector<std::size_t> shape(3);
      for (std::size_t role = 0; role < 3; ++role) shape[order_[role]] = extents[role];
      require_shape(value_, shape);
      panel.value = names_.foreign() ? in_our_order(observed_numbers(file_, value_), shape) : file_.numbers(value_);
      check_values(at(value_), panel);
    }
    const std::string unit_holder = file_.find(value_) != nullptr ? value_ : "sparse/data";
    panel.units = file_.text_attribute(unit_holder, "units");
    panel.long_name = file_.text_attribute(unit_holder, "long_name");
    if (!names_.foreign() || has("missing", {years, locations})) {
      require_shape("missing", {years, locations});
      const std::vector<std::uint64_t> missing = file_.counts("missing");
      for (std::size_t i = 0; i < missing.size(); ++i) {
        if (missing[i] > 1) {
          refuse(fmt::format("{}[year {}, location {}]: found {}, expected 0 or 1", at("missing"),
                             panel.years[i / locations], printable(panel.locations[i % locations]), missing[i]));
        }
        panel.missing.push_back(static_cast<std::uint8_t>(missing[i]));
      }
      return;
    }
    // Other people's files: a location of which nothing but NaN is known in a year.
    panel.missing.resize(years * locations);
    for (std::size_t i = 0; i < panel.missing.size(); ++i) {
      const auto row = panel.value.begin() + static_cast<std::ptrdiff_t>(i * products);
      panel.missing[i] =
          std::all_of(row, row + static_cast<std::ptrdiff_t>(products), [](double v) { return std::isnan(v); });
    }
  }

  void read_sparse(Panel& panel) const {
    const std::size_t rows = panel.years.size() * panel.locations.size(), products = panel.products.size();
    const std::string layout = file_.text_attribute("sparse", "layout");
    if (layout != kSparseLayout) {
      refuse(fmt::format("{}: found layout \"{}\", expected \"{}\"", at("sparse"), printable(layout), kSparseLayout));
    }
    const AttributeValue* stored = file_.attribute("sparse", "shape");
    const auto* shape = stored == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(stored);
    const std::vector<std::int64_t> expected{static_cast<std::int64_t>(panel.years.size()),
                                             static_cast<std::int64_t>(panel.locations.size()),
                                             static_cast<std::int64_t>(products)};
    if (shape == nullptr || *shape != expected) {
      refuse(fmt::format("{}: found another attribute `shape` than the labels give, expected [{}, {}, {}]",
                         at("sparse"), expected[0], expected[1], expected[2]));
    }
    require_shape("sparse/indptr", {rows + 1});
    const std::vector<std::int64_t> start = file_.integers("sparse/indptr");
    const std::size_t entries = file_.require("sparse/data").size();
    require_shape("sparse/data", {entries});
    require_shape("sparse/indices", {entries});
    const std::vector<std::int64_t> column = file_.integers("sparse/indices");
    const std::vector<double> data = file_.numbers("sparse/data");
    for (std::size_t row = 0; row < rows; ++row) {
      if (start[0] != 0 || start[row + 1] < start[row] || start[rows] != static_cast<std::int64_t>(entries)) {
        refuse(fmt::format("{}[{}]: found {} to {}, expected an ascent from 0 to {}", at("sparse/indptr"), row,
                           start[row], start[row + 1], entries));
      }
    }
    allocate(panel);
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::int64_t entry = start[row]; entry < start[row + 1]; ++entry) {
        const auto i = static_cast<std::size_t>(entry);
        if (column[i] < 0 || static_cast<std::size_t>(column[i]) >= products ||
            (entry > start[row] && column[i] <= column[i - 1])) {
          refuse(fmt::format("{}[{}]: found {}, expected ascending indices below {}", at("sparse/indices"), i,
                             column[i], products));
        }
        panel.value[row * products + static_cast<std::size_t>(column[i])] = data[i];
      }
    }
    check_values(at("sparse/data"), panel);
  }

  void allocate(Panel& panel) const {
    std::size_t cells = 0;
    const bool overflow =
        __builtin_mul_overflow(panel.years.size() * panel.locations.size(), panel.products.size(), &cells) ||
        cells > physical_memory() / sizeof(double);
    if (overflow) {
      throw Error(ExitCode::kOutOfMemory,
                  fmt::format("{}: {} x {} x {} values need more than the {:.1f} GB of memory that the machine has",
                              file_.path(), panel.years.size(), panel.locations.size(), panel.products.size(),
                              static_cast<double>(physical_memory()) / 1e9));
    }
    panel.value.assign(cells, 0.0);
  }

  std::vector<std::string> optional_texts(const std::string& name, std::size_t size) const {
    if (!has(name, {size})) return {};
    require_shape(name, {size});
    check_texts(at(name), file_.strings(name));
    return file_.strings(name);
  }

  std::vector<double> optional_table(const std::string& name, const Panel& panel) const {
    if (!has(name, {panel.years.size(), panel.locations.size()})) return {};
    require_shape(name, {panel.years.size(), panel.locations.size()});
    std::vector<double> values = names_.foreign() ? observed_numbers(file_, name) : file_.numbers(name);
    check_table(at(name), panel, values);
    return values;
  }

  void read_optional(Panel& panel) const {
    const std::size_t locations = panel.locations.size(), products = panel.products.size();
    panel.location_name = optional_texts("location_name", locations);
    panel.product_name = optional_texts("product_name", products);
    panel.location_kind = optional_texts("location_kind", locations);
    if (has("location_parent", {locations})) {
      require_shape("location_parent", {locations});
      for (const std::int64_t parent : file_.integers("location_parent")) {
        panel.location_parent.push_back(static_cast<std::int32_t>(std::clamp<std::int64_t>(parent, -2, kLabelsLimit)));
      }
    }
    panel.population = optional_table("population", panel);
    panel.gdp = optional_table("gdp", panel);
    panel.population_units = file_.text_attribute("population", "units");
    panel.gdp_units = file_.text_attribute("gdp", "units");
    for (const ResultReader::Dataset& dataset : file_.datasets()) {
      const auto slash = dataset.name.find('/');
      const std::string group = dataset.name.substr(0, slash);
      if (slash == std::string::npos || names_.foreign()) continue;
      const std::string name = dataset.name.substr(slash + 1);
      if (group == "product_class") panel.product_class[name] = optional_texts(dataset.name, products);
      if (group == "table") panel.table[name] = optional_table(dataset.name, panel);
    }
    check_parents(at("location_parent"), panel);
  }

  ResultReader file_;
  const PanelNames& names_;
  std::string value_, year_, location_, product_;
  std::array<std::size_t, 3> order_{0, 1, 2};  // axis of the years, the locations, the products in the values
};

Attributes described(std::initializer_list<std::pair<const char*, const std::string&>> entries) {
  Attributes attributes;
  for (const auto& [name, text] : entries) {
    if (!text.empty()) attributes.emplace_back(name, text);
  }
  return attributes;
}

void write_sparse(ResultFile& file, const Panel& panel, std::size_t entries) {
  const std::size_t rows = panel.years.size() * panel.locations.size(), products = panel.products.size();
  std::vector<std::int64_t> start(rows + 1, 0);
  std::vector<std::int32_t> column;
  std::vector<double> data;
  column.reserve(entries);
  data.reserve(entries);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t product = 0; product < products; ++product) {
      const double value = panel.value[row * products + product];
      if (value == 0) continue;  // NaN is stored
      column.push_back(static_cast<std::int32_t>(product));
      data.push_back(value);
    }
    start[row + 1] = static_cast<std::int64_t>(data.size());
  }
  file.dimension("sparse/pointer", rows + 1);
  file.dimension("sparse/entry", data.size());
  file.write("sparse/indptr", start, {"sparse/pointer"});
  file.write("sparse/indices", column, {"sparse/entry"});
  file.write("sparse/data", data, {"sparse/entry"}, described({{"units", panel.units}, {"long_name", panel.long_name}}),
             {Compression::kGzip, {}});
  file.attribute("sparse", "shape",
                 std::vector<std::int64_t>{static_cast<std::int64_t>(panel.years.size()),
                                           static_cast<std::int64_t>(panel.locations.size()),
                                           static_cast<std::int64_t>(products)});
  file.attribute("sparse", "layout", std::string(kSparseLayout));
}

void write_values(ResultFile& file, const Panel& panel) {
  const auto entries = static_cast<std::size_t>(
      std::count_if(panel.value.begin(), panel.value.end(), [](double value) { return value != 0; }));
  const bool sparse = static_cast<double>(entries) < kSparseDensity * static_cast<double>(panel.value.size()) ||
                      panel.value.size() * sizeof(double) > kDenseBytes;
  if (sparse) return write_sparse(file, panel, entries);
  file.write("value", panel.value, {"year", "location", "product"},
             described({{"units", panel.units}, {"long_name", panel.long_name}}),
             {Compression::kGzip, {1, panel.locations.size(), std::min(panel.products.size(), kChunkProducts)}});
}

void write_optional(ResultFile& file, const Panel& panel) {
  if (!panel.location_name.empty()) file.write("location_name", panel.location_name, {"location"});
  if (!panel.product_name.empty()) file.write("product_name", panel.product_name, {"product"});
  if (!panel.location_parent.empty()) file.write("location_parent", panel.location_parent, {"location"});
  if (!panel.location_kind.empty()) file.write("location_kind", panel.location_kind, {"location"});
  for (const auto& [scheme, classes] : panel.product_class) file.write("product_class/" + scheme, classes, {"product"});
  const Storage storage{Compression::kGzip, {}};
  if (!panel.population.empty()) {
    file.write("population", panel.population, {"year", "location"}, described({{"units", panel.population_units}}),
               storage);
  }
  if (!panel.gdp.empty()) {
    file.write("gdp", panel.gdp, {"year", "location"}, described({{"units", panel.gdp_units}}), storage);
  }
  for (const auto& [name, values] : panel.table) file.write("table/" + name, values, {"year", "location"}, {}, storage);
}

}  // namespace

Panel read_panel(const std::string& path, const PanelNames& names) {
  return PanelSource(path, names).read();
}

void write_panel(const std::string& path, const Panel& panel, bool force) {
  check_panel(path, panel);
  ResultFile file(path, kFormat, kPanelVersion, force);
  for (const auto& [name, value] : described({{"title", panel.title}, {"source", panel.source}}))
    file.attribute(name, value);
  file.dimension("year", std::span<const std::int32_t>(panel.years), {{"long_name", "year"}});
  Attributes location{{"long_name", "location code"}}, product{{"long_name", "product code"}};
  if (!panel.location_code_system.empty()) location.emplace_back("code_system", panel.location_code_system);
  if (!panel.product_code_system.empty()) product.emplace_back("code_system", panel.product_code_system);
  file.dimension("location", panel.locations, location);
  file.dimension("product", panel.products, product);
  write_values(file, panel);
  file.write("missing", panel.missing, {"year", "location"},
             {{"long_name", "nothing is known of this location in this year"},
              {"flag_values", std::vector<std::uint8_t>{0, 1}},
              {"flag_meanings", "known missing"}});
  write_optional(file, panel);
  file.commit();
}

std::string panel_hash(const Panel& panel) {
  ContentHash hash;
  hash.add(std::span<const std::int32_t>(panel.years));
  hash.add(panel.locations);
  hash.add(panel.products);
  hash.add(std::span<const double>(panel.value));
  hash.add(std::span<const std::uint8_t>(panel.missing));
  for (const std::string* text : {&panel.title, &panel.source, &panel.units, &panel.long_name,
                                  &panel.location_code_system, &panel.product_code_system}) {
    hash.add(std::string_view(*text));
  }
  hash.add(panel.location_name);
  hash.add(panel.product_name);
  hash.add(std::span<const std::int32_t>(panel.location_parent));
  hash.add(panel.location_kind);
  for (const auto& [scheme, classes] : panel.product_class) {
    hash.add(std::string_view(scheme));
    hash.add(classes);
  }
  hash.add(std::span<const double>(panel.population));
  hash.add(std::span<const double>(panel.gdp));
  hash.add(std::string_view(panel.population_units));
  hash.add(std::string_view(panel.gdp_units));
  for (const auto& [name, values] : panel.table) {
    hash.add(std::string_view(name));
    hash.add(std::span<const double>(values));
  }
  return hash.hex();
}

}  // namespace balassa
