#include "kernels/measures/year_measures.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string>

#include "kernels/measures/measure_context.hpp"
#include "kernels/measures/registry.hpp"

namespace balassa {
namespace {

void set_status(const YearMeasures& measures, const std::vector<double>& degree, const std::vector<double>& score,
                Status empty, std::vector<Status>& status) {
  for (std::size_t i = 0; i < degree.size(); ++i) {
    status.push_back(!(degree[i] > 0)                        ? empty
                     : !measures.scored                      ? Status::kOk
                     : measures.validity != Validity::kValid ? Status::kYearUndefined
                     : std::isnan(score[i])                  ? Status::kOtherComponent
                                                             : Status::kOk);
  }
}

// Runs what a measure needs, then what it is computed by; each once.
class Measuring {
 public:
  explicit Measuring(MeasureContext& context) : context_(context) {}
  void measure(const MeasureInfo& measure) {
    for (const char* need : measure.needs) {
      if (need != nullptr) this->measure(measure_by_name(need));
    }
    if (done_.insert(measure.compute).second) measure.compute(context_);
  }

 private:
  MeasureContext& context_;
  std::set<void (*)(MeasureContext&)> done_;
};

}  // namespace

YearMeasures measure_year(const Year& year, const MeasureRequest& request, DenseMachine& machine) {
  YearMeasures measures;
  machine.hold(year);
  MeasureContext context{year, request, machine, measures};
  Measuring measuring(context);
  const std::vector<const MeasureInfo*> asked = asked_measures(request.measures, request.reflections);
  measures.scored = are_scored(asked);
  measuring.measure(measure_by_name("mcp"));  // of which the status of each location and product tells
  for (const MeasureInfo* measure : asked) measuring.measure(*measure);
  // What was only a step on the way may be large.
  std::erase_if(measures.further, [&](const auto& entry) {
    return std::none_of(asked.begin(), asked.end(), [&](const MeasureInfo* m) { return m->name == entry.first; });
  });
  set_status(measures, measures.diversity, measures.eci, Status::kNoDiversity, measures.location_status);
  set_status(measures, measures.ubiquity, measures.pci, Status::kNoUbiquity, measures.product_status);
  return measures;
}

}  // namespace balassa
