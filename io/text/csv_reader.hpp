// Rows of delimited text: CSV, TSV, semicolons; RFC 4180 quoting with newlines in fields, CRLF, byte-order mark.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/text/dialect.hpp"
#include "io/text/text_source.hpp"

namespace balassa {

// Lines of a text that are no rows of its table.
struct LinesLeftOut {
  std::uint64_t blank = 0, comments = 0, notes = 0;
  std::uint64_t first_note = 0;  // line of the first note below the table
  std::string note;              // its text
};

// Streams rows through one buffer; a row is valid until the next call of next(). Memory does not grow with the file.
class CsvReader {
 public:
  // Reads the header. `name` is what messages call the file; `delimiter` 0 = told from the text (, ; tab |), as is
  // what stands above the header, unless `skip_lines` says so (dialect.hpp). `source` must outlive the reader. Throws
  // Error 65: empty, not text, CR line ends.
  CsvReader(TextSource& source, std::string name, char delimiter = 0, std::uint64_t skip_lines = 0);

  const std::string& name() const { return name_; }
  char delimiter() const { return dialect_.delimiter; }
  std::uint64_t lines_above() const { return dialect_.lines_above; }
  const LinesLeftOut& left_out() const { return left_out_; }

  // From here on each row is read once for each of `columns`, with two fields in their place: the name of the column,
  // called `name`, and its value, called "value".
  void melt(const std::vector<std::size_t>& columns, const std::string& name);

  // Column names as given, trimmed, without the byte-order mark; newlines and other control characters as blanks.
  const std::vector<std::string>& header() const { return header_; }

  // Moves to the next row; false at the end. Blank lines, comments and notes below the table are left out, and empty
  // fields beyond the last column. Throws Error 65, with the line: another number of fields than the header, a quote
  // that is not closed, text after a closing quote.
  bool next();

  // Fields of the row, unquoted and trimmed of blanks.
  std::span<const std::string_view> fields() const { return molten_.columns.empty() ? fields_ : molten_.fields; }

  // Line of the file on which the row begins, from 1.
  std::uint64_t line() const { return row_line_; }

  // Whether the line repeats the header of the file, as when files were concatenated.
  bool repeats_header() const;
  // Whether the row is the first of its line: the only one, but of a wide table.
  bool begins_line() const { return molten_.columns.empty() || molten_.next == 1; }
  bool is_wide() const { return !molten_.columns.empty(); }

  // "FILE:COLUMN[LINE]", the place that a message names.
  std::string place(std::size_t column) const;

 private:
  bool read_row();
  bool next_line();
  bool is_left_out();
  void next_molten();
  bool refill();
  void skip_to(std::size_t position);
  void classify();
  std::size_t next_structural();
  enum class Quoted { kDone, kNeedsMore };
  Quoted read_quoted(std::size_t open, std::size_t& after);
  void end_field(std::size_t begin, std::size_t end);
  void finish_quoted();
  [[noreturn]] void fail(const std::string& what) const;

  // Where a quoted field lies inside its quotes, and whether it holds doubled quotes.
  struct QuotedField {
    std::size_t field, begin, end;
    bool doubled;
  };

  // A wide table: the columns that become rows, and the row being handed out.
  struct Molten {
    std::vector<std::size_t> columns, kept;
    std::vector<std::string> names;   // of `columns`
    std::vector<std::string> header;  // of the file
    std::size_t next = 0;             // among `columns`
    std::vector<std::string_view> fields;
  };

  TextSource& source_;
  std::string name_;
  Dialect dialect_;
  bool tabs_as_commas_ = false;  // Eurostat's wide TSV
  std::vector<std::string> header_;
  std::size_t width_ = 0;  // fields of a row
  LinesLeftOut left_out_;
  Molten molten_;
  std::vector<std::string_view> fields_;
  std::vector<QuotedField> quoted_;  // of the current row
  std::vector<char> buffer_;         // [begin_, end_) is text not yet handed out, then 64 zeros
  std::size_t begin_ = 0, end_ = 0;
  std::size_t block_ = 0;   // start of the 64 bytes that mask_ describes
  std::uint64_t mask_ = 0;  // delimiters, newlines and quotes not yet visited in it
  std::uint64_t line_ = 1, row_line_ = 1, lines_inside_ = 0;
  bool exhausted_ = false;
  bool whole_line_ = true;  // a line end follows the row
};

// Found text as messages show it: quoted, control characters as '?', blanks that look like others by their number
// (<U+00A0>), cut after 40 bytes.
std::string shown(std::string_view text);

}  // namespace balassa
