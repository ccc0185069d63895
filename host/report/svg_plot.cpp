#include "host/report/svg_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "host/report/plot_scale.hpp"

namespace balassa {
namespace {

// Of the whole, and of the frame in it.
constexpr double kWidth = 960, kLeft = 74, kRight = 690, kTop = 34, kLeastFrame = 352, kBelow = 54;
constexpr double kLegendLine = 17;
constexpr int kColours = 8, kMarks = kLooks / kColours, kDashes = 3;

std::string class_of(const PlotSeries& series) {
  return look_of(series.style) + (series.hollow ? " hollow" : "");
}

}  // namespace

// Solid for the first round of the colours, then a dash for each.
std::string look_of(int style) {
  const int round = style / kColours;
  return fmt::format("c{}{}", style % kColours, round == 0 ? "" : fmt::format(" dash{}", (round - 1) % kDashes));
}

// Another one in each round of the colours.
std::string mark_svg(int style, double x, double y) {
  const double r = 3.6;
  switch ((style / kColours + style) % kMarks) {
    case 0:
      return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"/>", x, y, r);
    case 1:
      return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\"/>", x - r, y - r, 2 * r, 2 * r);
    case 2:
      return fmt::format("<path d=\"M{:.1f} {:.1f}l{} {}h{}z\"/>", x, y - 1.3 * r, 1.25 * r, 2.2 * r, -2.5 * r);
    case 3:
      return fmt::format("<path d=\"M{:.1f} {:.1f}l{} {}l{} {}l{} {}z\"/>", x, y - 1.4 * r, 1.4 * r, 1.4 * r, -1.4 * r,
                         1.4 * r, -1.4 * r, -1.4 * r);
    default:
      return fmt::format("<path d=\"M{:.1f} {:.1f}l{} {}h{}z\"/>", x, y + 1.3 * r, 1.25 * r, -2.2 * r, -2.5 * r);
  }
}

namespace {

std::string axes_svg(const Plot& plot, const PlotScale& x, const PlotScale& y, double bottom) {
  std::string out;
  for (const PlotScale::Tick& tick : x.ticks()) {
    out += fmt::format("<line class=\"{}\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{}\" y2=\"{}\"/>",
                       tick.label.empty() ? "minor" : "major", tick.position, tick.position, kTop, bottom);
    if (!tick.label.empty())
      out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>", tick.position, bottom + 17,
                         tick.label);
  }
  for (const PlotScale::Tick& tick : y.ticks()) {
    out += fmt::format("<line class=\"{}\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>",
                       tick.label.empty() ? "minor" : "major", kLeft, kRight, tick.position, tick.position);
    if (!tick.label.empty())
      out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>", kLeft - 7, tick.position + 4,
                         tick.label);
  }
  out += fmt::format("<rect class=\"frame\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>", kLeft, kTop,
                     kRight - kLeft, bottom - kTop);
  out += fmt::format("<text x=\"{:.0f}\" y=\"{}\" text-anchor=\"middle\">{}</text>", (kLeft + kRight) / 2, bottom + 40,
                     escaped(plot.x.label));
  out += fmt::format("<text transform=\"translate(17 {:.0f}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
                     (kTop + bottom) / 2, escaped(plot.y.label));
  return out;
}

std::string series_svg(const PlotSeries& series, const PlotScale& x, const PlotScale& y) {
  std::string path, marks;
  for (const PlotPoint& point : series.points) {
    if (!x.shows(point.x) || !y.shows(point.y)) continue;
    const double px = x.at(point.x), py = y.at(point.y);
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", px, py);
    if (point.high > point.low && y.shows(point.low) && y.shows(point.high)) {
      marks += fmt::format("<line class=\"bar\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>", px, px,
                           y.at(point.low), y.at(point.high));
    }
    if (series.marks)
      marks += fmt::format("<g><title>{}</title>{}</g>", escaped(point.title), mark_svg(series.style, px, py));
  }
  if (path.empty()) return "";
  std::string out = fmt::format("<g class=\"{}\">", class_of(series));
  if (series.line) out += fmt::format("<path class=\"line\" d=\"{}\"/>", path);
  return out + marks + "</g>";
}

std::string legend_svg(const Plot& plot) {
  std::string out;
  double y = kTop + 8;
  for (const PlotSeries& series : plot.series) {
    out += fmt::format("<g class=\"{}\">", class_of(series));
    if (series.line) out += fmt::format("<path class=\"line\" d=\"M{} {:.0f}h24\"/>", kRight + 16, y);
    out += (series.marks ? mark_svg(series.style, kRight + 28, y) : "") + "</g>";
    out += fmt::format("<text x=\"{}\" y=\"{:.0f}\">{}</text>", kRight + 47, y + 4, escaped(series.name));
    y += kLegendLine;
  }
  return out;
}

}  // namespace

std::string svg_of(const Plot& plot) {
  PlotRange of_x, of_y;
  for (const PlotSeries& series : plot.series) {
    for (const PlotPoint& point : series.points) {
      of_x.take(point.x, plot.x.logarithmic);
      for (const double value :
           {point.y, point.high > point.low ? point.low : point.y, point.high > point.low ? point.high : point.y})
        of_y.take(value, plot.y.logarithmic);
    }
  }
  if (of_x.empty() || of_y.empty())
    return fmt::format("<p class=\"note\">{}: this run has nothing to show here.</p>\n", escaped(plot.title));
  // The frame is as high as the legend beside it.
  const double bottom = kTop + std::max(kLeastFrame, kLegendLine * static_cast<double>(plot.series.size()));
  const PlotScale x(plot.x, kLeft, kRight, of_x), y(plot.y, bottom, kTop, of_y);
  std::string out = fmt::format(
      "<svg viewBox=\"0 0 {} {:.0f}\" role=\"img\" aria-label=\"{}\" xmlns=\"http://www.w3.org/2000/svg\">\n", kWidth,
      bottom + kBelow, escaped(plot.title));
  out += fmt::format("<text class=\"title\" x=\"{}\" y=\"20\">{}</text>", kLeft, escaped(plot.title));
  out += axes_svg(plot, x, y, bottom);
  for (const bool marks : {false, true}) {  // a bare line is under all marks
    for (const PlotSeries& series : plot.series) {
      if (series.marks == marks) out += series_svg(series, x, y) + "\n";
    }
  }
  return out + legend_svg(plot) + "</svg>\n";
}

std::string svg_style() {
  // Okabe and Ito's palette; on dark pages black becomes a light grey, blue and green are lifted.
  static constexpr const char* kLight[kColours] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                   "#56b4e9", "#b8860b", "#000000", "#7a7a7a"};
  static constexpr const char* kDark[kColours] = {"#4aa8e8", "#ff8a3d", "#2fcf9f", "#e79ac4",
                                                  "#9bd6f7", "#f0c04a", "#e8e8e8", "#9a9a9a"};
  std::string light, dark;
  for (int k = 0; k < kColours; ++k) {
    light += fmt::format("--c{}:{};", k, kLight[k]);
    dark += fmt::format("--c{}:{};", k, kDark[k]);
  }
  std::string out = fmt::format(
      ":root{{{}--grid:#dcdcdc;--faint:#efefef;--ink:#1b1b1b;--page:#fff}}\n"
      "@media(prefers-color-scheme:dark){{:root{{{}--grid:#4a4d52;--faint:#2d3034;--ink:#e6e6e6;--page:#1a1c1f}}}}\n"
      "svg{{width:100%;max-width:960px;height:auto;display:block;margin:1.2em 0}}\n"
      "svg text{{fill:var(--ink);font:12px system-ui,sans-serif}}svg text.title{{font-size:14px;font-weight:600}}\n"
      "svg .major{{stroke:var(--grid)}}svg .minor{{stroke:var(--faint)}}svg .frame{{fill:none;stroke:var(--ink)}}\n"
      "svg .line{{fill:none;stroke-width:1.6}}svg .dash0 .line{{stroke-dasharray:6 3}}svg .dash1 "
      ".line{{stroke-dasharray:2 3}}svg .dash2 .line{{stroke-dasharray:9 3 2 3}}svg .bar{{stroke-width:1}}svg "
      ".span{{stroke-width:5;stroke-opacity:.35}}\n",
      light, dark);
  for (int k = 0; k < kColours; ++k) out += fmt::format(".c{}{{fill:var(--c{});stroke:var(--c{})}}", k, k, k);
  return out + ".hollow{fill:var(--page)}.hollow circle,.hollow rect,.hollow path{stroke-width:1.4}\n";
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

}  // namespace balassa
