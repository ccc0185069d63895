#include "host/plan/specification_grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/plan/knobs.hpp"
#include "io/base/error.hpp"

namespace balassa {

SpecificationGrid::SpecificationGrid(const Plan& plan, std::size_t years)
    : years_(years), replicates_(*plan.replicates) {
  for (const Knob& knob : knobs()) {
    if (knob.is_choice()) axes_.push_back({&knob, plan.choices.at(std::string(knob.name)), 1});
  }
  const auto prepares = [](const Axis& axis) { return axis.knob->level == Level::kPreparation; };
  std::stable_partition(axes_.begin(), axes_.end(), prepares);
  std::size_t count = 1;
  for (auto axis = axes_.rbegin(); axis != axes_.rend(); ++axis) {
    axis->stride = count;
    count *= axis->values.size();
    if (!prepares(*axis)) per_preparation_ = count;
  }
  specifications_.resize(count);
  for (const Axis& axis : axes_) {
    if (!axis.knob->member.of_specification) continue;
    for (std::size_t s = 0; s < count; ++s) axis.knob->member.of_specification(specifications_[s], value(axis, s));
  }
  std::uint64_t cells = 0, all = 0;
  if (__builtin_mul_overflow(std::uint64_t{years_}, std::uint64_t{specifications_.size()}, &cells) ||
      __builtin_mul_overflow(cells, replicates_ + 1, &all) ||
      all > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    throw Error(ExitCode::kPlan,
                fmt::format("plan: resample.replicates: found {} for {} years x {} specifications, expected "
                            "fewer than 2^63 scenarios in all",
                            replicates_, years_, specifications_.size()));
  }
}

std::uint64_t SpecificationGrid::id(const ScenarioIndex& index) const {
  return (index.year * specifications_.size() + index.specification) * (replicates_ + 1) + index.replicate;
}

ScenarioIndex SpecificationGrid::index(std::uint64_t id) const {
  if (id >= scenarios()) {
    throw Error(ExitCode::kUsage, fmt::format("--scenario: found {}, expected a number below {}", id, scenarios()));
  }
  const std::uint64_t cell = id / (replicates_ + 1);
  return {static_cast<std::size_t>(cell / specifications_.size()),
          static_cast<std::size_t>(cell % specifications_.size()), id % (replicates_ + 1)};
}

YearOptions SpecificationGrid::reading(std::size_t preparation) const {
  YearOptions options;
  for (const Axis& axis : axes_) {
    if (axis.knob->member.of_year) axis.knob->member.of_year(options, value(axis, preparation * per_preparation_));
  }
  options.per_head =
      std::any_of(specifications_.begin(), specifications_.end(),
                  [](const Specification& specification) { return specification.presence != Presence::kRca; });
  return options;
}

std::string SpecificationGrid::label(std::size_t specification) const {
  std::string label;
  for (const Axis& axis : axes_) {
    const Labelled labelled = axis.knob->labelled;
    if (labelled == Labelled::kByAnother || (labelled == Labelled::kWhereItVaries && axis.values.size() == 1)) continue;
    label += label.empty() ? "" : ", ";
    label += axis.knob->label_of(specifications_[specification], value(axis, specification));
  }
  return label;
}

bool SpecificationGrid::nearer(std::size_t a, std::size_t b, std::size_t to) const {
  for (const Axis& axis : axes_) {
    const auto distance = [&](std::size_t s) {
      const double difference = std::fabs(value(axis, s) - value(axis, to));
      return axis.knob->words.empty() || difference == 0.0 ? difference : 1.0;
    };
    if (distance(a) != distance(b)) return distance(a) < distance(b);
  }
  return false;
}

std::size_t SpecificationGrid::central() const {
  std::size_t specification = 0;
  for (const Axis& axis : axes_) {
    if (!axis.knob->summarised) continue;
    const auto distance = [&](double value) { return std::fabs(value - *axis.knob->summarised); };
    const auto nearest = std::min_element(axis.values.begin(), axis.values.end(),
                                          [&](double a, double b) { return distance(a) < distance(b); });
    specification += static_cast<std::size_t>(nearest - axis.values.begin()) * axis.stride;
  }
  return specification;
}

}  // namespace balassa
