// A file beside the trade data, in memory, and which of its columns hold the codes of the panel.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace balassa {

// A file and which of its columns are meant: "FILE" or "FILE:key=COLUMN,key=COLUMN". Keys: code, name, parent, kind,
// class, year, location, product, value, from, to, weight; `year` may be a number where the file has no such column.
struct SideFile {
  std::string path;
  std::map<std::string, std::string> columns;
};

// A column's name may hold commas. Throws Error 64 for an unknown key.
SideFile parse_side_file(const std::string& text);

// Opens the file and reads its header. Throws Error: 66, 77 as open_text; 65 for a header that lacks a named column.
void check_side_file(const SideFile& file);

class SideText {
 public:
  explicit SideText(const SideFile& file);  // throws as check_side_file, and for malformed rows

  struct Row {
    std::vector<std::string> fields;
    std::uint64_t line;
  };
  const std::vector<std::string>& header() const { return header_; }
  const std::vector<Row>& rows() const { return rows_; }
  const std::string& name() const { return file_.path; }
  // What was left out below the table, in words; "": nothing.
  const std::string& notes() const { return notes_; }
  std::string asked(const std::string& key) const;  // the column that the user names, or ""
  std::optional<std::size_t> column(const std::string& name) const;
  [[noreturn]] void fail(const Row& row, std::size_t column, const std::string& what) const;  // "found `what`"
  [[noreturn]] void fail_header(const std::string& what) const;

  // The column that the first of `keys` names which the user gave.
  std::optional<std::size_t> named(std::initializer_list<const char*> keys) const;

  // Codes of the panel with their index.
  struct Codes {
    std::size_t column;
    std::size_t matched;  // codes of the panel that the column has
    bool without_zeros;   // codes are compared without leading zeros, since none fits as it stands
    std::map<std::string, std::size_t, std::less<>> index;
    std::optional<std::size_t> find(std::string_view code) const;
  };
  // The column of the panel's codes: as named by `keys`, else the one that has most of them (of equals, the first whose
  // name `likely` knows, then the first).
  // `known`: the column, where the caller knows it.
  Codes codes(const std::vector<std::string>& panel, std::initializer_list<const char*> keys,
              bool (*likely)(std::string_view), std::optional<std::size_t> known = std::nullopt) const;

  // "the file's are such as 010100 (6 characters), the panel's such as 0101 (4 characters)".
  std::string unlike(const Codes& codes, const std::vector<std::string>& panel) const;

 private:
  SideFile file_;
  std::vector<std::string> header_;
  std::vector<Row> rows_;
  std::string notes_;
};

}  // namespace balassa
