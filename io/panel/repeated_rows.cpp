#include "io/panel/repeated_rows.hpp"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "io/panel/presets.hpp"

namespace balassa {
namespace {

constexpr std::size_t kAbsent = ~std::size_t{0};
constexpr std::size_t kExamples = 4;
constexpr std::size_t kFewTexts = 16;  // a column with no more is no measure, however few the rows

bool has_letter(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c) != 0 || c >= 128; });
}

// "1.5", "1e6": no code is written so.
bool is_fraction(std::string_view text) {
  bool sign = false;
  for (const char c : text) {
    if (c == '.' || c == 'e' || c == 'E')
      sign = true;
    else if (std::isdigit(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '+')
      return false;
  }
  return sign && std::isdigit(static_cast<unsigned char>(text[0])) != 0;
}

}  // namespace

void RepeatedRows::begin_file(const std::vector<std::string>& header, const std::vector<std::size_t>& added_over,
                              const std::vector<std::size_t>& described) {
  added_over_ = added_over;
  if (columns_.empty()) {
    for (std::size_t column = 0; column < header.size(); ++column) {
      const auto in = [column](const auto& list) { return std::find(list.begin(), list.end(), column) != list.end(); };
      if (in(added_over) || in(described)) continue;
      columns_.emplace_back();
      columns_.back().name = header[column];
    }
  }
  place_.clear();
  for (const Column& column : columns_) {
    const auto found = std::find_if(header.begin(), header.end(),
                                    [&](const auto& name) { return plain_name(name) == plain_name(column.name); });
    place_.push_back(found == header.end() ? kAbsent : static_cast<std::size_t>(found - header.begin()));
  }
}

std::uint32_t RepeatedRows::text_of(const CsvReader& reader, std::size_t column) {
  Column& known = columns_[column];
  if (known.measures || place_[column] == kAbsent) return kNone;
  const std::size_t before = known.texts.size();
  const std::uint32_t text = known.texts.index(reader.fields()[place_[column]]);
  if (known.texts.size() > before) known.measures = known.texts.size() > kTexts || is_fraction(known.texts.code(text));
  known.pattern = (known.pattern ^ text) * 0x9FB21C651E98DF25ULL;
  known.pattern ^= known.pattern >> 29;
  return text;
}

void RepeatedRows::look(const CsvReader& reader, std::uint64_t cell_hash, std::uint64_t origin, double value) {
  std::uint64_t key = cell_hash;
  for (const std::size_t column : added_over_) {
    const std::string_view text = reader.fields()[column];
    key = XXH3_64bits_withSeed(text.data(), text.size(), key);
  }
  const auto [found, fresh] = first_.try_emplace(key, Watched{cell_hash, origin, value, kNone});
  if (!fresh) {
    const Watched& first = found->second;
    if (repeat_.count++ == 0) {
      repeat_.first_origin = first.origin;
      repeat_.origin = origin;
      for (const std::size_t column : added_over_) {
        repeat_.added_over += fmt::format(", {} {}", reader.header()[column], shown(reader.fields()[column]));
      }
    }
    if (value == first.value || (std::isnan(value) && std::isnan(first.value))) ++repeat_.same_value;
    if (first.row != kNone && compared_ < kCompared) compare(reader, first.row);
    return;
  }
  if (described_ < kDescribedRows) {
    found->second.row = static_cast<std::uint32_t>(described_++);
    for (std::size_t column = 0; column < columns_.size(); ++column) rows_.push_back(text_of(reader, column));
  }
  if (first_.size() <= watched_) return;
  mask_ = 2 * mask_ + 1;
  std::erase_if(first_, [this](const auto& entry) { return (entry.second.cell_hash >> 32 & mask_) != 0; });
}

void RepeatedRows::compare(const CsvReader& reader, std::uint32_t row) {
  ++compared_;
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    const std::uint32_t first = rows_[row * columns_.size() + column], text = text_of(reader, column);
    if (first == kNone || text == kNone || first == text) continue;
    std::vector<std::uint32_t>& examples = columns_[column].examples;
    for (const std::uint32_t example : {first, text}) {
      const bool known = std::find(examples.begin(), examples.end(), example) != examples.end();
      if (!known && examples.size() < kExamples) examples.push_back(example);
    }
  }
}

std::vector<RepeatedRows::Difference> RepeatedRows::differences() const {
  std::vector<Difference> differences;
  std::vector<std::uint64_t> patterns;
  const std::size_t rows = described_ + compared_;
  for (const Column& column : columns_) {
    const std::size_t distinct = column.texts.size();
    if (column.examples.empty() || column.measures || distinct > std::max(kFewTexts, rows / 2)) continue;
    Difference difference{column.name, {}, distinct};
    for (const std::uint32_t example : column.examples) difference.texts.push_back(column.texts.code(example));
    const auto alike = std::find(patterns.begin(), patterns.end(), column.pattern);
    if (alike == patterns.end()) {
      patterns.push_back(column.pattern);
      differences.push_back(std::move(difference));
      continue;
    }
    // The words of a description say more than its code.
    Difference& known = differences[static_cast<std::size_t>(alike - patterns.begin())];
    if (!has_letter(known.texts[0]) && has_letter(difference.texts[0])) known = std::move(difference);
  }
  return differences;
}

}  // namespace balassa
