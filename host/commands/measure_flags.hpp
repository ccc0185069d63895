// The flags of `compute` that say which measures there are to be, and how single ones are made.
#pragma once

#include <deque>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "host/commands/command.hpp"
#include "host/commands/measure_parameters.hpp"
#include "io/panel/panel.hpp"
#include "kernels/measures/registry.hpp"

namespace balassa {

class MeasureFlags {
 public:
  // Adds the flags. `panel` is not required where measures are only listed.
  MeasureFlags(CLI::App& command, CLI::Option& panel);

  // Whether `list` was asked for; and the list: for people, or as JSON.
  bool lists() const;
  static std::string list(bool json);

  // Names in the order of the registry; none: nothing was said. Throws Error kUsage, for an unknown name with the
  // nearest.
  std::vector<std::string> names() const;
  // Of what `all` stands for, measures go whose table the panel lacks. Remarks of it.
  std::vector<std::string> leave_out_what_lacks_a_table(std::vector<std::string>& names, const Panel& panel) const;
  // What `all` left out as too large, and how to get it; "" where nothing.
  std::string left_out(const Panel& panel) const;

  // Of the measures that are computed, with the convention's defaults; and as JSON, empty where they have none. Throws
  // Error kUsage for a flag that none of them reads, and for a value that it does not take.
  MeasureParameters parameters(std::string_view convention, const std::vector<const MeasureInfo*>& computed) const;
  nlohmann::ordered_json parameters_json(std::string_view convention,
                                         const std::vector<const MeasureInfo*>& computed) const;

  int reflections() const { return reflections_; }

 private:
  struct Flag {
    const MeasureParameter* parameter;
    const CLI::Option* option;
    double value(std::string_view convention) const;
  };
  bool says(const char* word) const;
  template <class Take>
  void visit_parameters(std::string_view convention, const std::vector<const MeasureInfo*>& computed, Take take) const;

  std::vector<std::string> measures_;
  int reflections_ = 0;
  std::vector<Flag> flags_;
  std::deque<std::string> text_;  // what CLI11 writes to: never moved
};

// The panel's tables by location in a year, at the places of the year's own locations, of those that the measures
// need. Throws Error kBadData where the panel has no such table.
std::map<std::string, std::vector<double>> tables_of(const Panel& panel, std::size_t year, const Year& selected,
                                                     const std::vector<const MeasureInfo*>& measures);
// The same refusal before any year is read.
void require_tables(const Panel& panel, const std::string& file, const std::vector<const MeasureInfo*>& measures);

// Memory that measuring one year takes: numbers, what they are made of, and their places in the panel.
std::size_t measuring_bytes(const std::vector<const MeasureInfo*>& measures, std::size_t locations,
                            std::size_t products);

}  // namespace balassa
