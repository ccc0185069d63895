#include <fmt/format.h>

#include "host/help/rows.hpp"
#include "host/results/measures_report.hpp"
#include "host/results/validity_text.hpp"

namespace balassa {
namespace {

// Of each status of a location or product, in the order of its code.
const char* meaning_of(ItemStatus status) {
  switch (status) {
    case ItemStatus::kOk:
      return "has a score";
    case ItemStatus::kMissing:
      return "nothing is known of it in this year";
    case ItemStatus::kNoTrade:
      return "known, and its total is 0";
    case ItemStatus::kNoDiversity:
      return "a location in which no product is present";
    case ItemStatus::kNoUbiquity:
      return "a product that is present nowhere";
    case ItemStatus::kYearUndefined:
      return "the year has no scores, for one of the causes above";
    case ItemStatus::kOtherComponent:
      return "with --disconnected giant: not in the largest component";
    case ItemStatus::kBelowMinTotal:
      return "left out by --min-total or --min-product-total";
  }
  return "";
}

std::string text() {
  constexpr std::size_t kWidth = 15;
  std::string text =
      paragraph("A year, or a replicate, without scores is counted by its cause and never hidden:") + "\n";
  for (std::size_t k = 1; k < kValidityCount; ++k) {
    const auto cause = static_cast<Validity>(k);
    text += defined(validity_text(cause), kWidth, why_undefined(cause));
  }
  text += "\nStatus of a location or product, in the tables of compute:\n";
  const std::string words = status_meanings() + " ";
  std::size_t at = 0;
  for (std::uint8_t k = 0; at < words.size(); ++k) {
    const std::size_t end = words.find(' ', at);
    text += defined(words.substr(at, end - at), kWidth, meaning_of(static_cast<ItemStatus>(k)));
    at = end + 1;
  }
  return text;
}

}  // namespace

HelpTopic status_topic() {
  return {"status", "why a year, location or product has no score", text};
}

}  // namespace balassa
