// Tables of a result file: one row per combination of key dimensions, one column per dataset that lies on them
// (FORMATS section 6). Works on measures, sweeps and dense panels alike, by dimension names alone.
#pragma once

#include <string>
#include <vector>

#include "io/hdf5/result_file.hpp"
#include "io/panel/panel.hpp"
#include "io/text/csv_writer.hpp"

namespace balassa {

// A kind of table that a file has, by the name that `export --table` takes.
struct TableKind {
  std::string name;                  // "location", "product", "location_product", "class", "year", "raw", ...
  std::vector<std::string> keys;     // dimension names, outermost first
  std::vector<std::string> labels;   // those of them that the header shows
  std::vector<std::string> columns;  // after the labels, as in the header
};

// The tables that the file has, the default one first; empty for a file without any.
std::vector<TableKind> tables_of(const ResultReader& file);

// What a column of a table is, by the dataset's own attributes.
struct ColumnDescription {
  std::string name, meaning, unit;
  std::vector<std::string> dimensions;  // on which it varies
  std::string dataset;                  // where it lies in the file
};
// Of every column of its header, in its order.
std::vector<ColumnDescription> describe_table(const ResultReader& file, const TableKind& table);

// Writes header and rows. Memory: one year (of raw scores: one year and specification) of the table. `panel`, where
// not null, adds its `value` to tables on location and product, by code, and `total` to one on locations that lacks it.
void write_table(const ResultReader& file, const TableKind& table, const Panel* panel, CsvWriter& csv);

// year, location, product, value (NaN = empty); cells of value 0 only with `zeros`.
void write_panel_table(const Panel& panel, bool zeros, CsvWriter& csv);

}  // namespace balassa
