// What must hold of a panel, whether it is read or about to be written (FORMATS section 1). Each check throws Error
// kBadData "WHERE[ROW]: found X, expected Y"; `where` is FILE:/DATASET.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/panel/panel.hpp"

namespace balassa {

// Ascending, unique, at least one.
void check_years(const std::string& where, const std::vector<std::int32_t>& years);

// At least one; unique, not empty, UTF-8 without control characters.
void check_codes(const std::string& where, const std::vector<std::string>& codes);

// UTF-8 without control characters.
void check_texts(const std::string& where, const std::vector<std::string>& texts);

// value[year, location, product]: NaN, or finite and not negative.
void check_values(const std::string& where, const Panel& panel);

// A table [year, location]: NaN or finite.
void check_table(const std::string& where, const Panel& panel, const std::vector<double>& values);

// Parents are -1 or the index of another location, and no location is its own ancestor.
void check_parents(const std::string& where, const Panel& panel);

// All of the above and the shapes, before a panel is written to `path`.
void check_panel(const std::string& path, const Panel& panel);

// A text of a file as it may stand in a message: one line, no control characters, at most 60 bytes.
std::string printable(const std::string& text);

// Bytes of memory that the machine has.
std::size_t physical_memory();

}  // namespace balassa
