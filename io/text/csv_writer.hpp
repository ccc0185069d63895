// CSV out: RFC 4180 quoting, LF, UTF-8, shortest numbers that read back to the same double, NaN = empty (FORMATS 6).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace balassa {

class AtomicFile;

// Rows of text to a file that is whole or absent, or to stdout ("-").
class CsvWriter {
 public:
  // Throws Error as AtomicFile does.
  CsvWriter(const std::string& path, bool force);
  ~CsvWriter();
  CsvWriter(const CsvWriter&) = delete;
  CsvWriter& operator=(const CsvWriter&) = delete;

  void header(const std::vector<std::string>& names);
  void field(std::string_view text);
  void field(double value);
  void field(std::int64_t value);
  void field(std::uint64_t value);
  void empty_field();
  void end_row();

  // Flushes and commits. Throws Error kIo (full disk, closed pipe, /dev/full).
  void commit();

 private:
  void flush();
  void separate();
  std::string path_, buffer_;
  std::unique_ptr<AtomicFile> file_;
  bool row_started_ = false;
};

}  // namespace balassa
