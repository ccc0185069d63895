#include "host/results/measures_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "io/panel/location_totals.hpp"

namespace balassa {
namespace {

constexpr std::size_t kEigenvalues = 4;
const std::string kStatusMeanings =
    "ok missing no_trade no_diversity no_ubiquity year_undefined other_component below_min_total";

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
    if (dropped.location != locations || dropped.reason == DroppedItem::Reason::kNoTrade) continue;
    all[static_cast<std::size_t>(dropped.item)] =
        dropped.reason == DroppedItem::Reason::kMissing ? ItemStatus::kMissing : ItemStatus::kBelowMinTotal;
  }
  for (std::size_t i = 0; i < item.size(); ++i) all[static_cast<std::size_t>(item[i])] = item_status(status[i]);
  return all;
}

Attributes code_system(const std::string& system) {
  return system.empty() ? Attributes{} : Attributes{{"code_system", system}};
}

}  // namespace

Attributes flags_of(const std::string& long_name, const std::string& meanings) {
  const auto count = 1 + std::count(meanings.begin(), meanings.end(), ' ');
  std::vector<std::uint8_t> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i);
  return {{"long_name", long_name}, {"flag_values", values}, {"flag_meanings", meanings}};
}

const std::string& status_meanings() {
  return kStatusMeanings;
}

std::vector<ItemStatus> location_status(const MeasuredYear& year, std::size_t panel_locations) {
  return panel_status(year, true, panel_locations, year.selected.year.location_item, year.measures.location_status);
}

std::vector<ItemStatus> product_status(const MeasuredYear& year, std::size_t panel_products) {
  return panel_status(year, false, panel_products, year.selected.year.product_item, year.measures.product_status);
}

MeasuresFile::MeasuresFile(const std::string& path, const Panel& panel, const std::vector<std::size_t>& years,
                           const MeasuresHeader& header, bool force)
    : panel_(panel),
      datasets_(measures_datasets(header, panel)),
      file_(path, "balassa-measures", kMeasuresVersion, force) {
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
  const std::vector<const MeasureInfo*> asked = header.asked();
  const auto any_on = [&](On on) {
    return std::any_of(asked.begin(), asked.end(), [&](const MeasureInfo* measure) { return measure->on == on; });
  };
  if (any_on(On::kLocationPair))
    file_.dimension(kOtherLocation, panel.locations, code_system(panel.location_code_system));
  if (any_on(On::kProductPair)) file_.dimension(kOtherProduct, panel.products, code_system(panel.product_code_system));
  if (are_scored(asked)) file_.dimension("eigenvalue", std::vector<std::int32_t>{1, 2, 3, 4});
  if (!panel.location_name.empty())
    file_.write("location_name", panel.location_name, {"location"}, {{"long_name", "name of the location"}});
  if (!panel.product_name.empty())
    file_.write("product_name", panel.product_name, {"product"}, {{"long_name", "name of the product"}});
  write_location_totals(file_, panel, labels);
  std::vector<std::size_t> rows(datasets_.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  order_ = writing_order(datasets_, rows);
  for (const ResultDataset<MeasuredYear>& dataset : datasets_) begin(dataset);
}

std::size_t MeasuresFile::extent_of(const std::string& dimension) const {
  if (dimension == "location" || dimension == kOtherLocation) return panel_.locations.size();
  if (dimension == "product" || dimension == kOtherProduct) return panel_.products.size();
  return kEigenvalues;
}

void MeasuresFile::begin(const ResultDataset<MeasuredYear>& dataset) {
  std::vector<std::string> all{"year"};
  all.insert(all.end(), dataset.dimensions.begin(), dataset.dimensions.end());
  // A chunk of real numbers by cell never spans two years, which are written one after the other.
  Storage storage;
  if (all.size() == 3 && dataset.element_bytes >= sizeof(float)) {
    const std::size_t columns = extent_of(all[2]), rows = extent_of(all[1]);
    storage.chunk = {1, std::clamp<std::size_t>((1u << 20) / (8 * columns), 1, rows), columns};
  }
  dataset.begin(file_, all, storage);
}

void MeasuresFile::write_year(std::size_t position, const MeasuredYear& measured) {
  for (const std::size_t row : order_) {
    const ResultDataset<MeasuredYear>& dataset = datasets_[row];
    std::vector<std::size_t> offset(dataset.dimensions.size() + 1, 0), count{1};
    offset[0] = position;
    for (const std::string& dimension : dataset.dimensions) {
      count.push_back(extent_of(dimension));
    }
    dataset.write(file_, offset, count, measured);
  }
  const auto list = [&](std::uint8_t kind, const std::vector<ItemStatus>& status,
                        const std::vector<std::string>& code) {
    for (std::size_t i = 0; i < status.size(); ++i) {
      if (status[i] == ItemStatus::kOk || status[i] == ItemStatus::kYearUndefined) continue;
      dropped_.year.push_back(measured.selected.year.label);
      dropped_.kind.push_back(kind);
      dropped_.code.push_back(code[i]);
      dropped_.reason.push_back(static_cast<std::uint8_t>(status[i]));
    }
  };
  list(0, location_status(measured, panel_.locations.size()), panel_.locations);
  list(1, product_status(measured, panel_.products.size()), panel_.products);
}

void MeasuresFile::commit() {
  // HDF5 has no use for a dimension of length 0: where nothing was dropped there is no /dropped.
  if (!dropped_.year.empty()) {
    file_.dimension("dropped/item", dropped_.year.size());
    file_.write("dropped/in_year", dropped_.year, {"dropped/item"}, {{"long_name", "the year"}});
    file_.write("dropped/kind", dropped_.kind, {"dropped/item"}, flags_of("what was dropped", "location product"));
    file_.write("dropped/code", dropped_.code, {"dropped/item"}, {{"long_name", "code of the location or product"}});
    file_.write("dropped/reason", dropped_.reason, {"dropped/item"}, flags_of("why it was dropped", kStatusMeanings));
  }
  file_.commit();
}

}  // namespace balassa
