// Numbers as statistical offices write them: decimal mark, thousands separators, signs, marks of what is missing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace balassa {

struct NumberFormat {
  char decimal = '.';
  char thousands = 0;                // besides blanks and apostrophes, which no one takes for a decimal mark
  std::vector<std::string> missing;  // further marks
};

// Reads `--decimal` and `--thousands`: one of "." "," "space" "apostrophe", or "". Each implies the other of . and ,
// where it is one of them. Throws Error 64.
NumberFormat parse_number_format(const std::string& decimal, const std::string& thousands,
                                 const std::vector<std::string>& missing);

// Whether a text is a usual mark of a missing value, in any case, or one of `format`.
bool is_missing_mark(std::string_view text, const NumberFormat& format);

// The number; none where the text is no number in this format. Takes thousands in groups, a plus sign, a currency sign
// and a flag of one to three small letters behind a blank ("303126 p"), as Eurostat writes it.
std::optional<double> read_number(std::string_view text, const NumberFormat& format);

// Whether the decimal mark of a number may be one of thousands: 303.126, 516.
bool may_be_thousands(std::string_view text, const NumberFormat& format);

// What a message expects in place of a text that read_number refuses, and what the user may do.
std::string number_advice(std::string_view text, const NumberFormat& format);

}  // namespace balassa
