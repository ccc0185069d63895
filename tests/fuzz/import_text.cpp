// Any bytes at all end in a panel that may be written, or in an Error of one line.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "io/base/error.hpp"
#include "io/panel/panel_builder.hpp"
#include "io/panel/panel_checks.hpp"
#include "tests/fuzz/violation.hpp"

namespace {

// The first byte chooses options, so that the rest may be a file as it is; the digit 0 chooses none.
balassa::ImportOptions options_of(std::uint8_t choice) {
  balassa::ImportOptions options;
  options.sum_duplicates = (choice & 1) != 0;
  if ((choice & 2) != 0) options.dense_limit = 1;  // sparse at once
  if ((choice & 4) != 0) options.product_digits = 2;
  if ((choice & 8) != 0) options.year = 2001;
  if ((choice & 16) != 0) options.years = balassa::parse_years("1990-2010");
  if ((choice & 32) != 0) options.delimiter = ';';
  constexpr const char* kPresets[] = {"", "baci", "comtrade", "atlas"};
  options.preset = kPresets[choice >> 6];
  options.memory_limit = 64 << 20;
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    balassa::ImportOptions options = options_of(data[0] ^ std::uint8_t{'0'});
    const char delimiter = options.delimiter;
    const auto source = balassa::text_from_memory(text, "trade.csv");
    balassa::CsvReader reader(*source, "trade.csv", delimiter);
    balassa::PanelBuilder builder(std::move(options));
    builder.add(reader, *source);
    const balassa::Panel panel = builder.build();
    try {
      balassa::check_panel("panel.h5", panel);
    } catch (const balassa::Error& error) {
      balassa::fuzz::violation(std::string("imported, but refused: ") + error.what());
    }
  } catch (const balassa::Error& error) {
    balassa::fuzz::expect_one_line(error.what());
  }
  return 0;
}
