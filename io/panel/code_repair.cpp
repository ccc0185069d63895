#include "io/panel/code_repair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "io/panel/presets.hpp"

namespace balassa {
namespace {

bool all_digits(std::string_view code) {
  return !code.empty() && code.find_first_not_of("0123456789") == std::string_view::npos;
}

// Characters that a reader does not see around a code.
constexpr std::string_view kUnseen[] = {
    "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89", "\xE2\x80\x8B", "\xE2\x80\x8E", "\xEF\xBB\xBF", " ", "\t"};

std::string_view without_unseen(std::string_view text) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view mark : kUnseen) {
      if (text.starts_with(mark)) text.remove_prefix(mark.size()), again = true;
      if (text.ends_with(mark)) text.remove_suffix(mark.size()), again = true;
    }
  }
  return text;
}

// 0101.21, 0101.21.00, 01.01: two or four digits, then pairs.
bool is_dotted_hs(std::string_view code) {
  const std::size_t point = code.find('.');
  if (point != 2 && point != 4) return false;
  if (!all_digits(code.substr(0, point)) || code.size() == point + 1) return false;
  for (std::string_view rest = code.substr(point); !rest.empty(); rest.remove_prefix(3)) {
    if (rest.size() < 3 || rest[0] != '.' || !all_digits(rest.substr(1, 2))) return false;
  }
  return true;
}

std::string without_points(std::string code) {
  code.erase(std::remove(code.begin(), code.end(), '.'), code.end());
  return code;
}

// Applies `change` to the codes for which `chosen` holds; the remark names how many and one of them.
template <class Chosen, class Change>
void change_codes(CodeRepair& repair, const std::string& what, const char* done, Chosen chosen, Change change) {
  std::size_t count = 0;
  std::string example;
  for (std::string& code : repair.codes) {
    if (!chosen(code)) continue;
    std::string changed = change(code);
    if (count++ == 0) example = fmt::format("{} is {}", code, changed);
    code = std::move(changed);
  }
  if (count > 0) {
    repair.remarks.push_back(fmt::format("{} {} code{} {}: {}; --keep-codes leaves codes as they are", count, what,
                                         count == 1 ? "" : "s", done, example));
  }
}

void take_off_decimals(CodeRepair& repair, const std::string& what) {
  const auto is_whole = [](const std::string& code) {
    return code.ends_with(".0") && all_digits(std::string_view(code).substr(0, code.size() - 2));
  };
  const bool all = std::all_of(repair.codes.begin(), repair.codes.end(), [&](const std::string& code) {
    return code.find('.') == std::string::npos || is_whole(code);
  });
  if (!all) return;
  change_codes(repair, what, "lost the .0 that a program had put there", is_whole,
               [](const std::string& code) { return code.substr(0, code.size() - 2); });
}

// Shorter codes by how many of them are the group of a longer one, as the group 011 is of 0111 and 0112.
bool are_groups(const std::set<std::string>& shorter, const std::set<std::string>& longer) {
  std::size_t groups = 0;
  for (const std::string& code : shorter) {
    const auto next = longer.lower_bound(code);
    groups += next != longer.end() && next->starts_with(code) ? 1 : 0;
  }
  return 2 * groups > shorter.size();
}

void put_zeros_back(CodeRepair& repair, const std::string& what, std::string_view system) {
  std::map<std::size_t, std::set<std::string>> by_length;
  for (const std::string& code : repair.codes) {
    if (code.empty()) continue;
    if (!all_digits(code)) return;
    by_length[code.size()].insert(code);
  }
  const bool products = what == "product";
  const auto pad = [&](const auto& chosen, std::size_t length) {
    const std::size_t before = repair.remarks.size();
    change_codes(repair, what, "had lost leading zeros", chosen, [&](std::string code) {
      return code.insert(0, length > code.size() ? length - code.size() : 0, '0');
    });
    repair.zeros_put_back |= repair.remarks.size() > before;
  };
  if (products && by_length.size() == 2) {
    const auto length = by_length.rbegin()->first;
    const auto& longer = by_length.rbegin()->second;
    const auto& [short_length, shorter] = *by_length.begin();
    const bool zeros_kept = longer.begin()->front() == '0';
    const bool both_levels = is_code_of(system, *shorter.begin()) && is_code_of(system, *longer.begin());
    if (length % 2 == 0 && length >= 4 && short_length + 1 == length && !zeros_kept && !both_levels &&
        !are_groups(shorter, longer)) {
      pad([&](const std::string& code) { return code.size() + 1 == length && !code.empty(); }, length);
      return;
    }
  }
  // The same code with its zeros and without.
  std::map<std::string, std::string> with_zeros;  // without -> with
  for (const auto& [length, codes] : by_length) {
    for (const std::string& code : codes) {
      const std::size_t zeros = code.find_first_not_of('0');
      if (length >= 3 && zeros != 0 && zeros != std::string::npos) with_zeros[code.substr(zeros)] = code;
    }
  }
  std::set<std::string> without, others;
  for (const std::string& code : repair.codes) (with_zeros.contains(code) ? without : others).insert(code);
  // A length at which zeros were kept is a level of its own: 01, 11 and 12 beside 011 and 012.
  const bool level = std::any_of(without.begin(), without.end(), [&](const std::string& code) {
    return std::any_of(by_length.at(code.size()).begin(), by_length.at(code.size()).end(),
                       [](const std::string& other) { return other.front() == '0' && other.size() > 1; });
  });
  if (without.empty() || level || (products && (2 * without.size() < with_zeros.size() || are_groups(without, others))))
    return;
  change_codes(
      repair, what, "had lost leading zeros", [&](const std::string& code) { return with_zeros.contains(code); },
      [&](const std::string& code) { return with_zeros.at(code); });
  repair.zeros_put_back = true;
}

}  // namespace

std::string bare_code(std::string_view text) {
  std::string_view code = without_unseen(text);
  if (code.size() > 3 && code.starts_with("=\"") && code.ends_with('"')) code = code.substr(2, code.size() - 3);
  if (code.size() > 1 && code.front() == '\'' && std::isdigit(static_cast<unsigned char>(code[1])) != 0) {
    code.remove_prefix(1);
    if (code.size() > 1 && code.back() == '\'') code.remove_suffix(1);
  }
  return std::string(without_unseen(code));
}

bool is_rounded_code(std::string_view code) {
  const std::size_t exponent = code.find_first_of("Ee");
  if (exponent == std::string_view::npos || exponent == 0 || exponent + 2 >= code.size()) return false;
  const std::string_view mantissa = code.substr(0, exponent);
  if (code[exponent + 1] != '+' || !all_digits(code.substr(exponent + 2))) return false;
  const std::size_t mark = mantissa.find_first_of(".,");
  return all_digits(mantissa.substr(0, mark)) &&
         (mark == std::string_view::npos || all_digits(mantissa.substr(mark + 1)));
}

CodeRepair repair_codes(const std::vector<std::string>& codes, const std::string& what, bool hs,
                        std::string_view system) {
  CodeRepair repair{codes, {}, false};
  take_off_decimals(repair, what);
  const auto has_point = [](const std::string& code) { return code.find('.') != std::string::npos; };
  const bool dotted = hs && std::all_of(repair.codes.begin(), repair.codes.end(), [&](const std::string& code) {
                        return !has_point(code) || is_dotted_hs(code);
                      });
  if (dotted) change_codes(repair, what, "lost their points", has_point, without_points);
  put_zeros_back(repair, what, system);
  return repair;
}

std::string alike_but_for_case(const std::vector<std::string>& codes, const std::string& what) {
  std::map<std::string, std::string> first;  // in capitals -> as given
  std::vector<std::string> pairs;
  for (const std::string& code : codes) {
    std::string capitals = code;
    std::transform(code.begin(), code.end(), capitals.begin(), [](unsigned char c) { return std::toupper(c); });
    const auto [known, fresh] = first.emplace(capitals, code);
    if (!fresh && known->second != code) pairs.push_back(fmt::format("{} and {}", known->second, code));
  }
  if (pairs.empty()) return "";
  return fmt::format("{} pair{} of {} codes differ in case only, and are kept apart: {}{}", pairs.size(),
                     pairs.size() == 1 ? "" : "s", what, pairs.front(), pairs.size() > 1 ? ", ..." : "");
}

}  // namespace balassa
