#include "host/sweep/sweep_journal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "host/sweep/tally_encoding.hpp"
#include "host/terminal/version.hpp"
#include "io/base/error.hpp"

namespace balassa {
namespace {

std::string previous_name(const std::string& base) {
  return checkpoint_name(base) + ".previous";
}

WorkReader open_work(const std::string& path, const WorkHeader& expected) {
  WorkReader file(path);
  const WorkHeader found = decode_header(file);
  std::string other = difference(found, expected);
  if (other.empty() && found.range != expected.range) {
    other = fmt::format("scenarios {} to {}, expected {} to {}", found.range.begin, found.range.end,
                        expected.range.begin, expected.range.end);
  }
  if (!other.empty()) {
    throw Error(ExitCode::kForeignCheckpoint,
                fmt::format("{}: found unfinished work of {}; give --restart to discard it, or choose another output",
                            path, other));
  }
  return file;
}

}  // namespace

WorkHeader header_of(const Plan& plan, const SpecificationGrid& grid, const std::string& panel_hash,
                     const std::string& arithmetic, const ScenarioRange& range) {
  return {plan_hash(plan),  panel_hash, precision_name(plan.precision), arithmetic, version(),
          grid.scenarios(), range,      canonical_plan_text(plan),      plan.panel};
}

std::string difference(const WorkHeader& found, const WorkHeader& expected) {
  using Member = std::string WorkHeader::*;
  static constexpr std::array<std::pair<const char*, Member>, 5> kMembers = {
      {{"plan hash", &WorkHeader::plan_hash},
       {"panel with content hash", &WorkHeader::panel_hash},
       {"precision", &WorkHeader::precision},
       {"arithmetic", &WorkHeader::arithmetic},
       {"balassa", &WorkHeader::version}}};
  for (const auto& [name, member] : kMembers) {
    if (found.*member != expected.*member)
      return fmt::format("{} {}, expected {}", name, found.*member, expected.*member);
  }
  if (found.scenarios != expected.scenarios)
    return fmt::format("{} scenarios, expected {}", found.scenarios, expected.scenarios);
  return {};
}

std::vector<std::byte> encode_header(const WorkHeader& header) {
  ByteWriter to;
  for (const std::string& text : {header.plan_hash, header.panel_hash, header.precision, header.arithmetic,
                                  header.version, header.plan, header.panel}) {
    to.text(text);
  }
  for (const std::uint64_t id : {header.scenarios, header.range.begin, header.range.end}) to.put(id);
  return {to.bytes().begin(), to.bytes().end()};
}

WorkHeader decode_header(const WorkReader& file) {
  try {
    ByteReader from(file.header());
    WorkHeader header;
    for (std::string* text : {&header.plan_hash, &header.panel_hash, &header.precision, &header.arithmetic,
                              &header.version, &header.plan, &header.panel}) {
      *text = from.text();
    }
    for (std::uint64_t* id : {&header.scenarios, &header.range.begin, &header.range.end})
      *id = from.take<std::uint64_t>();
    from.finish();
    if (header.range.begin > header.range.end || header.range.end > header.scenarios)
      throw BadBytes("a range beyond the sweep");
    return header;
  } catch (const BadBytes& error) {
    throw Error(ExitCode::kBadData, fmt::format("{}: header: found {}", file.path(), error.what()));
  }
}

void encode_part(const PartOfCell& part, ByteWriter& to) {
  for (const std::uint64_t number : {part.part.cell, part.part.first, part.part.last}) to.put(number);
  to.put(part.alignment.kind);
  to.put(part.alignment.specification);
  to.put(static_cast<std::uint8_t>(part.baseline.has_value()));
  if (part.baseline) encode_record(*part.baseline, to);
  encode_tallies(part.tallies, to);
}

CellPart decode_part_head(ByteReader& from) {
  CellPart part;
  for (std::uint64_t* number : {&part.cell, &part.first, &part.last}) *number = from.take<std::uint64_t>();
  return part;
}

PartOfCell decode_part(ByteReader& from, std::size_t most_counters) {
  PartOfCell part;
  part.part = decode_part_head(from);
  part.alignment.kind = from.take<Alignment>();
  if (part.alignment.kind > Alignment::kConvention) throw BadBytes("an alignment that does not exist");
  part.alignment.specification = from.take<std::int64_t>();
  if (from.take<std::uint8_t>() != 0) part.baseline = decode_record(from);
  part.tallies = decode_tallies(from, most_counters);
  from.finish();
  return part;
}

RawBlock decode_raw_head(ByteReader& from) {
  RawBlock block;
  for (std::uint64_t* number : {&block.cell, &block.first, &block.count}) *number = from.take<std::uint64_t>();
  if (block.count > kRawRows) throw BadBytes("a block of too many raw scores");
  return block;
}

RawBlock decode_raw(ByteReader& from) {
  RawBlock block = decode_raw_head(from);
  block.eci = from.array<float>();
  block.pci = from.array<float>();
  from.finish();
  return block;
}

std::string cells_name(const std::string& base) {
  return base + ".cells";
}

std::string checkpoint_name(const std::string& base) {
  return base + ".checkpoint";
}

SweepJournal::SweepJournal(const std::string& base, const WorkHeader& header, const SpecificationGrid& grid,
                           std::size_t most_counters)
    : base_(base), header_(header), remaining_(header.range) {
  if (exists(base)) find(grid, most_counters);
}

bool SweepJournal::exists(const std::string& base) {
  std::error_code error;
  return std::filesystem::exists(cells_name(base), error);
}

// In this order: without their cells they mean nothing, so that a kill in between leaves no riddle.
std::vector<std::string> SweepJournal::names(const std::string& base) {
  return {checkpoint_name(base) + ".new", checkpoint_name(base), previous_name(base), cells_name(base) + ".new",
          cells_name(base)};
}

void SweepJournal::discard(const std::string& base) {
  for (const std::string& name : names(base)) {
    if (unlink(name.c_str()) != 0 && errno != ENOENT) {
      throw Error(ExitCode::kIo, fmt::format("{}: cannot be removed: {}", name, std::strerror(errno)));
    }
  }
}

WorkReader SweepJournal::open_cells() const {
  try {
    return open_work(cells_name(base_), header_);
  } catch (const Error& error) {
    if (error.code() != ExitCode::kBadData) throw;
    throw Error(error.code(), fmt::format("{}; give --restart to discard this work and begin again", error.what()));
  }
}

// Cells in their order up to the first record that is not whole; then the newest checkpoint that goes on from there.
void SweepJournal::find(const SpecificationGrid& grid, std::size_t most_counters) {
  WorkReader cells = open_cells();
  length_ = cells.whole();
  std::vector<std::byte> payload;
  while (const auto entry = cells.next(payload)) {
    if (entry->kind == kEndRecord) ended_ = remaining_.begin == remaining_.end;
    if (ended_) length_ = entry->end;
    if (entry->kind != kPartRecord) continue;
    ByteReader from(payload);
    const CellPart part = decode_part_head(from);
    if (remaining_.begin == remaining_.end || part != first_part(grid, remaining_)) break;
    remaining_.begin = id_of(grid, part.cell, part.last);
    length_ = entry->end;
  }
  if (!cells.damage().empty() && !cells.torn()) {
    warnings_.push_back(fmt::format("{}: found {}; what follows it is computed again", cells.path(), cells.damage()));
  }
  if (remaining_.begin == remaining_.end) return;
  const std::uint64_t after = length_, whole = cells.whole();
  for (const std::string& name : {checkpoint_name(base_), previous_name(base_)}) {
    if (take_checkpoint(name, after, whole, grid, most_counters)) return;
  }
}

// True where the checkpoint is whole and goes on from the finished cells, whose file holds `whole` good bytes.
bool SweepJournal::take_checkpoint(const std::string& path, std::uint64_t after, std::uint64_t whole,
                                   const SpecificationGrid& grid, std::size_t most_counters) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return false;
  try {
    WorkReader file = open_work(path, header_);
    std::vector<std::byte> payload;
    const auto entry = file.next(payload);
    if (!entry || entry->kind != kBegunRecord) {
      throw Error(ExitCode::kBadData,
                  fmt::format("{}: found {}", path, file.damage().empty() ? "nothing" : file.damage()));
    }
    ByteReader from(payload);
    const auto length = from.take<std::uint64_t>();
    PartOfCell begun = decode_part(from, most_counters);
    const CellPart next = first_part(grid, remaining_);
    // An older one than the finished cells is no damage.
    if (begun.part.cell != next.cell || begun.part.first != next.first || begun.part.last > next.last ||
        begun.part.last <= next.first || length < after) {
      return false;
    }
    if (length > whole) {
      throw Error(ExitCode::kBadData, fmt::format("{}: found {} good bytes, expected the {} that {} counts on",
                                                  cells_name(base_), whole, length, path));
    }
    length_ = length;
    begun_ = std::move(begun);
    return true;
  } catch (const BadBytes& bad) {
    warnings_.push_back(fmt::format("{}: found {}; an earlier one is used", path, bad.what()));
  } catch (const Error& bad) {
    if (bad.code() != ExitCode::kBadData) throw;
    warnings_.push_back(fmt::format("{}; an earlier one is used", bad.what()));
  }
  return false;
}

std::uint64_t SweepJournal::done() const {
  const std::uint64_t finished = remaining_.begin - header_.range.begin;
  return finished + (begun_ ? begun_->part.last - begun_->part.first : 0);
}

WorkAppender& SweepJournal::appender() {
  if (appender_ == nullptr) {
    if (length_ == 0) {
      discard(base_);
      length_ = replace_work_file(cells_name(base_), encode_header(header_), {});
    }
    appender_ = std::make_unique<WorkAppender>(cells_name(base_), length_);
  }
  return *appender_;
}

void SweepJournal::raw(std::uint64_t cell, std::uint64_t first, std::uint64_t count, std::span<const float> eci,
                       std::span<const float> pci) {
  ByteWriter to;
  for (const std::uint64_t number : {cell, first, count}) to.put(number);
  to.array(eci);
  to.array(pci);
  appender().append(kRawRecord, to.bytes());
}

void SweepJournal::finish(const PartOfCell& part) {
  ByteWriter to;
  encode_part(part, to);
  appender().append(kPartRecord, to.bytes());
}

void SweepJournal::checkpoint(const PartOfCell* begun) {
  WorkAppender& cells = appender();
  cells.sync();  // before the checkpoint that counts on them
  if (begun == nullptr) return;
  ByteWriter to;
  to.put(cells.length());
  encode_part(*begun, to);
  const WorkRecord record{kBegunRecord, to.bytes()};
  replace_work_file(checkpoint_name(base_), encode_header(header_), {&record, 1}, previous_name(base_));
}

std::string SweepJournal::close() {
  WorkAppender& cells = appender();
  if (!ended_) cells.append(kEndRecord, {});
  cells.sync();
  appender_.reset();
  return cells_name(base_);
}

}  // namespace balassa
