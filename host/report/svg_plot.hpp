// Plots as SVG text that a page can hold as it is: logarithmic or linear axes with ticks, a legend beside the plot.
// Colours come from the page's style sheet (svg_style), so that light and dark pages each get their own.
#pragma once

#include <string>
#include <vector>

namespace balassa {

struct PlotPoint {
  double x = 0, y = 0;
  double low = 0, high = 0;  // of y; equal: no bar
  std::string title;         // shown where the reader points
};

struct PlotSeries {
  std::string name;
  std::vector<PlotPoint> points;  // in the order of a line
  int style = 0;  // colour, mark and dash, different for kLooks of them: the same number looks the same in all plots
  bool hollow = false;  // its marks
  bool line = true, marks = true;
};
inline constexpr int kLooks = 40;

struct PlotAxis {
  std::string label;
  bool logarithmic = true;
  bool reversed = false;
};

struct Plot {
  std::string title;
  PlotAxis x, y;
  std::vector<PlotSeries> series;
};

// Points that are not finite, or not positive on a logarithmic axis, are left out. A plot without points says so.
std::string svg_of(const Plot& plot);

// What plots of other kinds share: the class of a look, and its mark around (x, y).
std::string look_of(int style);
std::string mark_svg(int style, double x, double y);

// The rules that plots rely on. Eight colours told apart by colour-blind readers (Okabe and Ito
// 2008), five marks, four dashes.
std::string svg_style();

std::string escaped(const std::string& text);  // for XML and HTML

}  // namespace balassa
