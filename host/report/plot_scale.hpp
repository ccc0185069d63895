// From data to the frame of a plot: places, and ticks with their labels.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "host/report/svg_plot.hpp"

namespace balassa {

// What an axis must show.
struct PlotRange {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void take(double value, bool logarithmic);
  bool empty() const { return !(low <= high); }
};

// Ends are rounded outwards: to a quarter of a decade, or to a tick.
class PlotScale {
 public:
  PlotScale(const PlotAxis& axis, double from, double to, const PlotRange& range);
  double at(double value) const { return from_ + (mapped(value) - low_) / (high_ - low_) * (to_ - from_); }
  bool shows(double value) const;

  struct Tick {
    double position;
    std::string label;  // SVG; "": a minor one
  };
  std::vector<Tick> ticks() const { return axis_.logarithmic ? log_ticks() : linear_ticks(); }

 private:
  double mapped(double value) const;
  std::vector<Tick> linear_ticks() const;
  std::vector<Tick> log_ticks() const;

  PlotAxis axis_;
  double from_, to_, low_, high_;
};

}  // namespace balassa
