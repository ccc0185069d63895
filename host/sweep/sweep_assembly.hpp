// From finished work - of one process, of shards, of ranks - to whole cells in the order of the grid.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "host/sweep/sweep_cell.hpp"
#include "host/sweep/sweep_journal.hpp"

namespace balassa {

// Counts by Certification of a file of finished work, valid baselines among them. Throws Error kBadData.
std::array<std::uint64_t, 4> certification_of(const std::string& path, std::size_t most_counters);

class SweepAssembly {
 public:
  SweepAssembly(const Plan& plan, const SpecificationGrid& grid, std::size_t locations, std::size_t products)
      : plan_(plan), grid_(grid), locations_(locations), products_(products) {}

  // Reads through a file of finished work once. Throws Error kBadData where it is damaged or was not finished.
  void add(const std::string& path);

  // Every scenario is there, and once. Throws Error kBadData naming files and what is missing.
  void require_whole() const;

  // Hands on whole cells, one at a time; `threads` put them together. Returns 0, or the signal that `stop` gave between
  // two cells. Throws Error kBadData where a part does not have the shapes of the plan and panel.
  int run(const std::function<Year(std::size_t)>& load_year, std::span<SweepSink* const> sinks,
          const std::function<int()>& stop, int threads = 1);

  // Bytes of cells under way, at most, beside one cell.
  static std::size_t most_bytes(int threads) { return (std::size_t{4} << 20) * static_cast<std::size_t>(threads); }

 private:
  struct Place {
    std::size_t file = 0;
    WorkReader::Entry entry;
    std::uint64_t cell = 0, first = 0, last = 0;  // replicates [first, last)
  };
  // A cell on its way: its parts, and what they add up to.
  struct Assembled;
  void assemble(Assembled& cell) const;
  void hand_on_raw(const SweepCell& cell, std::size_t& next_block, std::span<SweepSink* const> sinks) const;

  const Plan& plan_;
  const SpecificationGrid& grid_;
  std::size_t locations_, products_;
  std::vector<WorkReader> files_;
  std::vector<Place> parts_, blocks_;
};

}  // namespace balassa
