#include "host/panel/sample_selection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "host/panel/panel_overview.hpp"
#include "io/base/edit_distance.hpp"
#include "io/panel/panel_checks.hpp"

namespace balassa {
namespace {

constexpr std::size_t kNamed = 8;  // codes that a remark names
// Locations with less than this share of a year's trade are remarked: 150 million of the 16 trillion USD of 2016.
constexpr double kMicroShare = 1e-5;

const std::string& nearest_of(const std::vector<std::string>& codes, const std::string& to) {
  return *std::min_element(codes.begin(), codes.end(), [&](const std::string& a, const std::string& b) {
    return edit_distance(to, a) < edit_distance(to, b);
  });
}

// Marks the codes of a list. A list that matches nothing is an error, one that matches in part a remark.
class ListMatch {
 public:
  ListMatch(const std::string& file, ExitCode code, std::vector<std::string>& remarks)
      : file_(file), code_(code), remarks_(remarks) {}

  std::vector<bool> marked(const char* flag, const char* what, const std::vector<std::string>& list,
                           const std::vector<std::string>& codes) const {
    std::vector<bool> marks(codes.size());
    std::set<std::string, std::less<>> absent(list.begin(), list.end());
    for (std::size_t i = 0; i < codes.size(); ++i) {
      marks[i] = std::binary_search(list.begin(), list.end(), codes[i]);
      absent.erase(codes[i]);
    }
    if (absent.empty()) return marks;
    const std::string& first = *absent.begin();
    const std::string nearest = printable(nearest_of(codes, first));
    if (absent.size() == list.size()) {
      throw Error(code_, fmt::format("{}: found '{}', expected a {} of {}; the nearest is {}", flag, printable(first),
                                     what, file_, nearest));
    }
    remarks_.push_back(fmt::format("{}: {} of {} codes are not in {}: {}; the nearest to {} is {}", flag, absent.size(),
                                   list.size(), file_, some_of({absent.begin(), absent.end()}), printable(first),
                                   nearest));
    return marks;
  }

  // Whether each code stays.
  std::vector<bool> kept(const std::string& noun, const std::vector<std::string>& keep,
                         const std::vector<std::string>& drop, const std::vector<std::string>& codes) const {
    std::vector<bool> kept(codes.size(), true);
    if (!keep.empty()) kept = marked(fmt::format("--{}s", noun).c_str(), noun.c_str(), keep, codes);
    if (!drop.empty()) {
      const std::vector<bool> dropped = marked(fmt::format("--drop-{}s", noun).c_str(), noun.c_str(), drop, codes);
      for (std::size_t i = 0; i < codes.size(); ++i) kept[i] = kept[i] && !dropped[i];
    }
    if (std::find(kept.begin(), kept.end(), true) == kept.end()) {
      throw Error(code_, fmt::format("--drop-{0}s: found every {0} of {1}, expected some to stay", noun, file_));
    }
    return kept;
  }

 private:
  const std::string& file_;
  ExitCode code_;
  std::vector<std::string>& remarks_;
};

// Whatever had trade in some year and has none among those that are kept goes too.
void drop_idle(const Panel& panel, std::vector<bool>& locations, std::vector<bool>& products) {
  std::vector<bool> sells(panel.locations.size()), sold(panel.products.size());
  for (std::size_t y = 0; y < panel.years.size(); ++y) {
    for (std::size_t c = 0; c < panel.locations.size(); ++c) {
      for (std::size_t p = 0; p < panel.products.size(); ++p) {
        if (!locations[c] || !products[p] || !(panel.value[panel.index(y, c, p)] > 0)) continue;
        sells[c] = sold[p] = true;
      }
    }
  }
  locations = sells;
  products = sold;
}

std::vector<std::size_t> indices_of(const std::vector<bool>& kept) {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i]) indices.push_back(i);
  }
  return indices;
}

// Items of [..., codes] by their indices.
template <class T>
void take(std::vector<T>& values, std::size_t codes, const std::vector<std::size_t>& indices) {
  std::vector<T> taken;
  for (std::size_t block = 0; block * codes < values.size(); ++block) {
    for (const std::size_t i : indices) taken.push_back(std::move(values[block * codes + i]));
  }
  values = std::move(taken);
}

Panel reduced(Panel panel, const std::vector<std::size_t>& locations, const std::vector<std::size_t>& products) {
  std::vector<double> value;
  value.reserve(panel.years.size() * locations.size() * products.size());
  for (std::size_t y = 0; y < panel.years.size(); ++y) {
    for (const std::size_t c : locations) {
      for (const std::size_t p : products) value.push_back(panel.value[panel.index(y, c, p)]);
    }
  }
  panel.value = std::move(value);
  const std::size_t all_locations = panel.locations.size(), all_products = panel.products.size();
  std::vector<std::int32_t> place(all_locations, -1);
  for (std::size_t i = 0; i < locations.size(); ++i) place[locations[i]] = static_cast<std::int32_t>(i);
  for (std::int32_t& parent : panel.location_parent) parent = parent < 0 ? -1 : place[static_cast<std::size_t>(parent)];
  take(panel.missing, all_locations, locations);
  take(panel.location_name, all_locations, locations);
  take(panel.location_parent, all_locations, locations);
  take(panel.location_kind, all_locations, locations);
  take(panel.population, all_locations, locations);
  take(panel.gdp, all_locations, locations);
  for (auto& [name, values] : panel.table) take(values, all_locations, locations);
  take(panel.product_name, all_products, products);
  for (auto& [scheme, classes] : panel.product_class) take(classes, all_products, products);
  take(panel.locations, all_locations, locations);
  take(panel.products, all_products, products);
  return panel;
}

// Sums over the chosen years.
struct Totals {
  std::vector<double> location, product;     // [C], [P]
  std::vector<std::vector<double>> by_year;  // [years][C]
  double all = 0;
};

Totals totals_of(const Panel& panel, const std::vector<std::size_t>& years) {
  Totals totals{std::vector<double>(panel.locations.size()), std::vector<double>(panel.products.size()), {}, 0};
  for (const std::size_t y : years) {
    std::vector<double> of_year(panel.locations.size());
    for (std::size_t c = 0; c < panel.locations.size(); ++c) {
      for (std::size_t p = 0; p < panel.products.size(); ++p) {
        const double value = panel.value[panel.index(y, c, p)];
        if (!(value > 0)) continue;
        of_year[c] += value;
        totals.product[p] += value;
      }
      totals.location[c] += of_year[c];
      totals.all += of_year[c];
    }
    totals.by_year.push_back(std::move(of_year));
  }
  return totals;
}

void remark_unspecified(std::vector<std::string>& remarks, const std::string& noun,
                        const std::vector<std::string>& codes, const std::vector<double>& total, double all) {
  std::vector<std::string> found;
  double sum = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (!is_unspecified(codes[i]) || !(total[i] > 0)) continue;
    found.push_back(codes[i]);
    sum += total[i];
  }
  if (found.empty()) return;
  remarks.push_back(fmt::format("{} {} no {} and {} {:.2g} % of the trade; --drop-{}s {} leaves {} out", some_of(found),
                                found.size() > 1 ? "name" : "names", noun, found.size() > 1 ? "make" : "makes",
                                100 * sum / all, noun, fmt::join(found, ","), found.size() > 1 ? "them" : "it"));
}

// x with one digit that is not 0.
double one_digit(double x) {
  const double power = std::pow(10.0, std::floor(std::log10(x)));
  return std::round(x / power) * power;
}

void remark_micro(std::vector<std::string>& remarks, const Panel& panel, const Totals& totals,
                  const SampleSelection& sample) {
  const auto years = static_cast<double>(totals.by_year.size());
  const double floor = one_digit(kMicroShare * totals.all / years);
  if (sample.min_total >= floor) return;
  std::vector<std::string> found;
  for (std::size_t c = 0; c < panel.locations.size(); ++c) {
    const bool micro = std::any_of(totals.by_year.begin(), totals.by_year.end(), [&](const auto& of_year) {
      return of_year[c] > 0 && of_year[c] >= sample.min_total && of_year[c] < floor;
    });
    if (micro) found.push_back(panel.locations[c]);
  }
  if (found.empty()) return;
  remarks.push_back(
      fmt::format("{} with a total below {} in some year ({}) can stand high by chance; --min-total {} leaves "
                  "such years of theirs out",
                  found.size() > 1 ? fmt::format("{} locations", found.size()) : "1 location", amount_text(floor),
                  some_of(found), floor >= 1 ? fmt::format("{:.0f}", floor) : fmt::format("{}", floor)));
}

}  // namespace

SelectedSample apply_lists(Panel panel, const SampleSelection& sample, const std::string& file, ExitCode code) {
  SelectedSample selected;
  if (!sample.has_lists()) {
    selected.panel = std::move(panel);
    return selected;
  }
  const ListMatch match(file, code, selected.remarks);
  std::vector<bool> locations = match.kept("location", sample.locations, sample.drop_locations, panel.locations);
  std::vector<bool> products = match.kept("product", sample.products, sample.drop_products, panel.products);
  drop_idle(panel, locations, products);
  const std::vector<std::size_t> rows = indices_of(locations), columns = indices_of(products);
  if (rows.empty()) {
    throw Error(code,
                fmt::format("{}: found no trade among the locations and products that are chosen; widen --locations "
                            "or --products",
                            file));
  }
  selected.panel = reduced(std::move(panel), rows, columns);
  return selected;
}

std::vector<std::string> sample_remarks(const Panel& panel, const std::vector<std::size_t>& years,
                                        const SampleSelection& sample) {
  const Totals totals = totals_of(panel, years);
  std::vector<std::string> remarks;
  if (!(totals.all > 0)) return remarks;
  remark_unspecified(remarks, "location", panel.locations, totals.location, totals.all);
  remark_unspecified(remarks, "product", panel.products, totals.product, totals.all);
  remark_micro(remarks, panel, totals, sample);
  return remarks;
}

std::vector<std::string> population_remarks(const Panel& panel, const std::vector<std::size_t>& years) {
  const Totals totals = totals_of(panel, years);
  std::vector<std::string> found;
  for (std::size_t c = 0; c < panel.locations.size(); ++c) {
    const auto unknown = [&](std::size_t i) {
      const double persons = panel.population[years[i] * panel.locations.size() + c];
      return totals.by_year[i][c] > 0 && !(persons > 0);
    };
    bool any = false;
    for (std::size_t i = 0; i < years.size(); ++i) any = any || unknown(i);
    if (any) found.push_back(panel.locations[c]);
  }
  if (found.empty()) return {};
  return {fmt::format("{} with trade {} no population in some year ({}): by exports per head nothing is present there",
                      found.size() > 1 ? fmt::format("{} locations", found.size()) : "1 location",
                      found.size() > 1 ? "have" : "has", some_of(found))};
}

void say_remarks(const std::vector<std::string>& remarks, bool quiet) {
  for (const std::string& remark : remarks) {
    if (!quiet) fmt::print(stderr, "balassa: remark: {}\n", remark);
  }
}

std::string some_of(const std::vector<std::string>& codes) {
  const std::size_t shown = std::min(codes.size(), kNamed);
  std::vector<std::string> named;
  for (std::size_t i = 0; i < shown; ++i) named.push_back(printable(codes[i]));
  std::string text = fmt::format("{}", fmt::join(named, ", "));
  if (codes.size() > shown) text += fmt::format(" and {} more", codes.size() - shown);
  return text;
}

std::string amount_text(double value) {
  static constexpr std::pair<double, const char*> kSteps[] = {{1e12, " tn"}, {1e9, " bn"}, {1e6, " mn"}, {1e3, " k"}};
  for (const auto& [step, name] : kSteps) {
    const double x = value / step;
    if (x >= 1) return fmt::format("{:.{}f}{}", x, x < 9.995 ? 2 : x < 99.95 ? 1 : 0, name);
  }
  return fmt::format("{:.3g}", value);
}

}  // namespace balassa
