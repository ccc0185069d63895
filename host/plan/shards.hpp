// The part of a sweep that one process owns: which scenario ids, and under which name (FORMATS section 7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/plan/specification_grid.hpp"
#include "io/base/error.hpp"

namespace balassa {

// Scenario ids [begin, end).
struct ScenarioRange {
  std::uint64_t begin = 0, end = 0;
  friend bool operator==(const ScenarioRange&, const ScenarioRange&) = default;
};

// Replicates [first, last) of one cell = year index x specifications + specification; replicate 0 is the baseline.
struct CellPart {
  std::uint64_t cell = 0, first = 0, last = 0;
  friend bool operator==(const CellPart&, const CellPart&) = default;
};

// Shard `index` of `count`, from 0; one of one is the whole sweep.
struct Shard {
  std::uint64_t index = 0, count = 1;
};

// Contiguous and equal to one scenario, so that a shard touches few cells.
ScenarioRange shard_range(std::uint64_t scenarios, const Shard& shard);

// The part of `range` that lies in the cell of its first id. `range` is not empty.
CellPart first_part(const SpecificationGrid& grid, const ScenarioRange& range);
std::uint64_t id_of(const SpecificationGrid& grid, std::uint64_t cell, std::uint64_t replicate);

// N of "auto/N", 0 of "auto"; none of anything else.
std::optional<std::uint64_t> count_of_auto(std::string_view text);

// "3/512"; or "auto": the place of this task in its Slurm array, "auto/512" where that is submitted again in part. The
// shards that lie beside `output` say how many there are, or that the array is another. Throws Error with `code`,
// naming `where`.
Shard parse_shard(std::string_view text, const std::string& where, ExitCode code, const std::string& output = "");

// "out.h5.shard-3-of-512".
std::string shard_name(const std::string& output, const Shard& shard);
// The shard that a path names; none for other names.
std::optional<Shard> shard_of_name(std::string_view path);
// Finished shards of an output, by name, ordered by count and index.
std::vector<std::string> find_shards(const std::string& output);

}  // namespace balassa
