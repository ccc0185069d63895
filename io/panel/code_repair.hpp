// Codes as tools alter them (spreadsheets, pandas) -> codes as they were, where that can be told.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace balassa {

// One code without what a spreadsheet or a web page put around it: '0101, ="0101", no-break and zero-width blanks.
std::string bare_code(std::string_view text);

// A code that a spreadsheet has rounded, as 1.01E+08: what it was can't be told.
bool is_rounded_code(std::string_view code);

// What was done to the distinct codes of a column.
struct CodeRepair {
  std::vector<std::string> codes;    // in the order given
  std::vector<std::string> remarks;  // in words, for the import
  bool zeros_put_back = false;
};

// Repairs that only all codes of a column together justify: ".0" taken off where every code with a point has it, points
// out of HS codes (`hs`), leading zeros put back. Zeros are put back where all codes are digits and
//  * codes of N and N - 1 digits occur, N even (N of HS: 4, 6, 8, 10), none of N digits begins with 0, and the shorter
//    are not the groups of the longer, and N - 1 digits are no level of `system` ("isic", "sitc2"; "": not known); or
//  * a code is there both with its zeros and without (0101 in one file, 101 in another).
// `what` is "location" or "product": only products have levels and even lengths.
CodeRepair repair_codes(const std::vector<std::string>& codes, const std::string& what, bool hs,
                        std::string_view system = "");

// Codes that differ in case only, as "arg and ARG": a remark, else "".
std::string alike_but_for_case(const std::vector<std::string>& codes, const std::string& what);

}  // namespace balassa
