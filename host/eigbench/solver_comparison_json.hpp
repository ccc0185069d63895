// A study as JSON: `balassa-eigbench`, version 1. Tables are arrays of objects; `set` of a trial, answer or finding
// counts from 0 into `sets`; null = not a number. Seconds are per problem.
#pragma once

#include <string>

#include "host/eigbench/solver_comparison.hpp"

namespace balassa {

std::string study_json(const SolverComparison& study);

// Throws Error kInputMissing, kBadData with the file and what in it.
SolverComparison read_study(const std::string& path);

}  // namespace balassa
