// A study as JSON: `balassa-eigbench`, version 1. Tables are arrays of objects; `set` of a trial, answer or finding
// counts from 0 into `sets`; null = not a number. Seconds are per problem.
#pragma once

#include <string>

#include "host/eigbench/eigen_study.hpp"

namespace balassa {

std::string study_json(const EigenStudy& study);

// Throws Error kInputMissing, kBadData with the file and what in it.
EigenStudy read_study(const std::string& path);

}  // namespace balassa
