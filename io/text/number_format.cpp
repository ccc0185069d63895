#include "io/text/number_format.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "io/base/error.hpp"

namespace balassa {
namespace {

// Marks that offices, spreadsheets and programs put where there is no value; the next mark goes here. In any case.
constexpr std::string_view kMissingMarks[] = {"",
                                              "NA",
                                              "N/A",
                                              "n.a.",
                                              "n.a",
                                              "#N/A",
                                              "<NA>",
                                              "NaN",
                                              "-NaN",
                                              "null",
                                              "#NULL!",
                                              "None",
                                              "\\N",
                                              ".",
                                              "..",
                                              "...",
                                              "…",
                                              "-",
                                              "--",
                                              "–",
                                              "—",
                                              ":",
                                              ": c",
                                              ":c",
                                              "*",
                                              "**",
                                              "x",
                                              "c",
                                              "(D)",
                                              "(S)",
                                              "(X)",
                                              "(NA)",
                                              "n.d.",
                                              "nd",
                                              "n/d",
                                              "#",
                                              "not available",
                                              "confidential"};

// A character of several bytes, and what it stands for: a separator of thousands ('\''), nothing (0), or a minus.
struct Sign {
  std::string_view text;
  char meaning;
};
constexpr Sign kSigns[] = {{"\xC2\xA0", '\''},
                           {"\xE2\x80\xAF", '\''},
                           {"\xE2\x80\x89", '\''},
                           {"\xE2\x80\x87", '\''},
                           {"’", '\''},
                           {" ", '\''},
                           {"'", '\''},
                           {"US$", 0},
                           {"$", 0},
                           {"€", 0},
                           {"£", 0},
                           {"¥", 0},
                           {"−", '-'}};

bool same_any_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Whether groups between `mark` are of three digits, or of two as in India, the first of one to three, the last of
// three. `text` holds digits and marks only.
bool is_grouped(std::string_view text, char mark) {
  std::size_t group = 0;
  std::vector<std::size_t> groups;
  for (const char c : text) {
    if (c == mark) {
      groups.push_back(group);
      group = 0;
    } else if (is_digit(c)) {
      ++group;
    } else {
      return false;
    }
  }
  groups.push_back(group);
  if (groups.size() > 1 && text.front() == '0') return false;  // "0,125" is no number of thousands
  if (groups.front() < 1 || groups.front() > 3 || groups.back() != 3) return groups.size() == 1 && groups.front() > 0;
  return std::all_of(groups.begin() + 1, groups.end(), [&](std::size_t g) { return g == 3 || g == groups[1]; }) &&
         (groups[1] == 3 || groups[1] == 2);
}

// The text without a flag of an observation's status behind it ("303126 p"): one of Eurostat's letters, or two of those
// that go together ("bd", "ep"). Units ("mn", "bn", "k", "t") are none: they change the number.
std::string_view without_flag(std::string_view text) {
  const std::size_t blank = text.rfind(' ');
  if (blank == std::string_view::npos) return text;
  const std::string_view flag = text.substr(blank + 1), letters = flag.size() == 1 ? "bcdefinprsuz" : "bdepru";
  const bool is_flag = (flag.size() == 1 || flag.size() == 2) && flag.find_first_not_of(letters) == flag.npos;
  return is_flag ? text.substr(0, blank) : text;
}

// Digits, '.' for the decimal mark, '\'' or `format.thousands` between thousands, signs; "" where anything else occurs.
std::string in_plain_signs(std::string_view text, const NumberFormat& format) {
  std::string plain;
  for (std::string_view rest = without_flag(text); !rest.empty();) {
    const auto* sign =
        std::find_if(std::begin(kSigns), std::end(kSigns), [&](const Sign& s) { return rest.starts_with(s.text); });
    if (sign != std::end(kSigns)) {
      const bool between = !plain.empty() && is_digit(plain.back()) && sign->text.size() < rest.size();
      if (sign->meaning == '-' || (sign->meaning != 0 && between)) plain += sign->meaning;
      rest.remove_prefix(sign->text.size());
      continue;
    }
    const char c = rest.front();
    rest.remove_prefix(1);
    if (!is_digit(c) && c != '+' && c != '-' && c != format.decimal && c != format.thousands) return "";
    plain += c == format.decimal ? '.' : c == format.thousands ? ',' : c;
  }
  while (plain.ends_with('\'')) plain.pop_back();  // the blank before a currency sign
  return plain;
}

char mark_of(const std::string& option, const std::string& text) {
  if (text.empty()) return 0;
  if (text == "," || text == "comma") return ',';
  if (text == "." || text == "point") return '.';
  if (text == "space" || text == " ") return ' ';
  if (text == "'" || text == "apostrophe") return '\'';
  throw Error(ExitCode::kUsage, fmt::format("{}: found '{}', expected comma, point{}", option, text,
                                            option == "--decimal" ? "" : ", space or apostrophe"));
}

}  // namespace

NumberFormat parse_number_format(const std::string& decimal, const std::string& thousands,
                                 const std::vector<std::string>& missing) {
  NumberFormat format;
  format.missing = missing;
  const char mark = mark_of("--decimal", decimal), group = mark_of("--thousands", thousands);
  if (mark == ' ' || mark == '\'')
    throw Error(ExitCode::kUsage, fmt::format("--decimal: found '{}', expected comma or point", decimal));
  if (mark != 0 && mark == group)
    throw Error(ExitCode::kUsage,
                fmt::format("--thousands: found '{}' as for --decimal, expected another mark", thousands));
  format.decimal = mark != 0 ? mark : group == '.' ? ',' : '.';
  // Blanks and apostrophes are taken without being named.
  format.thousands = group == ',' || group == '.' ? group : mark == ',' && group == 0 ? '.' : '\0';
  return format;
}

bool is_missing_mark(std::string_view text, const NumberFormat& format) {
  const auto same = [&](std::string_view mark) { return same_any_case(mark, text); };
  return std::any_of(std::begin(kMissingMarks), std::end(kMissingMarks), same) ||
         std::find(format.missing.begin(), format.missing.end(), text) != format.missing.end();
}

std::optional<double> read_number(std::string_view text, const NumberFormat& format) {
  std::string plain = in_plain_signs(text, format);
  if (plain.starts_with('+')) plain.erase(0, 1);
  const std::size_t first = plain.starts_with('-') ? 1 : 0;
  const std::size_t point = std::min(plain.find('.'), plain.size());
  const std::string_view whole = std::string_view(plain).substr(first, point - first);
  for (const char mark : {'\'', ','}) {
    if (whole.find(mark) == std::string_view::npos) continue;
    if (!is_grouped(whole, mark)) return std::nullopt;
    plain.erase(std::remove(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(point), mark),
                plain.begin() + static_cast<std::ptrdiff_t>(point));
    break;
  }
  double value = 0;
  const auto [end, error] = fast_float::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (error != std::errc() || end != plain.data() + plain.size()) return std::nullopt;
  return value;
}

bool may_be_thousands(std::string_view text, const NumberFormat& format) {
  const std::size_t point = text.find(format.decimal);
  if (point == std::string_view::npos) return text.size() <= 3;
  return point >= 1 && point <= 3 && text.size() == point + 4 && text.front() != '0';
}

std::string number_advice(std::string_view text, const NumberFormat& format) {
  constexpr const char* kMissing = "leave the field empty, or say --missing MARK, if the value is missing";
  const auto as = [&](char decimal, char thousands) { return read_number(text, {decimal, thousands, {}}); };
  if (format.decimal == '.' && format.thousands == 0) {
    const auto thousands = as('.', ','), decimals = as(',', '.');
    if (thousands && decimals && *thousands != *decimals) {
      return fmt::format(
          "a number whose marks are known; say --thousands comma if this is {:.15g}, --decimal comma if it is {:.15g}",
          *thousands, *decimals);
    }
    if (thousands)
      return fmt::format("a number without thousands separators; say --thousands comma (it is {:.15g} then)",
                         *thousands);
    if (decimals)
      return fmt::format("a number with a decimal point; say --decimal comma (it is {:.15g} then)", *decimals);
  } else if (as(format.decimal == ',' ? '.' : ',', format.decimal)) {
    return fmt::format("a number with decimal {} as --decimal and --thousands say; correct these options or the row",
                       format.decimal == ',' ? "commas" : "points");
  }
  return fmt::format("a number; correct the row; {}", kMissing);
}

}  // namespace balassa
