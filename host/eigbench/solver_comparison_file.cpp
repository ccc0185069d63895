// A study as HDF5 (eigen_report.hpp), from the same lists of columns as its JSON.
#include <map>

#include "host/eigbench/eigen_report.hpp"
#include "host/eigbench/solver_comparison_fields.hpp"
#include "io/hdf5/result_file.hpp"

namespace balassa {
namespace {

constexpr int kVersion = 1;

// Gathers rows into columns of one type each, in the order of the fields.
class Columns {
 public:
  void operator()(const char* name, const std::string& value) { of<std::string>(name).push_back(value); }
  void operator()(const char* name, double value) { of<double>(name).push_back(value); }
  void operator()(const char* name, int value) { of<std::int32_t>(name).push_back(value); }
  void operator()(const char* name, std::int64_t value) { of<std::int64_t>(name).push_back(value); }
  void operator()(const char* name, bool value) { of<std::uint8_t>(name).push_back(value ? 1 : 0); }
  void operator()(const char* name, FindingKind kind) { of<std::string>(name).emplace_back(finding_text(kind)); }
  void operator()(const char* name, Acceptance accepts) {
    of<std::string>(name).emplace_back(accepts == Acceptance::kBatch ? "batch" : "one");
  }

  void write(ResultFile& file, const std::string& table, std::size_t rows) const {
    if (rows == 0) return;  // HDF5 has no use for a dimension of length 0
    file.dimension(table + "/row", rows);
    for (const std::string& name : order_) {
      const std::string path = table + "/" + name;
      std::visit([&](const auto& values) { file.write(path, values, {table + "/row"}, attributes_of(name)); },
                 columns_.at(name));
    }
  }

 private:
  using Column = std::variant<std::vector<std::string>, std::vector<double>, std::vector<std::int32_t>,
                              std::vector<std::int64_t>, std::vector<std::uint8_t>>;
  template <class T>
  std::vector<T>& of(const char* name) {
    if (columns_.count(name) == 0) {
      columns_[name] = std::vector<T>();
      order_.emplace_back(name);
    }
    return std::get<std::vector<T>>(columns_.at(name));
  }
  static Attributes attributes_of(const std::string& name) {
    if (name.starts_with("setup_") || name.starts_with("solve_"))
      return {{"units", "s"}, {"long_name", name + ", per problem"}};
    if (name == "memory") return {{"units", "byte"}};
    if (name == "set") return {{"long_name", "row of the table set"}};
    if (name == "sine") return {{"long_name", "sine of the angle to the second axis"}};
    return {};
  }

  std::map<std::string, Column> columns_;
  std::vector<std::string> order_;
};

template <class T>
void write_table(ResultFile& file, const std::string& name, const std::vector<T>& rows) {
  Columns columns;
  for (T row : rows) visit_fields(row, columns);
  columns.write(file, name, rows.size());
}

struct RootAttributes {
  ResultFile& file;
  void operator()(const char* name, const std::string& value) {
    if (std::string(name) != "balassa_version") file.attribute(name, value);  // every file has it
  }
  void operator()(const char* name, double value) { file.attribute(name, value); }
  void operator()(const char* name, int value) { file.attribute(name, std::int64_t{value}); }
  void operator()(const char* name, std::uint64_t value) { file.attribute(name, static_cast<std::int64_t>(value)); }
};

}  // namespace

void write_study_hdf5(const SolverComparison& study, const std::string& path, bool force) {
  ResultFile file(path, "balassa-eigbench", kVersion, force);
  StudyConditions conditions = study.conditions;
  visit_fields(conditions, RootAttributes{file});
  std::string problems;
  for (const std::string& text : conditions.problems) problems += (problems.empty() ? "" : " ") + text;
  file.attribute("problems", problems);
  write_table(file, "solver", study.solvers);
  write_table(file, "set", study.sets);
  write_table(file, "trial", study.trials);
  write_table(file, "answer", study.answers);
  write_table(file, "finding", study.findings);
  write_table(file, "omission", study.omissions);
  file.commit();
}

}  // namespace balassa
