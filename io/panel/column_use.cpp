#include "io/panel/column_use.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace balassa {
namespace {

std::string listed(const char* what, const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  if (names.empty()) return {};
  const auto shown = static_cast<std::ptrdiff_t>(std::min(names.size(), kShown));
  return fmt::format("; {}: {}{}", what, fmt::join(names.begin(), names.begin() + shown, ", "),
                     names.size() > kShown ? fmt::format(" and {} more", names.size() - kShown) : "");
}

}  // namespace

std::string ColumnUse::text() const {
  return fmt::format("{}location={} product={} value={}{}{}{}", year.empty() ? "" : fmt::format("year={} ", year),
                     location, product, value, listed("rows chosen by", chosen_by), listed("summed over", summed_over),
                     listed("ignored", ignored));
}

ColumnUse use_of_columns(const Layout& layout, const std::vector<std::string>& header, const std::string& file) {
  std::vector<bool> used(header.size(), false);
  const auto take = [&](std::size_t column) {
    used[column] = true;
    return header[column];
  };
  ColumnUse use;
  use.file = file;
  if (layout.year) use.year = take(*layout.year);
  use.location = take(layout.location);
  use.product = take(layout.product);
  use.value = take(layout.value);
  for (const auto& fallback : {layout.location_number, layout.location_words, layout.partner_number}) {
    if (fallback) used[*fallback] = true;
  }
  for (const RowRule& rule : layout.rules) {
    if (!used[rule.column]) use.chosen_by.push_back(take(rule.column));
    if (rule.code_column) used[*rule.code_column] = true;
  }
  std::vector<std::size_t> summed = layout.summed_over;
  if (layout.partner) summed.insert(summed.begin(), *layout.partner);
  for (const std::size_t column : summed) {
    if (!used[column]) use.summed_over.push_back(take(column));
  }
  for (std::size_t column = 0; column < header.size(); ++column) {
    if (!used[column] && !header[column].empty()) use.ignored.push_back(header[column]);
  }
  return use;
}

}  // namespace balassa
