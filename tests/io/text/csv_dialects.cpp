// Random panels written in random dialects and read back equal.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "io/panel/panel_builder.hpp"
#include "io/text/csv_reader.hpp"
#include "tests/gzip.hpp"

namespace balassa {
namespace {

using Cells = std::map<std::tuple<int, std::string, std::string>, double>;

struct Dialect {
  char delimiter = ',';
  bool quote_all = false, crlf = false, bom = false, last_newline = true, blanks = false;
  enum { kPlain, kGzip, kZstd } compression = kPlain;
};

std::string quoted(const std::string& text, const Dialect& dialect) {
  const bool needed = text.find_first_of(std::string("\"\n\r") + dialect.delimiter) != std::string::npos;
  if (!needed && !dialect.quote_all) return dialect.blanks ? " " + text + "  " : text;
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
  return out;
}

// Codes that a reader may spoil: leading zeros, NA, delimiters, quotes, letters beyond ASCII, long ones.
std::string random_code(std::mt19937_64& random, int index) {
  static const std::vector<std::string> kNasty = {"NA", "nan", "0", "00", "a,b", "a;b", "x\"y", "\"", "Тюмень", "a|b"};
  if (index < static_cast<int>(kNasty.size()) && random() % 2 == 0) return kNasty[static_cast<std::size_t>(index)];
  if (random() % 8 == 0) return std::string(20 + random() % 30, 'q') + std::to_string(index);
  return fmt::format("{:04}", index);
}

std::string write(const Cells& cells, const Dialect& dialect, std::mt19937_64& random) {
  std::vector<int> order = {0, 1, 2, 3, 4};  // year, location, product, value, a column of no interest
  std::shuffle(order.begin(), order.end(), random);
  const auto line = [&](const std::vector<std::string>& fields) {
    std::string text;
    for (std::size_t k = 0; k < order.size(); ++k) {
      if (k > 0) text += dialect.delimiter;
      text += quoted(fields[static_cast<std::size_t>(order[k])], dialect);
    }
    return text;
  };
  const std::string end = dialect.crlf ? "\r\n" : "\n";
  std::string text = dialect.bom ? "\xEF\xBB\xBF" : "";
  text += line({"year", "country", "product", "value", "remark"});
  for (const auto& [key, value] : cells) {
    text += end;
    if (random() % 50 == 0) text += end;  // blank lines count for nothing
    text += line({std::to_string(std::get<0>(key)), std::get<1>(key), std::get<2>(key), fmt::format("{}", value),
                  "so, \"so\"\nand\tso"});
  }
  if (dialect.last_newline) text += end;
  return dialect.compression == Dialect::kGzip   ? gzip(text, 1)
         : dialect.compression == Dialect::kZstd ? zstd(text)
                                                 : text;
}

Dialect random_dialect(std::mt19937_64& random) {
  Dialect dialect;
  dialect.delimiter = ",;\t|"[random() % 4];
  dialect.quote_all = random() % 3 == 0;
  dialect.crlf = random() % 2 == 0;
  dialect.bom = random() % 2 == 0;
  dialect.last_newline = random() % 2 == 0;
  dialect.blanks = random() % 3 == 0;
  dialect.compression = static_cast<decltype(dialect.compression)>(random() % 3);
  return dialect;
}

Panel read(const std::string& text, ImportOptions options = {}) {
  const auto source = text_from_memory(text, "memory");
  CsvReader reader(*source, "memory", options.delimiter);
  PanelBuilder builder(options);
  builder.add(reader, *source);
  return builder.build();
}

void expect_equal(const Panel& panel, const Cells& cells) {
  std::size_t found = 0;
  for (std::size_t y = 0; y < panel.years.size(); ++y) {
    for (std::size_t l = 0; l < panel.locations.size(); ++l) {
      bool any = false;
      for (std::size_t p = 0; p < panel.products.size(); ++p) {
        any = any || cells.contains({panel.years[y], panel.locations[l], panel.products[p]});
      }
      ASSERT_EQ(panel.missing[y * panel.locations.size() + l], any ? 0 : 1);
      for (std::size_t p = 0; p < panel.products.size(); ++p) {
        const auto cell = cells.find({panel.years[y], panel.locations[l], panel.products[p]});
        const double value = panel.value[panel.index(y, l, p)];
        if (cell == cells.end()) {
          ASSERT_TRUE(any ? value == 0 : std::isnan(value));
        } else {
          ASSERT_EQ(value, cell->second);
          ++found;
        }
      }
    }
  }
  EXPECT_EQ(found, cells.size());
}

Cells random_cells(std::mt19937_64& random, int years, int locations, int products, unsigned percent) {
  Cells cells;
  std::vector<std::string> location, product;
  for (int l = 0; l < locations; ++l) location.push_back(random_code(random, l));
  for (int p = 0; p < products; ++p) product.push_back(random_code(random, p));
  for (int y = 0; y < years; ++y) {
    for (const auto& l : location) {
      if (random() % 10 == 0) continue;
      for (const auto& p : product) {
        if (random() % 100 < percent) cells[{2000 + y, l, p}] = static_cast<double>(1 + random() % 1000000) / 7.0;
      }
    }
  }
  return cells;
}

TEST(CsvDialects, RandomPanelsComeBackEqual) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const Cells cells = random_cells(random, 1 + static_cast<int>(random() % 3), 20, 30, 40);
    const Dialect dialect = random_dialect(random);
    expect_equal(read(write(cells, dialect, random)), cells);
    if (HasFatalFailure()) return;
  }
}

// Larger than the reader's buffer of 256 KB, so that rows and quoted fields straddle its refills; dense and sparse.
TEST(CsvDialects, LargeTextStraddlesTheBuffer) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const Cells cells = random_cells(random, 3, 60, 150, 90);
    Dialect dialect = random_dialect(random);
    dialect.quote_all = seed % 2 == 0;
    ImportOptions options;
    options.dense_limit = seed % 3 == 0 ? 50000 : 0;
    expect_equal(read(write(cells, dialect, random), options), cells);
    if (HasFatalFailure()) return;
  }
}

// A source that hands out a byte or a few at a time, as a pipe may.
class Trickle : public TextSource {
 public:
  Trickle(std::string_view text, std::size_t step) : rest_(text), step_(step) {}
  std::size_t read(std::span<char> into) override {
    const std::size_t count = std::min({into.size(), rest_.size(), step_});
    std::copy_n(rest_.begin(), count, into.begin());
    rest_.remove_prefix(count);
    return count;
  }
  std::uint64_t stored_bytes_read() const override { return 0; }

 private:
  std::string_view rest_;
  std::size_t step_;
};

TEST(CsvReaderTest, FieldsDoNotDependOnHowTheBytesArrive) {
  const std::string text = "a;b;c\r\n1;\"x;\"\"y\"\"\r\nz\";3\r\n\r\n  4 ;\"5\"  ;in\"side\n;;\"\"\n;;\"z\"";
  for (const std::size_t step : {1UL, 2UL, 3UL, 7UL, 64UL, 1000UL}) {
    SCOPED_TRACE(step);
    Trickle source(text, step);
    CsvReader reader(source, "memory");
    EXPECT_EQ(reader.header(), (std::vector<std::string>{"a", "b", "c"}));
    std::vector<std::vector<std::string>> rows;
    std::vector<std::uint64_t> lines;
    while (reader.next()) {
      rows.emplace_back(reader.fields().begin(), reader.fields().end());
      lines.push_back(reader.line());
    }
    EXPECT_EQ(rows, (std::vector<std::vector<std::string>>{
                        {"1", "x;\"y\"\r\nz", "3"}, {"4", "5", "in\"side"}, {"", "", "z"}}));
    EXPECT_EQ(lines, (std::vector<std::uint64_t>{2, 5, 7}));
    EXPECT_EQ(reader.left_out().blank, 2U);
  }
}

}  // namespace
}  // namespace balassa
