// The panel file `balassa-panel`, version 1 (FORMATS section 1).
#pragma once

#include <string>

#include "io/panel/panel.hpp"

namespace balassa {

inline constexpr int kPanelVersion = 1;

// Where to look for the core datasets in other people's HDF5 or netCDF files; an empty name is ours.
struct PanelNames {
  std::string value, year, location, product;
  bool foreign() const { return !value.empty() || !year.empty() || !location.empty() || !product.empty(); }
};

// Reads a panel, dense or /sparse, and checks all that FORMATS 1 asks of it. With names, a file without our format
// attribute is read too. Throws Error: kInputMissing, kPermission, kBadData (naming file, dataset and row),
// kOutOfMemory.
Panel read_panel(const std::string& path, const PanelNames& names = {});

// Writes a panel; sparse where fewer than 3 % of the cells are not zero or the dense values pass 2 GB. The same panel
// gives the same bytes. Throws Error: kCannotCreate, kPermission, kIo, kBadData for a panel that read_panel would
// refuse.
void write_panel(const std::string& path, const Panel& panel, bool force);

// XXH3-128 in hexadecimal over the content (labels, values, tables, units) in the order of struct Panel; the same for
// the dense and the sparse file. NaNs count as one value.
std::string panel_hash(const Panel& panel);

}  // namespace balassa
