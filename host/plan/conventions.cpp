#include "host/plan/conventions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "io/base/error.hpp"

namespace balassa {
namespace {

template <class Value>
using Spelling = std::pair<std::string_view, Value>;

constexpr std::array<Spelling<TieRule>, 2> kTies{{{">=", TieRule::kAtLeast}, {">", TieRule::kAbove}}};
constexpr std::array<Spelling<Deviation>, 3> kDeviations{
    {{"population", Deviation::kPopulation}, {"sample", Deviation::kSample}, {"long-table", Deviation::kLongTable}}};
constexpr std::array<Spelling<PciScale>, 2> kPciScales{{{"eci", PciScale::kEci}, {"own", PciScale::kOwn}}};
constexpr std::array<Spelling<Disconnected>, 2> kDisconnected{
    {{"na", Disconnected::kNa}, {"giant", Disconnected::kGiant}}};
constexpr std::array<Spelling<bool>, 2> kReadings{{{"float64", false}, {"float32", true}}};

template <class Table>
auto parse(const Table& table, std::string_view text) -> std::optional<decltype(table[0].second)> {
  for (const auto& [spelling, value] : table) {
    if (spelling == text) return value;
  }
  return std::nullopt;
}

template <class Table, class Value>
std::string_view spell(const Table& table, Value value) {
  for (const auto& [spelling, known] : table) {
    if (known == value) return spelling;
  }
  return "";
}

const std::array<Convention, 3>& conventions() {
  static const std::array<Convention, 3> all{{
      {"py", TieRule::kAtLeast, false, Deviation::kPopulation, PciScale::kEci},
      {"stata", TieRule::kAbove, true, Deviation::kLongTable, PciScale::kEci},
      {"lyubimov", TieRule::kAbove, false, Deviation::kPopulation, PciScale::kOwn},
  }};
  return all;
}

}  // namespace

Convention convention_by_name(std::string_view name) {
  for (const Convention& convention : conventions()) {
    if (convention.name == name) return convention;
  }
  throw Error(ExitCode::kUsage, fmt::format("--convention: found '{}', expected one of {}; choose one of these", name,
                                            fmt::join(convention_names(), ", ")));
}

const std::vector<std::string>& convention_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Convention& convention : conventions()) all.push_back(convention.name);
    return all;
  }();
  return names;
}

std::optional<TieRule> parse_tie(std::string_view text) {
  return parse(kTies, text);
}
std::optional<Deviation> parse_deviation(std::string_view text) {
  return parse(kDeviations, text);
}
std::optional<PciScale> parse_pci_scale(std::string_view text) {
  return parse(kPciScales, text);
}
std::optional<bool> parse_read_as_float32(std::string_view text) {
  return parse(kReadings, text);
}
std::optional<Disconnected> parse_disconnected(std::string_view text) {
  return parse(kDisconnected, text);
}
std::string_view tie_text(TieRule tie) {
  return spell(kTies, tie);
}
std::string_view deviation_text(Deviation deviation) {
  return spell(kDeviations, deviation);
}
std::string_view pci_scale_text(PciScale scale) {
  return spell(kPciScales, scale);
}
std::string_view read_as_text(bool float32) {
  return spell(kReadings, float32);
}
std::string_view disconnected_text(Disconnected policy) {
  return spell(kDisconnected, policy);
}

}  // namespace balassa
