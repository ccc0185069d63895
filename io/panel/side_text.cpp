#include "io/panel/side_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "io/base/error.hpp"
#include "io/base/nearest_name.hpp"
#include "io/text/csv_reader.hpp"
#include "io/text/text_source.hpp"
#include "io/text/utf8.hpp"

namespace balassa {
namespace {

constexpr std::string_view kKeys[] = {"code",     "name",    "parent", "kind", "class", "year",
                                      "location", "product", "value",  "from", "to",    "weight"};

// Where "key=" of a known key starts after `from`, at the start or after a comma; npos: nowhere.
std::size_t next_key(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at < text.size(); ++at) {
    if (at != 0 && text[at - 1] != ',') continue;
    const std::size_t equals = text.find('=', at);
    if (equals == std::string_view::npos) return equals;
    const std::string_view key = text.substr(at, equals - at);
    if (std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys)) return at;
  }
  return std::string_view::npos;
}

std::string_view without_zeros(std::string_view code) {
  while (code.size() > 1 && code[0] == '0') code.remove_prefix(1);
  return code;
}

bool is_number(std::string_view code) {
  return !code.empty() && std::all_of(code.begin(), code.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace

SideFile parse_side_file(const std::string& text) {
  SideFile file{text, {}};
  // The columns begin at the last colon that a key follows.
  std::size_t colon = text.rfind(':');
  for (std::size_t at = colon; at != std::string::npos && at > 0; at = text.rfind(':', at - 1)) {
    if (next_key(std::string_view(text).substr(at + 1), 0) == 0) {
      colon = at;
      break;
    }
  }
  if (colon == std::string::npos || text.find('=', colon) == std::string::npos) return file;
  file.path = text.substr(0, colon);
  const std::string_view columns = std::string_view(text).substr(colon + 1);
  for (std::size_t at = 0; at < columns.size();) {
    const std::size_t equals = columns.find('=', at);
    if (next_key(columns, at) != at || equals == std::string_view::npos) {
      throw Error(ExitCode::kUsage, fmt::format("{}: found {}, expected KEY=COLUMN with a key of {}", text,
                                                shown(columns.substr(at)), fmt::join(kKeys, ", ")));
    }
    const std::size_t next = next_key(columns, equals + 1), end = std::min(next, columns.size() + 1);
    file.columns.emplace(columns.substr(at, equals - at), columns.substr(equals + 1, end - 1 - (equals + 1)));
    at = end;
  }
  return file;
}

void check_side_file(const SideFile& file) {
  const auto source = open_text(file.path);
  const CsvReader reader(*source, file.path);
  for (const auto& [key, column] : file.columns) {
    const auto& header = reader.header();
    if (std::find(header.begin(), header.end(), column) != header.end()) continue;
    if (key == "year" && is_number(column)) continue;
    throw Error(ExitCode::kBadData,
                fmt::format("{}:header: found columns {}, expected {} as {}= says; the nearest is {}", file.path,
                            fmt::join(header, ", "), shown(column), key, nearest_name(column, header)));
  }
}

SideText::SideText(const SideFile& file) : file_(file) {
  check_side_file(file);
  const auto source = open_text(file.path);
  CsvReader reader(*source, file.path);
  header_ = reader.header();
  while (reader.next()) {
    rows_.push_back({{reader.fields().begin(), reader.fields().end()}, reader.line()});
  }
  if (const LinesLeftOut& lines = reader.left_out(); lines.notes > 0) {
    notes_ = fmt::format("{}: the table ends in line {}; left out below it: {}{}", file.path, lines.first_note - 1,
                         shown(lines.note), lines.notes > 1 ? fmt::format(" and {} more", lines.notes - 1) : "");
  }
}

std::string SideText::asked(const std::string& key) const {
  const auto found = file_.columns.find(key);
  return found == file_.columns.end() ? "" : found->second;
}

std::optional<std::size_t> SideText::column(const std::string& name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

void SideText::fail(const Row& row, std::size_t column, const std::string& what) const {
  throw Error(ExitCode::kBadData, fmt::format("{}:{}[{}]: found {}", name(), header_[column], row.line, what));
}

void SideText::fail_header(const std::string& what) const {
  throw Error(ExitCode::kBadData,
              fmt::format("{}:header: found columns {}, {}", name(), fmt::join(header_, ", "), what));
}

std::optional<std::size_t> SideText::named(std::initializer_list<const char*> keys) const {
  for (const char* key : keys) {
    if (const std::string given = asked(key); !given.empty()) return column(given);
  }
  return std::nullopt;
}

std::optional<std::size_t> SideText::Codes::find(std::string_view code) const {
  const auto found = index.find(without_zeros ? balassa::without_zeros(code) : code);
  if (found == index.end()) return std::nullopt;
  return found->second;
}

SideText::Codes SideText::codes(const std::vector<std::string>& panel, std::initializer_list<const char*> keys,
                                bool (*likely)(std::string_view), std::optional<std::size_t> known) const {
  const std::optional<std::size_t> asked_for = named(keys), given = asked_for ? asked_for : known;
  Codes best{given.value_or(0), 0, false, {}};
  for (const bool zeros_off : {false, true}) {
    Codes codes{0, 0, zeros_off, {}};
    for (std::size_t i = 0; i < panel.size(); ++i) {
      if (zeros_off && !is_number(panel[i])) continue;
      codes.index.emplace(zeros_off ? without_zeros(panel[i]) : std::string_view(panel[i]), i);
    }
    if (!zeros_off) best.index = codes.index;
    bool best_likely = false;
    for (std::size_t column = 0; column < header_.size(); ++column) {
      if (given && column != *given) continue;
      std::set<std::size_t> matched;
      for (const Row& row : rows_) {
        if (const auto code = codes.find(row.fields[column])) matched.insert(*code);
      }
      const bool is_likely = likely(header_[column]);
      const bool better =
          matched.size() > best.matched || (matched.size() == best.matched && is_likely && !best_likely);
      if (!better) continue;
      best_likely = is_likely;
      best.column = column;
      best.matched = matched.size();
      if (best.matched > 0) {
        best.without_zeros = zeros_off;
        best.index = codes.index;
      }
    }
    if (best.matched > 0) break;
  }
  return best;
}

std::string SideText::unlike(const Codes& codes, const std::vector<std::string>& panel) const {
  const auto such_as = [](const std::string& code) {
    return fmt::format("such as {} ({} characters)", shown(code), characters(code).value_or(code.size()));
  };
  if (rows_.empty() || panel.empty()) return "the file has no rows";
  return fmt::format("those of column {} are {}, the panel's {}", header_[codes.column],
                     such_as(rows_.front().fields[codes.column]), such_as(panel.front()));
}

}  // namespace balassa
