#include "host/studies/studies.hpp"

#include "host/studies/rows.hpp"

namespace balassa {

std::span<const StudyKind> studies() {
  static const std::vector<StudyKind> kStudies = {comparison_study()};
  return kStudies;
}

}  // namespace balassa
