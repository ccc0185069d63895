// The grammar by which problems are asked for (eigen_panels.hpp).
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <map>

#include "host/eigbench/eigen_panels.hpp"
#include "io/base/error.hpp"
#include "io/panel/panel_file.hpp"

namespace balassa {
namespace {

constexpr const char* kKinds = "panel, synth, hard, gap, bridge, nested, ring or path";

[[noreturn]] void refuse(std::string_view text, const std::string& found, const std::string& expected) {
  throw Error(ExitCode::kUsage,
              fmt::format("--problems {}: found {}, expected {}; see balassa eigbench --help", text, found, expected));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// One item of --problems: kind:subject,key=value,...
class Item {
 public:
  explicit Item(std::string_view text) : text_(text) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    kind = text.substr(0, colon);
    if (colon == text.size()) return;
    std::vector<std::string> parts = split(text.substr(colon + 1), ',');
    subject = parts.front();
    for (std::size_t k = 1; k < parts.size(); ++k) {
      const std::size_t equals = parts[k].find('=');
      if (equals == std::string::npos) refuse(text_, fmt::format("'{}'", parts[k]), "key=value");
      const auto [at, first] = values_.emplace(parts[k].substr(0, equals), parts[k].substr(equals + 1));
      if (!first) refuse(text_, fmt::format("key '{}' twice", at->first), "each once");
    }
  }

  // Each key is asked for once; what is left is unknown.
  std::string take(const std::string& key, const std::string& otherwise) {
    known_.push_back(key);
    const auto found = values_.find(key);
    if (found == values_.end()) return otherwise;
    std::string value = found->second;
    values_.erase(found);
    return value;
  }
  void finish() const {
    if (values_.empty()) return;
    std::string keys;
    for (const std::string& key : known_) keys += (keys.empty() ? "" : ", ") + key;
    refuse(text_, fmt::format("key '{}'", values_.begin()->first), keys.empty() ? "no keys" : "one of " + keys);
  }

  double number(const std::string& part, const std::string& what, double least, double most) const {
    double value = 0;
    const auto [end, problem] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (problem != std::errc() || end != part.data() + part.size() || !(value >= least) || !(value <= most))
      refuse(text_, fmt::format("{} '{}'", what, part), fmt::format("a number from {:g} to {:g}", least, most));
    return value;
  }
  int whole(const std::string& part, const std::string& what, int least, int most) const {
    const double value = number(part, what, least, most);
    if (value != static_cast<int>(value)) refuse(text_, fmt::format("{} '{}'", what, part), "a whole number");
    return static_cast<int>(value);
  }
  std::vector<double> numbers(const std::string& list, const std::string& what, double least, double most) const {
    std::vector<double> out;
    for (const std::string& part : split(list, '/')) out.push_back(number(part, what, least, most));
    return out;
  }
  // "240x1240"
  std::pair<int, int> size(const std::string& part) const {
    const std::vector<std::string> sides = split(part, 'x');
    if (sides.size() != 2) refuse(text_, fmt::format("size '{}'", part), "LOCATIONSxPRODUCTS, such as 240x1240");
    return {whole(sides[0], "locations", 3, 100000), whole(sides[1], "products", 2, 100000)};
  }
  PanelProblems panel_problems(std::uint64_t seed) {
    PanelProblems request;
    request.seed = seed;
    request.thresholds = numbers(take("thresholds", "1"), "threshold", 1e-12, 1e12);
    request.replicates = whole(take("replicates", "16"), "replicates", 0, 1000000);
    const std::map<std::string, Weights> laws{
        {"bayesian", Weights::kBayesian}, {"multinomial", Weights::kMultinomial}, {"poisson", Weights::kPoisson}};
    const std::string law = take("weights", "bayesian");
    if (laws.count(law) == 0) refuse(text_, fmt::format("weights '{}'", law), "bayesian, multinomial or poisson");
    request.weights = laws.at(law);
    return request;
  }

  std::string kind, subject;

 private:
  std::string text_;
  std::map<std::string, std::string> values_;
  std::vector<std::string> known_;
};

using Sets = std::vector<ProblemSet>;

Sets of_locations(Item& item, int least, ProblemSet (*make)(int)) {
  Sets sets;
  for (const std::string& part : split(item.subject, '/'))
    sets.push_back(make(item.whole(part, "locations", least, 20000)));
  return sets;
}

Sets of_communities(Item& item, const char* key, const char* otherwise, double most, int least_locations,
                    int least_products, ProblemSet (*make)(int, int, double)) {
  Sets sets;
  const std::vector<double> values = item.numbers(item.take(key, otherwise), key, 0, most);
  for (const std::string& part : split(item.subject, '/')) {
    auto [locations, products] = item.size(part);
    item.whole(fmt::format("{}", locations), "locations", least_locations, 100000);
    item.whole(fmt::format("{}", products), "products", least_products, 100000);
    for (const double value : values) {
      sets.push_back(make(locations, products, value));
      sets.back().name += "-" + part;
    }
  }
  return sets;
}

Sets synthetic_sets(Item& item, std::uint64_t seed) {
  const double density = item.number(item.take("density", "0.15"), "density", 0.02, 0.3);
  const auto panel_seed = static_cast<std::uint64_t>(item.whole(item.take("seed", "42"), "seed", 0, 2000000000));
  const PanelProblems request = item.panel_problems(seed);
  item.finish();
  Sets sets;
  for (const std::string& part : split(item.subject, '/')) {
    const auto [locations, products] = item.size(part);
    Sets more = synthetic_problems(locations, products, density, panel_seed, request);
    std::move(more.begin(), more.end(), std::back_inserter(sets));
  }
  return sets;
}

Sets panel_sets(Item& item, std::uint64_t seed) {
  PanelProblems request = item.panel_problems(seed);
  request.years = item.take("years", "all");
  std::replace(request.years.begin(), request.years.end(), '/', ',');
  item.finish();
  request.label = std::filesystem::path(item.subject).filename().string() + "/";
  return panel_problems(read_panel(item.subject), request);
}

}  // namespace

std::vector<ProblemSet> problems_by_name(std::string_view text, std::uint64_t seed) {
  Item item(text);
  const std::map<std::string, std::function<Sets()>> kinds{
      {"hard", [] { return hard_problems(); }},
      {"nested", [&] { return of_locations(item, 2, nested_problem); }},
      {"ring", [&] { return of_locations(item, 4, ring_problem); }},
      {"path", [&] { return of_locations(item, 3, path_problem); }},
      {"gap", [&] { return of_communities(item, "gaps", "1e-3", 0.15, 6, 12, gap_problem); }},
      {"bridge", [&] { return of_communities(item, "links", "1e-3", 0.5, 4, 6, bridge_problem); }},
      {"synth", [&] { return synthetic_sets(item, seed); }},
      {"panel", [&] { return panel_sets(item, seed); }}};
  const auto kind = kinds.find(item.kind);
  if (kind == kinds.end()) refuse(text, fmt::format("'{}'", item.kind), kKinds);
  if (item.subject.empty() != (item.kind == "hard"))
    refuse(text, item.subject.empty() ? "no subject" : fmt::format("'{}'", item.subject),
           item.kind == "hard" ? "'hard' alone" : "what comes after the colon, a file or a size");
  Sets sets = kind->second();
  item.finish();
  return sets;
}

}  // namespace balassa
