#include "host/report/result_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "io/base/error.hpp"

namespace balassa {
namespace {

// Figures, and rows of them and of their tables: a row takes about 600 bytes, a page below 5 MB opens at once.
constexpr std::size_t kFigures = 12, kRows = 6000;

std::vector<double> without_fill(const ResultReader& file, const std::string& dataset, std::vector<double> values) {
  if (const std::optional<double> fill = file.fill_value(dataset))
    std::replace(values.begin(), values.end(), *fill, std::numeric_limits<double>::quiet_NaN());
  return values;
}

bool has_specifications(const ResultReader& file) {
  return file.find("specification") != nullptr;
}

}  // namespace

std::vector<ResultCell> cells_of(const ResultReader& file) {
  const std::vector<std::int64_t> years = file.integers("year");
  std::vector<ResultCell> cells;
  for (std::size_t year = 0; year < years.size(); ++year) {
    if (!has_specifications(file)) {
      cells.push_back({year, 0, fmt::format("{}", years[year]), fmt::format("{}", years[year])});
      continue;
    }
    const std::vector<std::string>& labels = file.strings("label");
    for (std::size_t s = 0; s < labels.size(); ++s)
      cells.push_back({year, s, fmt::format("{}-{}", years[year], s), fmt::format("{}, {}", years[year], labels[s])});
  }
  return cells;
}

ChosenCells chosen_cells(const ResultReader& file, std::size_t rows_of_cell, const std::string& table) {
  ChosenCells chosen{cells_of(file), ""};
  std::stable_sort(chosen.cells.begin(), chosen.cells.end(),
                   [](const ResultCell& a, const ResultCell& b) { return a.year > b.year; });
  const std::size_t all = chosen.cells.size();
  const std::size_t room = std::clamp<std::size_t>(kRows / std::max<std::size_t>(rows_of_cell, 1), 1, kFigures);
  if (all <= room) return chosen;
  chosen.cells.resize(room);
  chosen.left_out = fmt::format(
      "Drawn are the latest {} of {} years and specifications. The numbers of all: balassa export RESULT --table {}.",
      room, all, table);
  return chosen;
}

std::vector<double> measured(const ResultReader& file, const std::string& dataset) {
  return without_fill(file, dataset, file.numbers(dataset));
}

std::vector<double> of_cell(const ResultReader& file, const std::string& dataset, const ResultCell& cell) {
  const ResultReader::Dataset& found = file.require(dataset);
  std::vector<std::size_t> offset(found.shape.size(), 0), count = found.shape;
  for (std::size_t axis = 0; axis < found.shape.size(); ++axis) {
    if (found.dimensions[axis] != "year" && found.dimensions[axis] != "specification") continue;
    offset[axis] = found.dimensions[axis] == "year" ? cell.year : cell.specification;
    count[axis] = 1;
  }
  return without_fill(file, dataset, file.slab(dataset, offset, count));
}

ResultLocations locations_of(const ResultReader& file) {
  ResultLocations locations{file.strings("location"), {}};
  if (const ResultReader::Dataset* names = file.find("location_name");
      names != nullptr && names->size() == locations.codes.size())
    locations.names = file.strings("location_name");
  return locations;
}

}  // namespace balassa
