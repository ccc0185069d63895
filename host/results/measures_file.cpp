#include "host/results/measures_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<const char*, kValidityCount> kValidities = {"valid",     "too_small", "disconnected",
                                                                 "tied_axis", "no_signal", "localised"};
const std::string kStatusMeanings = "ok missing no_trade no_diversity no_ubiquity year_undefined other_component";

Attributes flags(const std::string& long_name, const std::string& meanings) {
  const auto count = 1 + std::count(meanings.begin(), meanings.end(), ' ');
  std::vector<std::uint8_t> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i);
  return {{"long_name", long_name}, {"flag_values", values}, {"flag_meanings", meanings}};
}

ItemStatus item_status(Status status) {
  switch (status) {
    case Status::kOk:
      return ItemStatus::kOk;
    case Status::kNoTrade:
      return ItemStatus::kNoTrade;
    case Status::kNoDiversity:
      return ItemStatus::kNoDiversity;
    case Status::kNoUbiquity:
      return ItemStatus::kNoUbiquity;
    case Status::kYearUndefined:
      return ItemStatus::kYearUndefined;
    case Status::kOtherComponent:
      return ItemStatus::kOtherComponent;
  }
  return ItemStatus::kOk;
}

std::vector<ItemStatus> panel_status(const MeasuredYear& year, bool locations, std::size_t size,
                                     const std::vector<std::int32_t>& item, const std::vector<Status>& status) {
  std::vector<ItemStatus> all(size, ItemStatus::kNoTrade);
  for (const DroppedItem& dropped : year.selected.dropped) {
    if (dropped.location != locations || dropped.reason != DroppedItem::Reason::kMissing) continue;
    all[static_cast<std::size_t>(dropped.item)] = ItemStatus::kMissing;
  }
  for (std::size_t i = 0; i < item.size(); ++i) all[static_cast<std::size_t>(item[i])] = item_status(status[i]);
  return all;
}

// Compact values at their places in the panel; `absent` elsewhere.
template <class T>
std::vector<T> spread(const std::vector<T>& compact, const std::vector<std::int32_t>& item, std::size_t size,
                      T absent) {
  std::vector<T> all(size, absent);
  for (std::size_t i = 0; i < item.size(); ++i) all[static_cast<std::size_t>(item[i])] = compact[i];
  return all;
}

template <class T>
std::vector<T> spread_cells(const std::vector<T>& compact, const Year& year, T absent) {
  const auto products = static_cast<std::size_t>(year.panel_products);
  std::vector<T> all(static_cast<std::size_t>(year.panel_locations) * products, absent);
  std::size_t cell = 0;
  for (const std::int32_t c : year.location_item) {
    for (const std::int32_t p : year.product_item) all[static_cast<std::size_t>(c) * products + p] = compact[cell++];
  }
  return all;
}

std::vector<std::uint8_t> bytes_of(const std::vector<ItemStatus>& status) {
  std::vector<std::uint8_t> bytes;
  for (const ItemStatus s : status) bytes.push_back(static_cast<std::uint8_t>(s));
  return bytes;
}

// Fill values of what a year without scores does not have.
constexpr std::uint8_t kNoAnswer = 255;
constexpr std::int32_t kNoReflectionSign = -9;
Storage absent_is(std::int64_t fill) {
  Storage storage;
  storage.fill = fill;
  return storage;
}

Attributes code_system(const std::string& system) {
  return system.empty() ? Attributes{} : Attributes{{"code_system", system}};
}

const std::vector<std::string> kByYear{"year"}, kByLocation{"year", "location"}, kByProduct{"year", "product"},
    kByCell{"year", "location", "product"};

}  // namespace

const char* validity_text(Validity validity) {
  return kValidities[static_cast<std::size_t>(validity)];
}

std::string validity_meanings() {
  return fmt::format("{}", fmt::join(kValidities, " "));
}

std::vector<std::string> invalid_causes() {
  return {kValidities.begin() + 1, kValidities.end()};
}

std::vector<ItemStatus> location_status(const MeasuredYear& year, std::size_t panel_locations) {
  return panel_status(year, true, panel_locations, year.selected.year.location_item, year.measures.location_status);
}

std::vector<ItemStatus> product_status(const MeasuredYear& year, std::size_t panel_products) {
  return panel_status(year, false, panel_products, year.selected.year.product_item, year.measures.product_status);
}

MeasuresFile::MeasuresFile(const std::string& path, const Panel& panel, const std::vector<std::size_t>& years,
                           const MeasuresHeader& header, bool force)
    : panel_(panel), header_(header), file_(path, "balassa-measures", kMeasuresVersion, force) {
  file_.attribute("convention", header.convention);
  file_.attribute("specification", header.specification);
  file_.attribute("panel_hash", header.panel_hash);
  file_.attribute("precision", std::string("double"));
  file_.attribute("arithmetic", header.arithmetic);
  if (!panel.title.empty()) file_.attribute("title", panel.title);
  if (!panel.source.empty()) file_.attribute("source", panel.source);
  std::vector<std::int32_t> labels;
  for (const std::size_t index : years) labels.push_back(panel.years[index]);
  file_.dimension("year", labels);
  file_.dimension("location", panel.locations, code_system(panel.location_code_system));
  file_.dimension("product", panel.products, code_system(panel.product_code_system));
  file_.dimension("eigenvalue", std::vector<std::int32_t>{1, 2, 3, 4});
  begin_datasets();
}

void MeasuresFile::begin_real(const std::string& name, const std::vector<std::string>& dimensions,
                              const std::string& long_name) {
  const Attributes attributes{{"long_name", long_name}};
  // A chunk never spans two years, which are written one after the other.
  Storage storage;
  storage.chunk = {1, panel_.locations.size(), panel_.products.size()};
  storage.chunk[1] = std::clamp<std::size_t>((1u << 20) / (8 * panel_.products.size()), 1, panel_.locations.size());
  if (dimensions.size() != 3) storage.chunk.clear();
  if (header_.compact)
    file_.begin<float>(name, dimensions, attributes, storage);
  else
    file_.begin<double>(name, dimensions, attributes, storage);
}

void MeasuresFile::begin_datasets() {
  begin_real("measure/rca", kByCell, "revealed comparative advantage, (X_cp / X_c) / (X_p / X)");
  file_.begin<std::uint8_t>("measure/mcp", kByCell, {{"long_name", std::string("presence")}});
  begin_real("measure/diversity", kByLocation, "products present in a location");
  begin_real("measure/ubiquity", kByProduct, "locations in which a product is present");
  begin_real("measure/eci", kByLocation, "economic complexity index");
  begin_real("measure/pci", kByProduct, "product complexity index");
  file_.begin<std::int32_t>("measure/eci_rank", kByLocation, {{"long_name", std::string("1 = highest, 0 = no ECI")}},
                            absent_is(0));
  file_.begin<std::int32_t>("measure/pci_rank", kByProduct, {{"long_name", std::string("1 = highest, 0 = no PCI")}},
                            absent_is(0));
  begin_real("measure/hhi", kByLocation, "Herfindahl-Hirschman index of the export basket, 0..10000");
  file_.begin<std::uint8_t>("measure/p_quartile", kByProduct,
                            flags("quartile of the PCI, 1 = most complex", "none P1 P2 P3 P4"));
  if (header_.reflections > 0) {
    begin_real("measure/reflection_location", kByLocation, "k_{c,N} of the method of reflections");
    begin_real("measure/reflection_product", kByProduct, "k_{p,N} of the method of reflections");
  }
  file_.begin<std::uint8_t>("status/year", kByYear, flags("why a year has no scores", validity_meanings()));
  file_.begin<std::uint8_t>("status/location", kByLocation, flags("why a location has no score", kStatusMeanings));
  file_.begin<std::uint8_t>("status/product", kByProduct, flags("why a product has no score", kStatusMeanings));
  file_.begin<std::int32_t>("status/component", kByLocation,
                            {{"long_name", std::string("component of the graph of presence, from 0; -1 = not in it")}},
                            absent_is(-1));
  file_.begin<double>("spectrum", {"year", "eigenvalue"},
                      {{"long_name", std::string("largest eigenvalues of D^-1 M U^-1 M^T")}});
  for (const char* name : {"residual", "gap", "participation", "corr_eci_diversity", "corr_pci_ubiquity"}) {
    file_.begin<double>(std::string("certificate/") + name, kByYear);
  }
  file_.begin<double>(
      "certificate/corr_reflection", kByYear,
      {{"long_name", std::string("corr(ECI, diversity) weighted by diversity, the sign of sum k_c^2 K_c")}});
  file_.begin<double>("certificate/corr_year_before", kByYear,
                      {{"long_name", std::string("correlation of the ECI with that of the last year before that has "
                                                 "scores, on common locations")}});
  file_.begin<std::int32_t>("certificate/components", kByYear);
  file_.begin<std::int32_t>(
      "certificate/undecided_pairs", kByYear,
      {{"long_name", std::string("neighbours in rank nearer than their error bound; -1 = no ECI")}}, absent_is(-1));
  file_.begin<std::int32_t>("certificate/reflection_sign", kByYear,
                            {{"long_name", std::string("sign of corr_reflection; -9 = no ECI")}},
                            absent_is(kNoReflectionSign));
  for (const auto& [name, what] :
       {std::pair{"sign_ambiguous", "a sign rule votes against the sign, or none votes; 255 = no ECI"},
        {"sign_undefined", "the sign rule says nothing; 255 = no ECI"},
        {"few_locations", "participation below 3; 255 = no axis"},
        {"turned", "turned round to go with the other years; 255 = no ECI"}}) {
    file_.begin<std::uint8_t>(std::string("certificate/") + name, kByYear, flags(what, "no yes"), absent_is(kNoAnswer));
  }
  if (header_.reflections > 0) {
    file_.begin<std::uint8_t>("certificate/reflection_lost", kByYear,
                              flags("reflections have lost their signal to rounding", "no yes"));
  }
}

void MeasuresFile::write_real(const std::string& name, std::size_t position, const std::vector<std::size_t>& shape,
                              const std::vector<double>& values) {
  std::vector<std::size_t> offset(shape.size() + 1, 0), count{1};
  offset[0] = position;
  count.insert(count.end(), shape.begin(), shape.end());
  if (header_.compact) {
    const std::vector<float> narrow(values.begin(), values.end());
    file_.write_slab<float>(name, offset, count, narrow);
  } else {
    file_.write_slab<double>(name, offset, count, values);
  }
}

void MeasuresFile::write_year(std::size_t position, const MeasuredYear& measured) {
  const Year& year = measured.selected.year;
  const YearMeasures& measures = measured.measures;
  const std::size_t locations = panel_.locations.size(), products = panel_.products.size();
  const auto& row = year.location_item;
  const auto& column = year.product_item;

  write_real("measure/rca", position, {locations, products}, spread_cells(measures.rca, year, kNan));
  file_.write_slab<std::uint8_t>("measure/mcp", {position, 0, 0}, {1, locations, products},
                                 spread_cells<std::uint8_t>(measures.presence, year, 0));
  const auto by_location = [&](const char* name, const std::vector<double>& values) {
    write_real(name, position, {locations}, spread(values, row, locations, kNan));
  };
  const auto by_product = [&](const char* name, const std::vector<double>& values) {
    write_real(name, position, {products}, spread(values, column, products, kNan));
  };
  by_location("measure/diversity", measures.diversity);
  by_location("measure/eci", measures.eci);
  by_location("measure/hhi", measures.hhi);
  by_product("measure/ubiquity", measures.ubiquity);
  by_product("measure/pci", measures.pci);
  if (header_.reflections > 0) {
    by_location("measure/reflection_location", measures.reflection_location);
    by_product("measure/reflection_product", measures.reflection_product);
  }
  file_.write_slab<std::int32_t>("measure/eci_rank", {position, 0}, {1, locations},
                                 spread(measures.eci_rank, row, locations, 0));
  file_.write_slab<std::int32_t>("measure/pci_rank", {position, 0}, {1, products},
                                 spread(measures.pci_rank, column, products, 0));
  file_.write_slab<std::uint8_t>("measure/p_quartile", {position, 0}, {1, products},
                                 spread<std::uint8_t>(measures.pci_quartile, column, products, 0));
  file_.write_slab<std::int32_t>("status/component", {position, 0}, {1, locations},
                                 spread(measures.location_component, row, locations, -1));
  const std::vector<ItemStatus> of_location = location_status(measured, locations),
                                of_product = product_status(measured, products);
  file_.write_slab<std::uint8_t>("status/location", {position, 0}, {1, locations}, bytes_of(of_location));
  file_.write_slab<std::uint8_t>("status/product", {position, 0}, {1, products}, bytes_of(of_product));
  write_certificate(position, measured);

  const auto list = [&](std::uint8_t kind, const std::vector<ItemStatus>& status,
                        const std::vector<std::string>& code) {
    for (std::size_t i = 0; i < status.size(); ++i) {
      if (status[i] == ItemStatus::kOk || status[i] == ItemStatus::kYearUndefined) continue;
      dropped_.year.push_back(year.label);
      dropped_.kind.push_back(kind);
      dropped_.code.push_back(code[i]);
      dropped_.reason.push_back(static_cast<std::uint8_t>(status[i]));
    }
  };
  list(0, of_location, panel_.locations);
  list(1, of_product, panel_.products);
}

void MeasuresFile::write_certificate(std::size_t position, const MeasuredYear& measured) {
  const YearMeasures& measures = measured.measures;
  const auto one = [&]<class T>(const std::string& name, T value) {
    file_.write_slab<T>(name, {position}, {1}, std::vector<T>{value});
  };
  file_.write_slab<double>("spectrum", {position, 0}, {1, 4}, measures.lambda);
  one("status/year", static_cast<std::uint8_t>(measures.validity));
  one("certificate/residual", measures.residual);
  one("certificate/gap", measures.gap);
  one("certificate/participation", measures.participation);
  one("certificate/corr_eci_diversity", measures.corr_eci_diversity);
  one("certificate/corr_pci_ubiquity", measures.corr_pci_ubiquity);
  one("certificate/components", static_cast<std::int32_t>(measures.components));
  one("certificate/corr_reflection", measures.corr_reflection);
  one("certificate/corr_year_before", measured.before.correlation);
  const bool valid = measures.validity == Validity::kValid;
  one("certificate/undecided_pairs", static_cast<std::int32_t>(valid ? measures.undecided : -1));
  const auto flag = [](bool tested, bool value) { return tested ? static_cast<std::uint8_t>(value) : kNoAnswer; };
  const double statistic = measures.corr_reflection;
  one("certificate/reflection_sign",
      valid ? std::int32_t{statistic > 0} - std::int32_t{statistic < 0} : kNoReflectionSign);
  one("certificate/sign_ambiguous", flag(valid, measures.sign_ambiguous));
  one("certificate/sign_undefined", flag(valid, measures.sign_undefined));
  one("certificate/few_locations", flag(has_axis(measures.validity), measures.participation < kFewLocations));
  one("certificate/turned", flag(valid, measures.turned));
  if (header_.reflections > 0) one("certificate/reflection_lost", static_cast<std::uint8_t>(measures.reflection_lost));
}

void MeasuresFile::commit() {
  // HDF5 has no use for a dimension of length 0: where nothing was dropped there is no /dropped.
  if (!dropped_.year.empty()) {
    file_.dimension("dropped/item", dropped_.year.size());
    file_.write("dropped/year", dropped_.year, {"dropped/item"});
    file_.write("dropped/kind", dropped_.kind, {"dropped/item"}, flags("what was dropped", "location product"));
    file_.write("dropped/code", dropped_.code, {"dropped/item"});
    file_.write("dropped/reason", dropped_.reason, {"dropped/item"}, flags("why it was dropped", kStatusMeanings));
  }
  file_.commit();
}

}  // namespace balassa
