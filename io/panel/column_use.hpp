// Which column of a table was taken as what, for whoever has to judge it.
#pragma once

#include <string>
#include <vector>

#include "io/panel/presets.hpp"

namespace balassa {

// Names of columns, as the header spells them.
struct ColumnUse {
  std::string file;
  std::string year;  // "" = one year is given for the whole file
  std::string location, product, value;
  std::vector<std::string> chosen_by;    // they decide which rows count
  std::vector<std::string> summed_over;  // rows that they tell apart are added
  std::vector<std::string> ignored;
  std::string text() const;  // "year=year location=country product=hs92_4 value=export_usd; ignored: label"
};

ColumnUse use_of_columns(const Layout& layout, const std::vector<std::string>& header, const std::string& file);

}  // namespace balassa
