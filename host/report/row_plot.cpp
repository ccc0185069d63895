#include "host/report/row_plot.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/report/plot_scale.hpp"

namespace balassa {
namespace {

// Of the whole, and of the frame in it; the axis stands above and below the rows.
constexpr double kWidth = 960, kLeft = 230, kRight = 940, kRightOfLegend = 740, kTop = 50, kBelow = 54;
constexpr double kRow = 15, kLegendLine = 17;
constexpr std::size_t kLabelLength = 30;

// By characters of UTF-8, whose later bytes are 10xxxxxx.
std::string shortened(const std::string& text) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) continue;
    if (++characters > kLabelLength) return text.substr(0, i) + "…";
  }
  return text;
}

std::string axis_svg(const RowPlot& plot, const PlotScale& x, double right, double bottom) {
  std::string out;
  for (const PlotScale::Tick& tick : x.ticks()) {
    out += fmt::format("<line class=\"{}\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{}\" y2=\"{}\"/>",
                       tick.label.empty() ? "minor" : "major", tick.position, tick.position, kTop, bottom);
    if (tick.label.empty()) continue;
    for (const double y : {kTop - 7, bottom + 17})
      out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>", tick.position, y, tick.label);
  }
  out += fmt::format("<rect class=\"frame\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>", kLeft, kTop, right - kLeft,
                     bottom - kTop);
  return out + fmt::format("<text x=\"{:.0f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", (kLeft + right) / 2,
                           bottom + 40, escaped(plot.axis.label));
}

std::string row_svg(const PlotRow& row, const PlotScale& x, double y) {
  std::string out = fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", kLeft - 7, y + 4,
                                escaped(shortened(row.label)));
  for (const RowMark& mark : row.marks) {
    if (!x.shows(mark.at)) continue;
    out += fmt::format("<g class=\"{}\"><title>{}</title>", look_of(mark.series), escaped(mark.title));
    if (mark.high > mark.low && x.shows(mark.low) && x.shows(mark.high)) {
      out += fmt::format("<line class=\"span\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{}\" y2=\"{}\"/>", x.at(mark.low),
                         x.at(mark.high), y, y);
    }
    out += mark_svg(mark.series, x.at(mark.at), y) + "</g>";
  }
  return out + "\n";
}

std::string legend_svg(const RowPlot& plot) {
  std::string out;
  double y = kTop + 8;
  for (std::size_t s = 0; s < plot.series.size(); ++s, y += kLegendLine) {
    const int style = static_cast<int>(s);
    out += fmt::format("<g class=\"{}\">{}</g><text x=\"{}\" y=\"{}\">{}</text>", look_of(style),
                       mark_svg(style, kRightOfLegend + 20, y), kRightOfLegend + 34, y + 4, escaped(plot.series[s]));
  }
  return out;
}

}  // namespace

std::string svg_of(const RowPlot& plot) {
  PlotRange range;
  for (const PlotRow& row : plot.rows) {
    for (const RowMark& mark : row.marks) {
      for (const double value :
           {mark.at, mark.high > mark.low ? mark.low : mark.at, mark.high > mark.low ? mark.high : mark.at})
        range.take(value, plot.axis.logarithmic);
    }
  }
  if (range.empty()) return "";
  const bool legend = plot.series.size() > 1;
  const double right = legend ? kRightOfLegend : kRight;
  const double lines = std::max(kRow * static_cast<double>(plot.rows.size() + 1),
                                legend ? kLegendLine * static_cast<double>(plot.series.size()) : 0);
  const double bottom = kTop + lines;
  const PlotScale x(plot.axis, kLeft, right, range);
  std::string out = fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" xmlns=\"http://www.w3.org/2000/svg\">\n"
      "<text class=\"title\" x=\"{}\" y=\"20\">{}</text>",
      kWidth, bottom + kBelow, escaped(plot.title), kLeft, escaped(plot.title));
  out += axis_svg(plot, x, right, bottom);
  for (std::size_t row = 0; row < plot.rows.size(); ++row)
    out += row_svg(plot.rows[row], x, kTop + kRow * static_cast<double>(row + 1));
  return out + (legend ? legend_svg(plot) : "") + "</svg>\n";
}

}  // namespace balassa
