#include "host/eigbench/solver_comparison_json.hpp"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "host/eigbench/solver_comparison_fields.hpp"
#include "io/base/error.hpp"

namespace balassa {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr const char* kFormat = "balassa-eigbench";

// The visitors of one object, out and in.
struct Writer {
  Json& json;
  void operator()(const char* name, double value) { json[name] = std::isfinite(value) ? Json(value) : Json(nullptr); }
  void operator()(const char* name, FindingKind kind) { json[name] = finding_text(kind); }
  void operator()(const char* name, Acceptance accepts) {
    json[name] = accepts == Acceptance::kBatch ? "batch" : "one";
  }
  template <class T>
  void operator()(const char* name, const T& value) {
    json[name] = value;
  }
};

struct Reader {
  const Json& json;
  void operator()(const char* name, double& value) {
    const Json& found = json.at(name);
    value = found.is_null() ? std::numeric_limits<double>::quiet_NaN() : found.get<double>();
  }
  void operator()(const char* name, FindingKind& kind) {
    const std::string text = json.at(name);
    for (int k = 0; k < kFindingKinds; ++k) {
      kind = static_cast<FindingKind>(k);
      if (text == finding_text(kind)) return;
    }
    throw std::runtime_error(fmt::format("{}: found '{}', which is no kind of finding", name, text));
  }
  void operator()(const char* name, Acceptance& accepts) {
    accepts = json.at(name) == "batch" ? Acceptance::kBatch : Acceptance::kOne;
  }
  template <class T>
  void operator()(const char* name, T& value) {
    value = json.at(name).get<T>();
  }
};

template <class T>
Json table_json(const std::vector<T>& rows) {
  Json table = Json::array();
  for (T row : rows) {
    Json entry;
    visit_fields(row, Writer{entry});
    table.push_back(std::move(entry));
  }
  return table;
}

template <class T>
std::vector<T> table_of(const Json& json, const char* name) {
  std::vector<T> rows;
  for (const Json& entry : json.at(name)) {
    T row;
    visit_fields(row, Reader{entry});
    rows.push_back(std::move(row));
  }
  return rows;
}

template <class T>
void require_sets(const std::vector<T>& rows, std::size_t sets, const char* name) {
  for (const T& row : rows) {
    if (row.set < 0 || static_cast<std::size_t>(row.set) >= sets)
      throw std::runtime_error(fmt::format("{}: found set {}, expected 0 to {}", name, row.set, sets - 1));
  }
}

SolverComparison study_of(const Json& json) {
  SolverComparison study;
  visit_fields(study.conditions, Reader{json.at("conditions")});
  study.conditions.problems = json.at("conditions").at("problems").get<std::vector<std::string>>();
  study.solvers = table_of<SolverDescription>(json, "solvers");
  study.sets = table_of<SetSummary>(json, "sets");
  study.trials = table_of<SolverTrial>(json, "trials");
  study.answers = table_of<SolverAnswer>(json, "answers");
  study.findings = table_of<Finding>(json, "findings");
  study.omissions = table_of<Omission>(json, "omissions");
  require_sets(study.trials, study.sets.size(), "trials");
  require_sets(study.answers, study.sets.size(), "answers");
  require_sets(study.findings, study.sets.size(), "findings");
  return study;
}

}  // namespace

std::string study_json(const SolverComparison& study) {
  Json json{{"format", kFormat}, {"version", kVersion}, {"conditions", Json::object()}};
  StudyConditions conditions = study.conditions;
  visit_fields(conditions, Writer{json["conditions"]});
  json["conditions"]["problems"] = conditions.problems;
  json["solvers"] = table_json(study.solvers);
  json["sets"] = table_json(study.sets);
  json["trials"] = table_json(study.trials);
  json["answers"] = table_json(study.answers);
  json["findings"] = table_json(study.findings);
  json["omissions"] = table_json(study.omissions);
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

SolverComparison read_study(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Error(ExitCode::kInputMissing, fmt::format("{}: can't be read; name a file of --json", path));
  try {
    const Json json = Json::parse(file);
    if (json.value("format", "") != kFormat || json.value("version", 0) != kVersion) {
      throw Error(ExitCode::kBadData,
                  fmt::format("{}: found format '{}', version {}, expected {}, version {}", path,
                              json.value("format", ""), json.value("version", 0), kFormat, kVersion));
    }
    return study_of(json);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: {}; expected what balassa eigbench --json writes", path, error.what()));
  }
}

}  // namespace balassa
