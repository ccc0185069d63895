// How a text lays out its table: what stands above the header, what separates fields, what is no row of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace balassa {

struct Dialect {
  char delimiter = ',';
  std::size_t header_at = 0;      // byte of the text at which the header begins
  std::uint64_t lines_above = 0;  // titles, `sep=`, comments and blank lines above it
  bool comments = false;          // lines that begin with '#' are no rows
};

// Reads the dialect from the start of a text (without byte-order mark). `delimiter` 0 = found among , ; tab |. The
// header is the first line as wide as most lines are, whose fields are names and not numbers; where there is no such
// line, the first one that is not blank. `skip_lines` > 0: the header is sought below so many lines, and no further.
Dialect find_dialect(std::string_view start, char delimiter, std::uint64_t skip_lines);

// Eurostat's wide TSV: the first column holds several, separated by commas ("freq,geo\TIME_PERIOD<tab>2016 <tab>...").
bool is_eurostat_tsv(std::string_view start);

// A note below the table, as "Source: Statistics Canada": fewer fields than the header, and the first is running text.
// `whole_line`: a line end follows; without one, the row may be one that was cut short.
bool is_note(std::span<const std::string_view> fields, std::size_t width, bool whole_line);

}  // namespace balassa
