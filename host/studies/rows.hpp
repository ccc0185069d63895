// Every kind of study is one row; studies.cpp lists them.
#pragma once

#include "host/studies/studies.hpp"

namespace balassa {

StudyKind comparison_study();

}  // namespace balassa
