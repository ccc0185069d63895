// What PanelBuilder makes of the codes of a panel once it knows all of them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>

#include "io/base/error.hpp"
#include "io/panel/code_repair.hpp"
#include "io/panel/panel_builder.hpp"
#include "io/text/utf8.hpp"

namespace balassa {

// Codes of several lengths: where that means several levels of one classification, sums would count trade twice.
void PanelBuilder::check_codes(const std::vector<std::string>& products, bool zeros_put_back) {
  std::map<std::size_t, std::string> lengths;  // length -> example
  bool digits = true;
  for (const std::string& code : products) {
    if (code.empty()) continue;
    lengths.emplace(*characters(code), code);
    digits = digits && std::all_of(code.begin(), code.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  }
  if (lengths.size() < 2) return;
  std::vector<std::string> examples;
  for (const auto& [length, code] : lengths) examples.push_back(fmt::format("{} ({} characters)", code, length));
  if (layout_.one_code_length) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}:product: found codes of several levels: {}, expected one level; keep one with "
                            "--product-length N, or put lost leading zeros back with --product-pad N",
                            first_file(), fmt::join(examples, ", ")));
  }
  // Levels of a classification are two digits apart; an odd length beside an even one is rather a lost zero, and codes
  // that are cut then would be others: 9011 for 0901.
  const bool odd = std::any_of(lengths.begin(), lengths.end(),
                               [&](const auto& length) { return length.first % 2 != lengths.begin()->first % 2; });
  if (digits && odd && options_.product_digits > 0 && !zeros_put_back) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}:product: found codes of several lengths: {}, expected one before they are cut to {} "
                            "digits; put lost leading zeros back with --product-pad N, or keep one with "
                            "--product-length N",
                            first_file(), fmt::join(examples, ", "), options_.product_digits));
  }
  if (digits) {
    summary_.remarks.push_back(
        fmt::format("product codes have several lengths ({}): several levels, or lost leading zeros? "
                    "--product-length N keeps one level, --product-pad N puts zeros back",
                    fmt::join(examples, ", ")));
  }
}

// Rows were chosen by their codes as they stand. Where a repair of all of them, chosen or not, makes another choice, a
// part of a location's or product's rows would be missing, or stay.
void PanelBuilder::check_choice_of_repaired(const Codes& codes, bool product) const {
  const std::string what = product ? "product" : "location";
  std::vector<std::string> all;
  for (std::size_t i = 0; i < codes.table.size(); ++i) {
    all.push_back(codes.fate[i] != Fate::kTotal && codes.same_as[i] == i ? codes.table.code(i) : "");
  }
  const CodeRepair repair = repair_codes(all, what, product && layout_.hs_codes, product ? layout_.product_system : "");
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].empty() || fate_of(repair.codes[i], product) == codes.fate[i]) continue;
    throw Error(ExitCode::kBadData,
                fmt::format("{}:{}: found code {} for {}, expected codes in one form where some are chosen; put lost "
                            "leading zeros back with --product-pad N, or say --keep-codes",
                            first_file(), what, shown(all[i]), repair.codes[i]));
  }
}

// Codes as they come into the panel, by index in the table: dropped ones as "", which no code is.
std::vector<std::string> PanelBuilder::kept_codes(Codes& codes, bool product) {
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < codes.table.size(); ++i) {
    kept.push_back(codes.fate[i] == Fate::kKept && codes.same_as[i] == i ? codes.table.code(i) : "");
  }
  codes.repaired_as.resize(kept.size());
  std::iota(codes.repaired_as.begin(), codes.repaired_as.end(), 0U);
  codes.merged.assign(kept.size(), 0);
  bool zeros_put_back = false;
  if (!options_.keep_codes) {
    const std::string what = product ? "product" : "location";
    CodeRepair repair = repair_codes(kept, what, product && layout_.hs_codes, product ? layout_.product_system : "");
    check_choice_of_repaired(codes, product);
    kept = std::move(repair.codes);
    std::map<std::string_view, std::uint32_t> first_of;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (kept[i].empty()) continue;
      const auto [first, fresh] = first_of.try_emplace(kept[i], static_cast<std::uint32_t>(i));
      codes.repaired_as[i] = first->second;
      if (!fresh) codes.merged[i] = codes.merged[first->second] = 1;
    }
    zeros_put_back = repair.zeros_put_back;
    summary_.remarks.insert(summary_.remarks.end(), repair.remarks.begin(), repair.remarks.end());
    if (const std::string alike = alike_but_for_case(kept, what); !alike.empty()) summary_.remarks.push_back(alike);
  }
  if (!product) return kept;
  check_codes(kept, zeros_put_back);
  for (std::string& code : kept) {
    if (options_.product_digits > 0) code = first_characters(code, options_.product_digits);
  }
  return kept;
}

}  // namespace balassa
