// A knob: one choice of the analyst, and all that the program says of it. Plan files, flags, help, the grid of
// specifications, its labels, JSON, result files and the plan hash read these rows and spell no knob themselves.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/panel/sample_selection.hpp"
#include "host/panel/year_selection.hpp"
#include "io/base/error.hpp"
#include "kernels/study.hpp"

namespace balassa {

struct Plan;

// A value as text, from a file or a flag: one item, a list, or {from, to, step}.
struct PlanValue {
  std::vector<std::string> items;
  bool range = false;  // items are from, to, step
  bool array = false;  // items stand in a list each by itself: a comma in one is its own
  std::string where;   // "plan.toml:12: specification.rca_threshold" or "--rca-threshold"
  ExitCode code = ExitCode::kPlan;
};

// What a knob acts on.
enum class Level : std::uint8_t {
  kPreparation,  // the table of a year, before any matrix
  kMatrix,       // the matrix that is solved
  kScale,        // the scores that its axis gives
  kSweep,        // draws, class rules, what is kept: one value for a whole sweep
  kRun           // where and how it runs: decides no number, and is not in the plan hash
};

// A word and the value that it stands for: an enumerator as a number, from 0 without gaps.
struct Word {
  template <class Value>
  constexpr Word(std::string_view spelling, Value of, std::string_view in_files = {})
      : text(spelling), value(static_cast<double>(of)), meaning(in_files) {}
  std::string_view text;
  double value;
  std::string_view meaning;  // in the flag_meanings of a result file; "": the text, with _ for -
};

// low <= x <= high, as a message says it: "numbers > 0".
struct Interval {
  double low = 0, high = 0;
  std::string_view expected = {};
};

struct ConventionValue {
  template <class Value>
  constexpr ConventionValue(std::string_view name, Value of) : convention(name), value(static_cast<double>(of)) {}
  std::string_view convention;
  double value;
};

// What a value sets; neither for a knob of which only one value is built.
struct Setter {
  std::function<void(Specification&, double)> of_specification = {};
  std::function<void(YearOptions&, double)> of_year = {};
};

template <class T>
Setter member(T Specification::*field) {
  return {[field](Specification& specification, double value) { specification.*field = static_cast<T>(value); }, {}};
}
template <class T>
Setter member(T YearOptions::*field) {
  return {{}, [field](YearOptions& options, double value) { options.*field = static_cast<T>(value); }};
}

// How a knob that is of no specification is read into the plan and written from it.
struct Setting {
  std::function<void(Plan&, const PlanValue&)> read = {};
  std::function<std::string(const Plan&)> text = {};  // TOML; "" = not set
};

// Whether a value stands in the label of its specification.
enum class Labelled : std::uint8_t { kWhereItVaries, kAlways, kByAnother };

// Where a value stands in the JSON of a specification: rows of one place in the order of the table.
enum class Place : std::uint8_t { kFirst, kOfMatrix, kOfScores, kNone };

// A row of the table (host/plan/knobs.cpp). A knob of a specification or of a year's table takes its values from
// `words` or `interval`; any other has a `setting`.
struct Knob {
  std::string_view table = {}, name = {};  // of the TOML; table "" = top of the file
  Level level = Level::kSweep;
  std::string_view help = {};        // beside the flag in `plan` and `sweep`, after the words: half a line
  std::string_view when_unset = {};  // the default as the help says it, where the plan's text has none
  std::string_view about = {};       // beside the flag in `compute`, and the long_name in a result file

  std::vector<Word> words = {};
  std::vector<std::string_view> later = {};  // words that FORMATS promises
  Interval interval = {};
  double otherwise = 0;  // the default, but of the conventions that say another
  std::vector<ConventionValue> by_convention = {};
  Setter member = {};
  Labelled labelled = Labelled::kWhereItVaries;
  // Its part of a label, from all values of the specification; none: "name value".
  std::function<std::string(const Specification&)> label = {};
  std::optional<double> summarised = {};  // summaries are about the specification nearest to it; none: the first
  Place place = Place::kOfScores;
  bool list = false;  // plans write a list even of one value

  Setting setting = {};
  bool of_compute = false;           // `compute` has the flag too, though the level is kSweep
  bool of_program = false;           // the flag stands before the command
  bool takes_range = false;          // 0.5:2:0.25
  bool takes_commas = false;         // in one value: names of files, devices
  bool stands_alone = false;         // the flag without a value means true
  std::string_view other_flag = {};  // "-o,--output"; "" = from the name
  std::string_view older_flag = {};  // still read
  // Of the sample: its list of codes, or its floor.
  std::vector<std::string> SampleSelection::*codes_of = nullptr;
  double SampleSelection::*floor_of = nullptr;

  std::string path() const;  // "specification.rca_threshold"
  std::string flag() const;  // "--rca-threshold"
  bool is_choice() const { return !setting.read; }
  // A list of values spans the grid of specifications.
  bool spans_grid() const { return is_choice() && level <= Level::kScale; }
  bool in_compute() const { return is_choice() || of_compute; }
  bool in_hash() const { return level != Level::kRun; }
  // A dataset of its name on the dimension `specification` of a sweep. Of the others the plan in the header tells.
  bool has_dataset() const { return static_cast<bool>(member.of_specification); }

  double default_of(std::string_view convention) const;
  std::string word(double value) const;  // "long-table", "0.75"
  std::string flag_meanings() const;     // "population sample long_table"
  std::string label_of(const Specification& specification, double value) const;

  // Reads a value, with a message that names file or flag, or writes it as TOML.
  void read(Plan& plan, const PlanValue& value) const;
  std::string text(const Plan& plan) const;

 private:
  void read_choice(std::vector<double>& values, const PlanValue& value) const;
};

}  // namespace balassa
