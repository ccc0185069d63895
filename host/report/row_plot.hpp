// A plot of named rows, one below the other: where each has its marks on one common axis, and how far an interval
// reaches. Logarithmic and linear axes, looks and colours are those of svg_plot.hpp.
#pragma once

#include <string>
#include <vector>

#include "host/report/svg_plot.hpp"

namespace balassa {

struct RowMark {
  double at = 0;
  double low = 0, high = 0;  // equal: no interval
  int series = 0;            // index into RowPlot::series
  std::string title;         // shown where the reader points
};

struct PlotRow {
  std::string label;  // cut after 30 characters
  std::vector<RowMark> marks;
};

struct RowPlot {
  std::string title;
  PlotAxis axis;
  std::vector<std::string> series;  // of the legend, which a single one does without
  std::vector<PlotRow> rows;
};

// Marks that the axis can't show are left out. "" where none is left.
std::string svg_of(const RowPlot& plot);

}  // namespace balassa
