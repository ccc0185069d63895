#include "host/plan/plan.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>

#include "host/plan/knobs.hpp"
#include "io/base/content_hash.hpp"
#include "kernels/base/layout.hpp"

namespace balassa {
namespace {

std::string read_text(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) {
    const ExitCode code = errno == EACCES ? ExitCode::kPermission : ExitCode::kInputMissing;
    throw Error(code, fmt::format("{}: plan can't be read: {}", path, std::strerror(errno)));
  }
  std::string text;
  char block[1 << 14];
  while (const std::size_t got = std::fread(block, 1, sizeof block, file)) {
    text.append(block, got);
    if (text.size() > (1u << 22)) break;
  }
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  if (failed) throw Error(ExitCode::kIo, fmt::format("{}: plan can't be read: {}", path, std::strerror(errno)));
  if (text.size() > (1u << 22))
    throw Error(ExitCode::kPlan, fmt::format("{}: found more than 4 MiB, expected a plan", path));
  return text;
}

// One TOML scalar as text; floats as the shortest text that reads back to the same double.
std::string scalar_text(const toml::node& node, const std::string& where) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto integer = node.value_exact<std::int64_t>()) return fmt::format("{}", *integer);
  if (const auto real = node.value_exact<double>()) return fmt::format("{}", *real);
  if (const auto truth = node.value_exact<bool>()) return *truth ? "true" : "false";
  throw Error(ExitCode::kPlan,
              fmt::format("{}: found a date, table or list, expected a text, number or truth value", where));
}

PlanValue value_of(const toml::node& node, const std::string& where) {
  PlanValue value;
  value.where = where;
  if (const toml::array* items = node.as_array()) {
    value.array = true;
    for (const toml::node& item : *items) value.items.push_back(scalar_text(item, where));
  } else if (const toml::table* table = node.as_table()) {
    value.range = true;
    for (const char* part : {"from", "to", "step"}) {
      const toml::node* found = table->get(part);
      if (found == nullptr || table->size() != 3) {
        throw Error(ExitCode::kPlan,
                    fmt::format("{}: found a table, expected {{ from = a, to = b, step = c }} or \"a:b:c\"", where));
      }
      value.items.push_back(scalar_text(*found, where));
    }
  } else {
    value.items.push_back(scalar_text(node, where));
  }
  return value;
}

// The parser goes down one call for each part of a key, so that "a.a.a ..." could exhaust its stack. Points within
// quotes and comments are none, and those of numbers in a list stand between commas.
void require_short_keys(std::string_view text, const std::string& name) {
  constexpr int kMostParts = 64;
  int parts = 1, line = 1;
  char quote = 0;
  bool comment = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (c == '\n') comment = false;
    if (comment) continue;
    if (quote != 0) {
      if (c == '\\' && quote == '"') ++i;
      if (c == quote || c == '\n') quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#') {
      comment = true;
    } else if (c == '.') {
      if (++parts > kMostParts) {
        throw Error(ExitCode::kPlan, fmt::format("{}:{}: found a key of more than {} parts, expected section.key", name,
                                                 line, kMostParts));
      }
    } else if (std::string_view("=,[]{}\n").find(c) != std::string_view::npos) {
      parts = 1;
    }
  }
}

class Reader {
 public:
  Reader(Plan& plan, const std::string& name) : plan_(plan), name_(name) {}

  void read(const toml::table& top) {
    for (const auto& [key, node] : top) {
      const bool section = std::any_of(knobs().begin(), knobs().end(), [top_key = key.str()](const Knob& knob) {
        return !knob.table.empty() && knob.table == top_key;
      });
      if (!section) {
        read_key("", key, node);
      } else if (const toml::table* table = node.as_table()) {
        for (const auto& [inner, value] : *table) read_key(key.str(), inner, value);
      } else {
        throw Error(ExitCode::kPlan,
                    fmt::format("{}: found a value, expected the section [{}]", at(key, key.str()), key.str()));
      }
    }
  }

 private:
  std::string at(const toml::key& key, std::string_view path) const {
    return fmt::format("{}:{}: {}", name_, key.source().begin.line, path);
  }

  void read_key(std::string_view section, const toml::key& key, const toml::node& node) {
    const std::string path = section.empty() ? std::string(key.str()) : fmt::format("{}.{}", section, key.str());
    for (const Knob& known : knobs()) {
      if (known.table == section && known.name == key.str()) {
        // A text is split as that of a flag is: "0.5:2:0.25" and "0.5,1" mean the same in both.
        const auto text = node.value_exact<std::string>();
        known.read(plan_,
                   text ? text_value(known, at(key, path), *text, ExitCode::kPlan) : value_of(node, at(key, path)));
        return;
      }
    }
    throw Error(ExitCode::kPlan,
                fmt::format("{}: unknown key; the nearest known is {}", at(key, path), nearest_key(path)));
  }

  Plan& plan_;
  std::string name_;
};

[[noreturn]] void refuse(std::string_view key, const std::string& found, std::string_view expected) {
  throw Error(ExitCode::kPlan, fmt::format("plan: {}: found {}, expected {}", key, found, expected));
}

// The rows of one TOML table after another, each table where its first row stands.
std::string text_of(const Plan& plan, bool everything) {
  std::vector<std::string_view> tables;
  for (const Knob& knob : knobs()) {
    if (std::find(tables.begin(), tables.end(), knob.table) == tables.end()) tables.push_back(knob.table);
  }
  std::string text;
  for (const std::string_view table : tables) {
    std::string rows;
    for (const Knob& knob : knobs()) {
      if (knob.table != table || (!everything && !knob.in_hash())) continue;
      if (const std::string value = knob.text(plan); !value.empty()) rows += fmt::format("{} = {}\n", knob.name, value);
    }
    if (!rows.empty() && !table.empty()) text += fmt::format("\n[{}]\n", table);
    text += rows;
  }
  return text;
}

// Each knob of a specification or year gets the convention's value where the plan has none.
void resolve_choices(Plan& plan) {
  constexpr std::size_t kMostValues = 1000, kMostSpecifications = 100000;
  std::size_t specifications = 1;
  for (const Knob& knob : knobs()) {
    if (!knob.is_choice()) continue;
    std::vector<double>& values = plan.choices[std::string(knob.name)];
    if (values.empty()) values = {knob.default_of(plan.convention)};
    std::sort(values.begin(), values.end());
    if (values.size() > kMostValues)
      refuse(knob.path(), fmt::format("{} values", values.size()), fmt::format("at most {}", kMostValues));
    specifications *= values.size();
    if (specifications > kMostSpecifications) {
      refuse(knob.path(), fmt::format("a grid of {} specifications or more", specifications),
             fmt::format("at most {} in all", kMostSpecifications));
    }
  }
}

// Draws that can't be made as the plan says.
void check_resampling(Plan& plan) {
  if (!plan.scheme.any() && *plan.replicates > 0) {
    refuse("resample.replicates", fmt::format("{}", *plan.replicates), "0 with scheme = \"none\", which draws nothing");
  }
  if (plan.scheme.location_weights) {
    if (!plan.location_weights) plan.location_weights = Weights::kBayesian;
  } else if (plan.location_weights) {
    refuse("resample.location_weights", "a law", "scheme = \"locations\" with it, alone or beside others");
  }
  if (plan.scheme.cell_noise) {
    if (!(plan.sigma > 0.0)) refuse("resample.sigma", "0", "a number > 0 with scheme = \"noise\"");
    if (!plan.recompute_presence) refuse("resample.recompute_presence", "false", "true with scheme = \"noise\"");
    if (plan.rho_location + plan.rho_product > 1.0) {
      refuse("resample.rho_location", fmt::format("{} + rho_product {}", plan.rho_location, plan.rho_product),
             "a sum <= 1");
    }
  } else if (plan.sigma > 0.0 || plan.rho_location > 0.0 || plan.rho_product > 0.0) {
    refuse("resample.sigma", "noise parameters", "scheme = \"noise\" with them");
  }
  const std::vector<double>& presence = plan.choices.at("presence");
  const bool by_rca_alone = presence == std::vector{static_cast<double>(Presence::kRca)};
  // Else specifications would be the same, and count twice where they are compared.
  const auto one_where = [&](Presence by, std::string_view word, std::string_view threshold) {
    const std::size_t values = plan.choices.find(threshold)->second.size();
    if (values > 1 && std::find(presence.begin(), presence.end(), static_cast<double>(by)) != presence.end()) {
      refuse(fmt::format("specification.{}", threshold), fmt::format("{} values", values),
             fmt::format("one with presence = \"{}\" in the plan, which does not look at it", word));
    }
  };
  one_where(Presence::kRca, "rca", "rpop_threshold");
  one_where(Presence::kRpop, "rpop", "rca_threshold");
  if (!by_rca_alone && (plan.scheme.cell_noise || plan.scheme.location_weights)) {
    refuse("specification.presence", "exports per head", "\"rca\" with scheme = \"noise\" or \"locations\"");
  }
  if (plan.arithmetic == Arithmetic::kGemm) {
    // Its products share one presence matrix, its vectors are worth what the certificate says of them.
    constexpr std::string_view kKey = "run.arithmetic";
    if (plan.scheme != Scheme::kProducts) refuse(kKey, "\"gemm\"", "scheme = \"products\" with it");
    if (plan.recompute_presence) refuse(kKey, "\"gemm\"", "recompute_presence = false with it: one matrix for all");
    if (plan.precision != Precision::kCertified) refuse(kKey, "\"gemm\"", "precision = \"certified\" with it");
  }
}

// The grid of class rules is evaluated by each scenario in place (kernels/base/layout.hpp).
void check_sizes(const Plan& plan) {
  const auto at_most = [](std::string_view key, std::size_t found, std::size_t most) {
    if (found > most) refuse(key, fmt::format("{} values", found), fmt::format("at most {}", most));
  };
  at_most("classes.p1_quantile", plan.p1_quantile.size(), kMaxQuantiles);
  at_most("classes.split", plan.split.size(), kMaxSplits);
  at_most("classes.hhi_cut", plan.hhi_cut.size(), kMaxCuts);
  at_most("output.quantiles", plan.quantiles.size(), 1000);
}

}  // namespace

Plan parse_plan(std::string_view text, const std::string& name) {
  Plan plan;
  require_short_keys(text, name);
  try {
    Reader(plan, name).read(toml::parse(text, name));
  } catch (const toml::parse_error& error) {
    throw Error(ExitCode::kPlan,
                fmt::format("{}:{}: not TOML: {}; a plan is TOML, and a panel is what balassa import makes of a table",
                            name, error.source().begin.line, error.description()));
  }
  return plan;
}

Plan read_plan(const std::string& path) {
  return parse_plan(read_text(path), path);
}

void resolve_plan(Plan& plan) {
  resolve_choices(plan);
  if (!plan.replicates) plan.replicates = plan.scheme.any() ? 1000 : 0;
  check_resampling(plan);
  check_sizes(plan);
  if (*plan.replicates == 0 && (plan.keep_eci || plan.keep_pci)) {
    refuse("output.keep", "raw scores", "none without replicates");
  }
}

std::string plan_text(const Plan& plan) {
  return text_of(plan, true);
}
std::string canonical_plan_text(const Plan& plan) {
  return text_of(plan, false);
}
std::string plan_hash(const Plan& plan) {
  return text_hash(canonical_plan_text(plan));
}

Resampling resampling_of(const Plan& plan) {
  return {plan.scheme,
          plan.weights,
          plan.recompute_presence,
          plan.sigma,
          plan.rho_location,
          plan.rho_product,
          plan.seed,
          plan.location_weights.value_or(Weights::kBayesian)};
}

ClassGrid class_grid_of(const Plan& plan) {
  if (plan.p1_quantile.empty()) return {};
  return {plan.p1_quantile, plan.split, plan.hhi_cut, plan.p1_given};
}

}  // namespace balassa
