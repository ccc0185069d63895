#include "io/panel/wide_table.hpp"

#include <fmt/format.h>

#include "io/base/error.hpp"
#include "io/panel/presets.hpp"

namespace balassa {

std::vector<std::size_t> year_columns(const std::vector<std::string>& header) {
  std::vector<std::size_t> columns;
  for (std::size_t column = 0; column < header.size(); ++column) {
    const auto form = read_year(header[column], FiscalYear::kFirst).form;
    if (form == YearReading::Form::kYear || form == YearReading::Form::kMarked || form == YearReading::Form::kFiscal)
      columns.push_back(column);
  }
  return columns;
}

std::string read_as_wide(CsvReader& reader) {
  const std::vector<std::size_t> columns = year_columns(reader.header());
  if (columns.empty()) {
    throw Error(
        ExitCode::kBadData,
        fmt::format("{}:header[{}]: found no column named by a year, expected some with --wide; leave --wide out",
                    reader.name(), reader.lines_above() + 1));
  }
  const std::string first = reader.header()[columns.front()], last = reader.header()[columns.back()];
  reader.melt(columns, "year");
  return fmt::format("{}: {} columns are years ({} to {}): each row is read as one of each year", reader.name(),
                     columns.size(), first, last);
}

void refuse_wide(const CsvReader& reader) {
  const auto& header = reader.header();
  const std::vector<std::size_t> columns = year_columns(header);
  if (columns.size() < 2 || guess_column(header, reader.name(), Role::kYear, "")) return;
  throw Error(
      ExitCode::kBadData,
      fmt::format("{}:header[{}]: found a wide table, with a column for each year ({} to {}), expected a row for "
                  "each year; say --wide",
                  reader.name(), reader.lines_above() + 1, header[columns.front()], header[columns.back()]));
}

}  // namespace balassa
