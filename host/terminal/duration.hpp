// Spans of time as people and Slurm write them.
#pragma once

#include <optional>
#include <string_view>

namespace balassa {

// Seconds of "90s", "1.5m", "2h", "1d", "1h30m", "1:55:00" (hours:minutes:seconds) or "1-00:00:00" (days first, as
// Slurm writes it); none for anything else, a bare number too.
std::optional<double> parse_duration(std::string_view text);

}  // namespace balassa
