#include "io/text/dialect.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace balassa {
namespace {

constexpr std::string_view kDelimiters = ",;\t|";
constexpr std::size_t kLinesLookedAt = 200, kBytesLookedAt = 1 << 16;

// How notes begin, in lower case; the next way goes here.
constexpr std::string_view kNoteStarts[] = {"source",    "note",   "notes",  "data ", "last updated",
                                            "copyright", "©",      "*",      "(",     "nb",
                                            "footnote",  "quelle", "fuente", "fonte", "источник"};

std::string_view without_blanks(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\r' || c == '"' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// A line of the text, and where it is cut. A quote opens only at the start of a field.
struct Line {
  std::size_t begin = 0, end = 0;
  std::array<std::size_t, kDelimiters.size()> count{};  // delimiters outside quotes
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  Line line;
  bool inside = false, at_start = true;
  for (std::size_t i = 0; i < text.size() && lines.size() < kLinesLookedAt; ++i) {
    const char c = text[i];
    if (inside) {
      inside = c != '"';
      continue;
    }
    const std::size_t kind = kDelimiters.find(c);
    if (c == '"' && at_start) {
      inside = true;
    } else if (c == '\n') {
      line.end = i;
      lines.push_back(line);
      line = {i + 1, i + 1, {}};
      at_start = true;
    } else if (kind != std::string_view::npos) {
      ++line.count[kind];
      at_start = true;
    } else if (c != ' ') {
      at_start = false;
    }
  }
  if (text.size() < kBytesLookedAt && line.begin < text.size() && lines.size() < kLinesLookedAt) {
    line.end = text.size();
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string_view> cut(std::string_view line, char delimiter) {
  std::vector<std::string_view> fields;
  bool inside = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= line.size(); ++i) {
    if (i < line.size() && line[i] == '"') inside = !inside;
    if (i < line.size() && (inside || line[i] != delimiter)) continue;
    fields.push_back(without_blanks(line.substr(begin, i - begin)));
    begin = i + 1;
  }
  return fields;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.back())) != 0 &&
         text.find_first_not_of("0123456789.,+-eE ") == std::string_view::npos;
}

// The columns of a wide table are named by years, which are no data.
bool is_year_name(std::string_view text) {
  return text.size() == 4 && text >= "1500" && text <= "2200" && is_number(text);
}

bool are_names(const std::vector<std::string_view>& fields) {
  std::size_t filled = 0;
  for (const std::string_view field : fields) {
    if (is_number(field) && !is_year_name(field)) return false;
    filled += field.empty() ? 0 : 1;
  }
  return filled >= 2;
}

// The width that most lines have, the first of them where several do; 1 where no line is cut.
std::size_t usual_width(const std::vector<Line>& lines, std::size_t kind, std::size_t* how_many) {
  std::map<std::size_t, std::size_t> lines_by_width;
  for (const Line& line : lines) ++lines_by_width[line.count[kind] + 1];
  lines_by_width.erase(1);
  std::size_t width = 1, most = 0;
  for (const Line& line : lines) {
    const auto found = lines_by_width.find(line.count[kind] + 1);
    if (found != lines_by_width.end() && found->second > most) std::tie(width, most) = *found;
  }
  *how_many = most;
  return width;
}

// As most fields are cut: by the delimiter that most often occurs in the first line, unless another cuts more lines
// alike (a title above the header holds commas of its own).
std::size_t find_delimiter(const std::vector<Line>& lines) {
  const auto& first = lines.front().count;
  const auto guess = static_cast<std::size_t>(std::max_element(first.begin(), first.end()) - first.begin());
  std::size_t best = guess, most = 0;
  usual_width(lines, guess, &most);
  if (2 * most >= lines.size() && first[guess] > 0) return guess;
  for (std::size_t kind = 0; kind < kDelimiters.size(); ++kind) {
    std::size_t how_many = 0;
    usual_width(lines, kind, &how_many);
    if (how_many > most) {
      most = how_many;
      best = kind;
    }
  }
  return best;
}

std::optional<char> separator_line(std::string_view line) {
  const std::string_view text = without_blanks(line.ends_with('\t') ? line.substr(0, line.size() - 1) : line);
  if (!text.starts_with("sep=") && !text.starts_with("SEP=")) return std::nullopt;
  if (text.size() == 4) return '\t';
  return text.size() == 5 ? std::optional<char>(text[4]) : std::nullopt;
}

std::size_t skipped_bytes(std::string_view text, std::uint64_t lines) {
  std::size_t at = 0;
  for (; lines > 0; --lines) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return at;
    at = end + 1;
  }
  return at;
}

// Index of the header among the lines that are not blank.
std::size_t find_header(std::string_view text, const std::vector<Line>& lines, char delimiter) {
  const auto fields_of = [&](std::size_t i) {
    return cut(text.substr(lines[i].begin, lines[i].end - lines[i].begin), delimiter);
  };
  std::vector<std::vector<std::string_view>> fields;
  std::map<std::size_t, std::size_t> lines_by_width;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    fields.push_back(fields_of(i));
    ++lines_by_width[fields[i].size()];
  }
  std::size_t width = 1, most = 0;
  for (const auto& row : fields) {
    const std::size_t count = lines_by_width[row.size()];
    if (row.size() > 1 && count > most) std::tie(width, most) = std::pair(row.size(), count);
  }
  if (width < 2) return 0;
  // Rows that all end in an empty field are one field wider than their header.
  const bool trailing = std::all_of(fields.begin(), fields.end(),
                                    [&](const auto& row) { return row.size() != width || row.back().empty(); });
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t wide = fields[i].size();
    if (wide > width + 1) break;
    const bool fits =
        wide == width || (trailing && wide + 1 == width) || (wide == width + 1 && fields[i].back().empty());
    if (!fits) continue;
    const auto filled = static_cast<std::size_t>(
        std::count_if(fields[i].begin(), fields[i].end(), [](std::string_view field) { return !field.empty(); }));
    const bool title = 2 * filled <= width;  // a title that a spreadsheet has filled up with delimiters
    const bool comment = text[lines[i].begin] == '#' && i + 1 < fields.size() && are_names(fields[i + 1]);
    if (title || comment) continue;
    if (i == 0 || are_names(fields[i])) return i;
    break;
  }
  return 0;
}

}  // namespace

Dialect find_dialect(std::string_view start, char delimiter, std::uint64_t skip_lines) {
  Dialect dialect;
  const std::string_view text = start.substr(0, kBytesLookedAt);
  std::size_t from = skipped_bytes(text, skip_lines);
  const std::string_view first = text.substr(from, text.find('\n', from) - from);
  if (const auto separator = separator_line(first.ends_with('\r') ? first.substr(0, first.size() - 1) : first)) {
    if (delimiter == 0) delimiter = *separator;
    from = skipped_bytes(text, skip_lines + 1);
  }
  std::vector<Line> lines = lines_of(text.substr(from));
  std::erase_if(lines, [&](const Line& line) {
    return without_blanks(text.substr(from + line.begin, line.end - line.begin)).find_first_not_of(",;|\t") ==
           std::string_view::npos;
  });
  dialect.header_at = from;
  if (!lines.empty()) {
    dialect.delimiter = delimiter != 0 ? delimiter : kDelimiters[find_delimiter(lines)];
    const std::size_t header = skip_lines > 0 ? 0 : find_header(text.substr(from), lines, dialect.delimiter);
    for (std::size_t i = 0; i < header; ++i) dialect.comments |= text[from + lines[i].begin] == '#';
    dialect.header_at = from + lines[header].begin;
  } else if (delimiter != 0) {
    dialect.delimiter = delimiter;
  }
  const std::string_view above = text.substr(0, dialect.header_at);
  dialect.lines_above = static_cast<std::uint64_t>(std::count(above.begin(), above.end(), '\n'));
  return dialect;
}

bool is_eurostat_tsv(std::string_view start) {
  const std::string_view line = start.substr(0, start.find('\n'));
  const std::string_view first = line.substr(0, line.find('\t'));
  return first.size() < line.size() && first.find(',') != std::string_view::npos &&
         first.find('\\') != std::string_view::npos;
}

bool is_note(std::span<const std::string_view> fields, std::size_t width, bool whole_line) {
  const auto filled = static_cast<std::size_t>(
      std::count_if(fields.begin(), fields.end(), [](std::string_view field) { return !field.empty(); }));
  if (fields.empty() || fields[0].empty() || filled >= width || fields.size() > width) return false;
  // A row with gaps: as wide as the table, with something beyond its first two fields.
  const bool beyond = std::any_of(fields.begin() + std::min<std::ptrdiff_t>(2, std::ssize(fields)), fields.end(),
                                  [](std::string_view field) { return !field.empty(); });
  if (fields.size() == width && beyond) return false;
  const std::string_view text = fields[0];
  std::string lower(text.substr(0, 32));
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const bool known = std::any_of(std::begin(kNoteStarts), std::end(kNoteStarts),
                                 [&](std::string_view word) { return lower.starts_with(word); });
  if (filled > 1) return known && text.find(' ') != std::string_view::npos;
  return known || text.find(':') != std::string_view::npos || (whole_line && text.find(' ') != std::string_view::npos);
}

}  // namespace balassa
