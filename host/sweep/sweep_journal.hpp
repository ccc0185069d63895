// Finished cells and the cell that is begun, on disk, so that a run that was killed loses at most what was in flight.
//
// BASE.cells grows by one record for each finished part of a cell and for each block of raw scores; BASE.checkpoint is
// replaced at each checkpoint and holds the tallies of the cell that is begun, BASE.checkpoint.previous the one before.
// BASE is the output's name or a shard's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/sweep/sweep_runner.hpp"
#include "io/base/byte_stream.hpp"
#include "io/work/work_file.hpp"

namespace balassa {

// What work belongs to. Work that differs in any of the first five never mixes.
struct WorkHeader {
  std::string plan_hash, panel_hash, precision, arithmetic, version;
  std::uint64_t scenarios = 0;  // of the whole sweep
  ScenarioRange range;          // of this work
  std::string plan;             // canonical, as TOML
  std::string panel;            // where it was read from
};

WorkHeader header_of(const Plan& plan, const SpecificationGrid& grid, const std::string& panel_hash,
                     const std::string& arithmetic, const ScenarioRange& range);

// "plan hash A, expected B" for the first that differs; "" where work of both may mix.
std::string difference(const WorkHeader& found, const WorkHeader& expected);

// Kinds of records in files of work.
enum WorkKind : std::uint32_t { kPartRecord = 1, kRawRecord = 2, kEndRecord = 3, kBegunRecord = 4 };

std::vector<std::byte> encode_header(const WorkHeader& header);
// Throws Error kBadData naming the file.
WorkHeader decode_header(const WorkReader& file);

void encode_part(const PartOfCell& part, ByteWriter& to);
CellPart decode_part_head(ByteReader& from);  // what stands first in the record
PartOfCell decode_part(ByteReader& from, std::size_t most_counters);

struct RawBlock {
  std::uint64_t cell = 0, first = 0, count = 0;
  std::vector<float> eci, pci;
};
RawBlock decode_raw_head(ByteReader& from);  // without the scores
RawBlock decode_raw(ByteReader& from);

std::string cells_name(const std::string& base);
std::string checkpoint_name(const std::string& base);

class SweepJournal final : public WorkSink {
 public:
  // Finds the work of an earlier run under `base`, or begins anew; no file is made before there is something to save.
  // Throws Error: kForeignCheckpoint where it belongs to another plan, panel, arithmetic or version; kBadData where the
  // header is damaged. `most_counters` as of most_counters().
  SweepJournal(const std::string& base, const WorkHeader& header, const SpecificationGrid& grid,
               std::size_t most_counters);

  // The files that the work under `base` may take.
  static std::vector<std::string> names(const std::string& base);
  // Discards the work under `base`.
  static void discard(const std::string& base);
  static bool exists(const std::string& base);

  const ScenarioRange& remaining() const { return remaining_; }  // from the first part that is not finished
  const std::optional<PartOfCell>& begun() const { return begun_; }
  std::uint64_t done() const;                                             // scenarios, of the range
  const std::vector<std::string>& warnings() const { return warnings_; }  // of damage that was met

  void raw(std::uint64_t cell, std::uint64_t first, std::uint64_t count, std::span<const float> eci,
           std::span<const float> pci) override;
  void finish(const PartOfCell& part) override;
  void checkpoint(const PartOfCell* begun) override;

  // All of the range is done: closes the file of cells as whole and gives its name.
  std::string close();

 private:
  WorkReader open_cells() const;
  void find(const SpecificationGrid& grid, std::size_t most_counters);
  bool take_checkpoint(const std::string& path, std::uint64_t after, std::uint64_t whole, const SpecificationGrid& grid,
                       std::size_t most_counters);
  WorkAppender& appender();

  std::string base_;
  WorkHeader header_;
  ScenarioRange remaining_;
  std::optional<PartOfCell> begun_;
  std::uint64_t length_ = 0;  // of the cells that are kept; 0: none, a file is to be made
  bool ended_ = false;
  std::unique_ptr<WorkAppender> appender_;
  std::vector<std::string> warnings_;
};

}  // namespace balassa
