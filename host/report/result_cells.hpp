// What charts read of a result: its cells (year, specification), its locations, and the numbers of one cell.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "io/hdf5/result_file.hpp"

namespace balassa {

struct ResultCell {
  std::size_t year = 0, specification = 0;  // indices
  std::string name;                         // "2017-0": of files
  std::string title;                        // "2017, RCA >= 1"
};

// By year and specification; of a result without specifications by year.
std::vector<ResultCell> cells_of(const ResultReader& file);

// The cells that a page draws: of the latest years first, as many as keep it below `rows` rows, at least one.
// `left_out`: a sentence about the others, which says where their numbers are; "": none.
struct ChosenCells {
  std::vector<ResultCell> cells;
  std::string left_out;
};
ChosenCells chosen_cells(const ResultReader& file, std::size_t rows_of_cell, const std::string& table);

// A whole dataset, or the part of one cell where it lies on year, or year and specification, before its other axes.
// What was not measured is NaN.
std::vector<double> measured(const ResultReader& file, const std::string& dataset);
std::vector<double> of_cell(const ResultReader& file, const std::string& dataset, const ResultCell& cell);

struct ResultLocations {
  std::vector<std::string> codes, names;  // names: empty where the result has none
  std::string label(std::size_t location) const { return names.empty() ? codes[location] : names[location]; }
};
ResultLocations locations_of(const ResultReader& file);

}  // namespace balassa
