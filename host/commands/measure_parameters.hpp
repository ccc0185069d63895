// The choices that single measures have, one row each: flags, help, defaults by convention and JSON read it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "host/plan/knob.hpp"
#include "kernels/measures.hpp"

namespace balassa {

struct MeasureParameter {
  std::string_view name;  // in JSON; its flag is --NAME with - for _
  std::string_view help;
  std::vector<std::string_view> of;  // measures that are made by it
  std::vector<Word> words = {};      // else a whole number
  Interval interval = {};
  double otherwise = 0;
  std::vector<ConventionValue> by_convention = {};
  std::function<void(MeasureParameters&, double)> set = {};

  std::string flag() const;
  double default_of(std::string_view convention) const;
};

const std::vector<MeasureParameter>& measure_parameters();

}  // namespace balassa
