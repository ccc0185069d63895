// Codes of one classification as those of another: products by a table of concordance, locations that split or merge.
#pragma once

#include <string>

#include "io/panel/panel.hpp"
#include "io/panel/side_text.hpp"

namespace balassa {

// Where the trade of products without a match goes, so that totals stay: a code that stands for "not specified".
inline constexpr const char* kUnmatchedProduct = "XXXX";

// Gives the panel the codes of `file`, which has a row for each pair: from, to and, where it says so, weight. The
// columns are as named; else `from` is the one that has most of the panel's products or locations, and `to` and
// `weight` are told by their names. A code with several targets is divided by their weights in proportion, without
// weights evenly; targets of several codes are sums. Locations without a match stay as they are; products go to
// kUnmatchedProduct. So the total of every year stays. A cell is NaN where all that it is made of is NaN, a location
// missing where all that it is made of is. Names, classes and tables stay where each new code was one old code. Returns
// what was done, in words. Throws Error 65 where no code matches, for a weight that is no number >= 0, and for columns
// that cannot be told.
std::string apply_concordance(Panel& panel, const SideFile& file);

}  // namespace balassa
