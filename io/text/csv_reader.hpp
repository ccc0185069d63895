// Rows of delimited text: CSV, TSV, semicolons; RFC 4180 quoting with newlines in fields, CRLF, byte-order mark.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/text/text_source.hpp"

namespace balassa {

// Streams rows through one buffer; a row is valid until the next call of next(). Memory does not grow with the file.
class CsvReader {
 public:
  // Reads the header. `name` is what messages call the file; `delimiter` 0 = told from the header (, ; tab |).
  // `source` must outlive the reader. Throws Error 65: empty, binary, CR line ends, no second column.
  CsvReader(TextSource& source, std::string name, char delimiter = 0);

  const std::string& name() const { return name_; }
  char delimiter() const { return delimiter_; }

  // Column names as given, trimmed, without the byte-order mark; newlines and other control characters as blanks.
  const std::vector<std::string>& header() const { return header_; }

  // Moves to the next row that is not blank; false at the end. Throws Error 65, with the line: another number of fields
  // than the header, a quote that is not closed, text after a closing quote.
  bool next();

  // Fields of the row, unquoted and trimmed of blanks.
  std::span<const std::string_view> fields() const { return fields_; }

  // Line of the file on which the row begins; the header is line 1.
  std::uint64_t line() const { return row_line_; }

  // Whether the row repeats the header, as when files were concatenated.
  bool repeats_header() const;

  // "FILE:COLUMN[LINE]", the place that a message names.
  std::string place(std::size_t column) const;

 private:
  bool read_row();
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

  TextSource& source_;
  std::string name_;
  char delimiter_;
  std::vector<std::string> header_;
  std::vector<std::string_view> fields_;
  std::vector<QuotedField> quoted_;  // of the current row
  std::vector<char> buffer_;         // [begin_, end_) is text not yet handed out, then 64 zeros
  std::size_t begin_ = 0, end_ = 0;
  std::size_t block_ = 0;   // start of the 64 bytes that mask_ describes
  std::uint64_t mask_ = 0;  // delimiters, newlines and quotes not yet visited in it
  std::uint64_t line_ = 1, row_line_ = 1, lines_inside_ = 0;
  bool exhausted_ = false;
};

// Found text as messages show it: quoted, control characters as '?', cut after 40 bytes.
std::string shown(std::string_view text);

}  // namespace balassa
