// The registry of charts: what `balassa report` can draw of a result. A new chart is a file in host/report/charts/ and
// a row in charts.cpp.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "host/report/page.hpp"
#include "host/report/result_cells.hpp"
#include "io/hdf5/result_file.hpp"

namespace balassa {

struct NeededDataset {
  std::string name;
  std::vector<std::string> dimensions;
};

struct Drawing {
  std::vector<Figure> figures;
  std::string left_out;  // which parts of the result are not drawn, and where their numbers are; "": none
};

// A figure of the locations for each cell that a page draws.
using FigureOfCell = Figure (*)(const ResultReader& file, const ResultCell& cell, const ResultLocations& locations);
Drawing drawn_by_cell(const ResultReader& file, FigureOfCell figure_of);

// What a result that has all datasets of a chart still lacks, and how to get one that has it; `what` is empty: nothing.
struct Lack {
  std::string what, keep;
};

struct Chart {
  std::string name;
  std::string title;
  std::string help;  // one line: what one sees
  std::vector<NeededDataset> needs;
  std::string keep;                              // how to get a result that has them
  Lack (*lacks)(const ResultReader&) = nullptr;  // null: nothing
  Drawing (*draw)(const ResultReader&) = nullptr;
};

std::span<const Chart> charts();

struct DrawnChart {
  const Chart* chart;
  Drawing drawing;
};
struct ChartLeftOut {
  const Chart* chart;
  std::string missing;  // "/rank/quantiles"
  std::string keep;     // how to get a result that has it
};

// Every chart that the result has the datasets for, and why not the others.
struct ResultCharts {
  std::vector<DrawnChart> drawn;
  std::vector<ChartLeftOut> left_out;
};

// Throws Error: kBadData where the file is no result of `compute` or `sweep` of a version that this program reads,
// where a dataset lies on other dimensions than its name promises, or where no chart can be drawn.
ResultCharts draw_charts(const ResultReader& file);

// One self-contained page of them, with the numbers drawn and the result's provenance.
std::string result_page(const ResultReader& file, const ResultCharts& charts);

}  // namespace balassa
