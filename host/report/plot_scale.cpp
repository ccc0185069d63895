#include "host/report/plot_scale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace balassa {
namespace {

double step_of(double range) {
  const double raw = std::max(range, 1e-300) / 5, power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (raw <= factor * power) return factor * power;
  }
  return 10 * power;
}

std::string label_of(double value, int power, int digit) {
  if (power >= -2 && power <= 4) return fmt::format("{:g}", value);
  const std::string raised = fmt::format("10<tspan dy=\"-5\" font-size=\"9\">{}</tspan>", power);
  return digit == 1 ? raised : fmt::format("{}·{}", digit, raised);
}

}  // namespace

void PlotRange::take(double value, bool logarithmic) {
  if (!std::isfinite(value) || (logarithmic && !(value > 0))) return;
  low = std::min(low, value);
  high = std::max(high, value);
}

PlotScale::PlotScale(const PlotAxis& axis, double from, double to, const PlotRange& range)
    : axis_(axis), from_(from), to_(to), low_(mapped(range.low)), high_(mapped(range.high)) {
  if (axis.reversed) std::swap(from_, to_);
  if (axis.logarithmic) {
    low_ = std::floor(low_ * 4 - 1e-9) / 4;
    high_ = std::ceil(high_ * 4 + 1e-9) / 4;
  } else {
    const double step = step_of(high_ - low_);
    low_ = std::floor(low_ / step) * step;
    high_ = std::ceil(high_ / step) * step;
  }
  if (!(high_ > low_)) high_ = low_ + 1;
}

bool PlotScale::shows(double value) const {
  return std::isfinite(value) && (!axis_.logarithmic || value > 0);
}

double PlotScale::mapped(double value) const {
  return axis_.logarithmic ? std::log10(value) : value;
}

std::vector<PlotScale::Tick> PlotScale::linear_ticks() const {
  std::vector<Tick> ticks;
  const double step = step_of(high_ - low_);
  for (double value = std::ceil(low_ / step) * step; value <= high_ + step / 1e6; value += step)
    ticks.push_back({at(value), fmt::format("{:g}", std::fabs(value) < step / 1e6 ? 0 : value)});
  return ticks;
}

// Decades, thinned to about eight; 2 and 5 too where there are few, every digit within one.
std::vector<PlotScale::Tick> PlotScale::log_ticks() const {
  std::vector<Tick> ticks;
  const int decades = static_cast<int>(high_ - low_), every = std::max(1, (decades + 7) / 8);
  for (int power = static_cast<int>(std::floor(low_)); power <= static_cast<int>(std::ceil(high_)); ++power) {
    for (int digit = 1; digit <= 9; ++digit) {
      const double value = digit * std::pow(10.0, power), place = std::log10(value);
      if (place < low_ - 1e-9 || place > high_ + 1e-9) continue;
      const bool labelled =
          digit == 1 ? power % every == 0 : decades <= 2 && (decades == 0 || digit == 2 || digit == 5);
      if (digit != 1 && decades > 6) continue;
      ticks.push_back({at(value), labelled ? label_of(value, power, digit) : ""});
    }
  }
  return ticks;
}

}  // namespace balassa
