// Every chart is one row; charts.cpp lists them.
#pragma once

#include "host/report/charts.hpp"

namespace balassa {

Chart rank_intervals_chart();
Chart health_chart();
Chart scores_chart();

}  // namespace balassa
