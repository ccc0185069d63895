#include "io/text/csv_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "io/base/error.hpp"
#include "io/text/file_kinds.hpp"

namespace balassa {
namespace {

constexpr std::size_t kBlock = 64;             // bytes classified at once
constexpr std::size_t kBufferBytes = 1 << 18;  // stays in a core's second-level cache
constexpr std::size_t kLongestRow = 1 << 20;   // beyond it a quote was surely left open

inline bool is_blank(char c, char delimiter) {
  return (c == ' ' || c == '\t' || c == '\r') && c != delimiter;
}

inline std::string_view trimmed(std::string_view text, char delimiter) {
  // One look decides for nearly all fields: blanks are below '!'.
  if (!text.empty() && text.front() > ' ' && text.back() > ' ') return text;
  while (!text.empty() && is_blank(text.back(), delimiter)) text.remove_suffix(1);
  while (!text.empty() && is_blank(text.front(), delimiter)) text.remove_prefix(1);
  return text;
}

// Bit i is set where bytes[i] is the delimiter, a newline or a quote.
std::uint64_t structural_bits(const char* bytes, char delimiter) {
  std::uint64_t mask = 0;
#ifdef __SSE2__
  const __m128i wanted = _mm_set1_epi8(delimiter), newline = _mm_set1_epi8('\n'), quote = _mm_set1_epi8('"');
  for (std::size_t part = 0; part < kBlock / 16; ++part) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16 * part));
    const __m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(text, wanted), _mm_cmpeq_epi8(text, newline)),
                                     _mm_cmpeq_epi8(text, quote));
    mask |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(hit))) << (16 * part);
  }
#else
  for (std::size_t i = 0; i < kBlock; ++i) {
    const bool hit = bytes[i] == delimiter || bytes[i] == '\n' || bytes[i] == '"';
    mask |= static_cast<std::uint64_t>(hit) << i;
  }
#endif
  return mask;
}

// Characters that look like a blank, or like nothing.
constexpr std::pair<std::string_view, std::string_view> kInvisible[] = {
    {"\xC2\xA0", "00A0"},     {"\xE2\x80\xAF", "202F"}, {"\xE2\x80\x87", "2007"}, {"\xE2\x80\x89", "2009"},
    {"\xE2\x80\x8B", "200B"}, {"\xEF\xBB\xBF", "FEFF"}, {"\xE2\x80\x8E", "200E"}};

// Column names stand in messages, which are one line: "Trade Value\n(US$)" is "Trade Value (US$)".
char blank_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code < 0x20 || code == 0x7f ? ' ' : c;
}

}  // namespace

std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string result = "'";
  std::size_t count = std::min(text.size(), kShown);
  while (count > 0 && count < text.size() && (static_cast<unsigned char>(text[count]) & 0xC0) == 0x80) --count;
  std::string_view rest = text.substr(0, count);
  while (!rest.empty()) {
    const auto* invisible = std::find_if(std::begin(kInvisible), std::end(kInvisible),
                                         [&](const auto& mark) { return rest.starts_with(mark.first); });
    if (invisible != std::end(kInvisible)) {
      result += fmt::format("<U+{}>", invisible->second);
      rest.remove_prefix(invisible->first.size());
      continue;
    }
    const char c = rest.front();
    result += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
    rest.remove_prefix(1);
  }
  return result + (count < text.size() ? "...'" : "'");
}

CsvReader::CsvReader(TextSource& source, std::string name, char delimiter, std::uint64_t skip_lines)
    : source_(source), name_(std::move(name)), buffer_(kBufferBytes + kBlock) {
  while (end_ < kBufferBytes / 2 && refill()) {  // a pipe may bring a few bytes at a time
  }
  const std::string_view start(buffer_.data(), end_);
  if (start.empty())
    throw Error(ExitCode::kBadData, fmt::format("{}: found an empty file, expected a header and rows", name_));
  refuse_other_contents(start, name_);
  if (start.starts_with("\xEF\xBB\xBF")) begin_ = 3;
  if (start.find('\n') == std::string_view::npos && start.find('\r') != std::string_view::npos) {
    throw Error(
        ExitCode::kBadData,
        fmt::format("{}: found line ends of old Macs (CR), expected LF or CRLF; convert it: tr '\\r' '\\n'", name_));
  }
  if (delimiter == 0 && is_eurostat_tsv(start)) {
    tabs_as_commas_ = true;
    std::replace(buffer_.begin(), buffer_.end(), '\t', ',');
  }
  dialect_ = find_dialect(start.substr(begin_), delimiter, skip_lines);
  begin_ += dialect_.header_at;
  line_ += dialect_.lines_above;
  skip_to(begin_);
  if (!read_row())
    throw Error(ExitCode::kBadData, fmt::format("{}: found only blank lines, expected a header and rows", name_));
  header_.assign(fields_.begin(), fields_.end());
  while (header_.size() > 1 && header_.back().empty()) header_.pop_back();
  for (std::string& column : header_) std::transform(column.begin(), column.end(), column.begin(), blank_control);
  width_ = header_.size();
}

bool CsvReader::next() {
  if (molten_.next < molten_.columns.size()) {
    next_molten();
    return true;
  }
  if (!next_line()) return false;
  if (!molten_.columns.empty()) {
    molten_.next = 0;
    next_molten();
  }
  return true;
}

bool CsvReader::next_line() {
  do {
    if (!read_row()) return false;
    // Nearly all rows are taken here: a blank line or a note has an empty field in the middle and at the end.
    const bool plain = fields_.size() == width_ && (!fields_.back().empty() || !fields_[width_ / 2].empty());
    if (plain && left_out_.notes == 0 && !dialect_.comments) return true;
  } while (is_left_out());
  if (left_out_.notes > 0) {
    row_line_ = left_out_.first_note;
    fail(fmt::format("found {}, expected {} fields as in the header; delete the line", shown(left_out_.note), width_));
  }
  if (fields_.size() != width_) {
    fail(fmt::format("found {} fields, expected {} as in the header; look for an unquoted delimiter or a decimal comma",
                     fields_.size(), width_));
  }
  return true;
}

// Counts lines that are no rows, and takes the empty fields off that a spreadsheet puts behind the last column.
bool CsvReader::is_left_out() {
  const bool blank = std::all_of(fields_.begin(), fields_.end(), [](std::string_view f) { return f.empty(); });
  while (fields_.size() > width_ && fields_.back().empty()) fields_.pop_back();
  if (blank) {
    ++left_out_.blank;
    return true;
  }
  if (fields_[0].starts_with('#')) {
    // A code may begin so too: a line as wide as the table is a comment where comments stand above the header, and a
    // blank follows or nothing else is filled.
    const bool alone = std::all_of(fields_.begin() + 1, fields_.end(), [](std::string_view f) { return f.empty(); });
    if (fields_.size() != width_ || (dialect_.comments && (alone || fields_[0].starts_with("# ")))) {
      ++left_out_.comments;
      return true;
    }
  }
  if (width_ < 2 || !is_note(fields_, width_, whole_line_)) return false;
  if (left_out_.notes++ == 0) {
    left_out_.first_note = row_line_;
    left_out_.note = fields_[0];
  }
  return true;
}

void CsvReader::melt(const std::vector<std::size_t>& columns, const std::string& name) {
  molten_.columns = columns;
  molten_.header = header_;
  molten_.next = columns.size();
  std::vector<std::string> header;
  for (std::size_t column = 0; column < width_; ++column) {
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) continue;
    molten_.kept.push_back(column);
    header.push_back(header_[column]);
  }
  for (const std::size_t column : columns) molten_.names.push_back(header_[column]);
  header.push_back(name);
  header.emplace_back("value");
  header_ = std::move(header);
}

void CsvReader::next_molten() {
  const std::size_t k = molten_.next++;
  molten_.fields.clear();
  for (const std::size_t column : molten_.kept) molten_.fields.push_back(fields_[column]);
  molten_.fields.emplace_back(molten_.names[k]);
  molten_.fields.push_back(fields_[molten_.columns[k]]);
}

bool CsvReader::repeats_header() const {
  const auto same = [](std::string_view field, std::string_view name) {
    return std::equal(field.begin(), field.end(), name.begin(), name.end(),
                      [](char a, char b) { return blank_control(a) == b; });
  };
  const std::vector<std::string>& header = is_wide() ? molten_.header : header_;
  return std::equal(fields_.begin(), fields_.end(), header.begin(), header.end(), same);
}

std::string CsvReader::place(std::size_t column) const {
  const bool value = !molten_.columns.empty() && column + 1 == header_.size();
  const std::string& known = value ? molten_.names[molten_.next - 1] : header_[std::min(column, header_.size() - 1)];
  return fmt::format("{}:{}[{}]", name_, column < header_.size() ? known : "row", row_line_);
}

void CsvReader::fail(const std::string& what) const {
  throw Error(ExitCode::kBadData, fmt::format("{}:row[{}]: {}", name_, row_line_, what));
}

bool CsvReader::read_row() {
  for (;;) {  // again from the start of the row whenever more text had to be fetched
    fields_.clear();
    quoted_.clear();
    row_line_ = line_;
    lines_inside_ = 0;
    std::size_t field = begin_;
    for (;;) {
      const std::size_t position = next_structural();
      if (position == end_) {
        if (refill()) break;
        if (begin_ == end_) return false;
        end_field(field, end_);  // the last line has no newline
        whole_line_ = false;
        begin_ = end_;
        line_ += lines_inside_ + 1;
        finish_quoted();
        return true;
      }
      const char c = buffer_[position];
      if (c == dialect_.delimiter) {
        end_field(field, position);
        field = position + 1;
      } else if (c == '\n') {
        end_field(field, position);
        begin_ = position + 1;
        line_ += lines_inside_ + 1;
        if (!quoted_.empty()) finish_quoted();
        return true;
      } else {
        const bool opens = trimmed({buffer_.data() + field, position - field}, dialect_.delimiter).empty();
        if (!opens) continue;  // a quote inside an unquoted field is text
        std::size_t after = 0;
        if (read_quoted(position, after) == Quoted::kNeedsMore) {
          if (refill()) break;
          fail("found a quote that is never closed, expected a closing quote; correct the row");
        }
        skip_to(after);
      }
    }
  }
}

// Finds the end of the field whose quote opens at `open`; `after` is the delimiter, newline or end that follows it.
CsvReader::Quoted CsvReader::read_quoted(std::size_t open, std::size_t& after) {
  std::size_t from = open + 1;
  bool doubled = false;
  for (;;) {
    const auto* close = static_cast<const char*>(std::memchr(buffer_.data() + from, '"', end_ - from));
    if (close == nullptr) return Quoted::kNeedsMore;
    const auto position = static_cast<std::size_t>(close - buffer_.data());
    after = position + 1;
    if (after == end_ && !exhausted_) return Quoted::kNeedsMore;
    if (after < end_ && buffer_[after] == '"') {
      doubled = true;
      from = after + 1;
      continue;
    }
    while (after < end_ && is_blank(buffer_[after], dialect_.delimiter)) ++after;
    if (after == end_ && !exhausted_) return Quoted::kNeedsMore;
    if (after < end_ && buffer_[after] != dialect_.delimiter && buffer_[after] != '\n') {
      fail(fmt::format("found {} after a closing quote, expected a delimiter; double the quotes inside a field",
                       shown({buffer_.data() + after, std::min<std::size_t>(end_ - after, 10)})));
    }
    const auto inside = std::span(buffer_).subspan(open + 1, position - open - 1);
    lines_inside_ += static_cast<std::uint64_t>(std::count(inside.begin(), inside.end(), '\n'));
    quoted_.push_back({fields_.size(), open + 1, position, doubled});
    return Quoted::kDone;
  }
}

void CsvReader::end_field(std::size_t begin, std::size_t end) {
  fields_.push_back(trimmed({buffer_.data() + begin, end - begin}, dialect_.delimiter));
}

// Replaces the fields that were quoted by what is inside the quotes; only once the row is whole, since doubled quotes
// are undone in place.
void CsvReader::finish_quoted() {
  for (const QuotedField& field : quoted_) {
    char* const begin = buffer_.data() + field.begin;
    char* end = buffer_.data() + field.end;
    if (field.doubled) {
      char* to = begin;
      for (const char* from = begin; from < end; ++from) {
        if (*from == '"') ++from;
        *to++ = *from;
      }
      end = to;
    }
    fields_[field.field] = trimmed({begin, static_cast<std::size_t>(end - begin)}, dialect_.delimiter);
  }
}

// Moves the text that is left to the front and reads more behind it; false when there is no more.
bool CsvReader::refill() {
  if (exhausted_) return false;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ + kBlock >= buffer_.size()) {
    if (buffer_.size() > kLongestRow) {
      fail(fmt::format("found a row longer than {} bytes, expected a row; look for a quote that is never closed",
                       kLongestRow));
    }
    buffer_.resize(2 * buffer_.size());
  }
  const std::size_t got = source_.read({buffer_.data() + end_, buffer_.size() - kBlock - end_});
  exhausted_ = got == 0;
  if (tabs_as_commas_) std::replace(buffer_.data() + end_, buffer_.data() + end_ + got, '\t', ',');
  end_ += got;
  std::memset(buffer_.data() + end_, 0, kBlock);
  skip_to(begin_);
  return true;
}

void CsvReader::classify() {
  mask_ = structural_bits(buffer_.data() + block_, dialect_.delimiter);
}

void CsvReader::skip_to(std::size_t position) {
  block_ = position / kBlock * kBlock;
  classify();
  mask_ &= ~std::uint64_t{0} << (position % kBlock);
}

std::size_t CsvReader::next_structural() {
  while (mask_ == 0) {
    block_ += kBlock;
    if (block_ >= end_) {
      block_ -= kBlock;
      return end_;
    }
    classify();
  }
  const std::size_t position = block_ + static_cast<std::size_t>(std::countr_zero(mask_));
  mask_ &= mask_ - 1;
  return position;
}

}  // namespace balassa
