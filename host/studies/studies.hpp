// The registry of studies: what `balassa study` can do with a table. A new kind is a file in this folder and a row in
// studies.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace balassa {

using StudyValue = std::variant<std::string, std::int64_t, double>;  // not finite: not defined

struct StudyTable {
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::vector<StudyValue>> rows;
};

struct StudyReport {
  std::vector<StudyTable> tables;
  std::vector<std::string> findings;  // sentences
};

struct StudyKind {
  std::string name;
  std::string help;  // one line
  // Adds the options of this kind to the command, in a group of its name. What it gives back runs the study of a file
  // with what they were set to; it throws Error.
  std::function<StudyReport(const std::string& file)> (*add_options)(CLI::App& command);
};

std::span<const StudyKind> studies();

}  // namespace balassa
