// What `info` says of a result: its ranking again, or its datasets.
#pragma once

#include "host/commands/ranking_options.hpp"
#include "io/hdf5/result_file.hpp"

namespace balassa {

// Throws Error for options about a ranking that the file does not have.
void print_result(const ResultReader& file, const RankingOptions& options, bool as_json);

}  // namespace balassa
