#include "io/text/csv_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <iterator>

#include "io/base/atomic_file.hpp"
#include "io/base/error.hpp"

namespace balassa {
namespace {

constexpr std::size_t kBlock = 1 << 18;

}  // namespace

CsvWriter::CsvWriter(const std::string& path, bool force) : path_(path) {
  if (path != "-") file_ = std::make_unique<AtomicFile>(path, force);
}

CsvWriter::~CsvWriter() = default;

void CsvWriter::header(const std::vector<std::string>& names) {
  for (const std::string& name : names) field(std::string_view(name));
  end_row();
}

void CsvWriter::separate() {
  if (row_started_) buffer_ += ',';
  row_started_ = true;
}

void CsvWriter::field(std::string_view text) {
  separate();
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    buffer_ += text;
    return;
  }
  buffer_ += '"';
  for (const char c : text) {
    if (c == '"') buffer_ += '"';
    buffer_ += c;
  }
  buffer_ += '"';
}

void CsvWriter::field(double value) {
  separate();
  if (!std::isnan(value)) fmt::format_to(std::back_inserter(buffer_), "{}", value);
}

void CsvWriter::field(std::int64_t value) {
  separate();
  fmt::format_to(std::back_inserter(buffer_), "{}", value);
}

void CsvWriter::field(std::uint64_t value) {
  separate();
  fmt::format_to(std::back_inserter(buffer_), "{}", value);
}

void CsvWriter::empty_field() {
  separate();
}

void CsvWriter::end_row() {
  buffer_ += '\n';
  row_started_ = false;
  if (buffer_.size() >= kBlock) flush();
}

void CsvWriter::flush() {
  if (file_ != nullptr) {
    file_->write(buffer_);
    buffer_.clear();
    return;
  }
  for (std::string_view rest = buffer_; !rest.empty();) {
    const ssize_t count = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      throw Error(ExitCode::kIo, fmt::format("standard output: cannot be written: {}", std::strerror(errno)));
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  buffer_.clear();
}

void CsvWriter::commit() {
  flush();
  if (file_ != nullptr) file_->commit();
}

}  // namespace balassa
