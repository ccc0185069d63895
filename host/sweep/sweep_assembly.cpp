#include "host/sweep/sweep_assembly.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <tuple>

#include "host/sweep/tally_encoding.hpp"
#include "io/base/error.hpp"
#include "io/base/ordered_work.hpp"

namespace balassa {
namespace {

constexpr std::size_t kNamed = 8;  // of what is missing, in a message
// Entries of histograms take about two bytes each in a file of work and ten in memory.
constexpr std::uint64_t kUnpacked = 5;

// Of the counters of a cell that a file of work may pack to nothing: those of ranks and classes.
std::uint64_t dense_bytes(const Plan& plan, const Year& year) {
  const std::uint64_t locations = year.location_item.size();
  return sizeof(std::uint64_t) * locations * (locations + 1 + kLocationClasses * class_grid_of(plan).rules());
}

[[noreturn]] void refuse(const WorkReader& file, const std::string& what) {
  throw Error(ExitCode::kBadData, fmt::format("{}: found {}", file.path(), what));
}

// Raw scores of a cell from blocks in the order of their first replicate, row by row.
class RawRows {
 public:
  RawRows(std::uint64_t width_eci, std::uint64_t width_pci) : width_eci_(width_eci), width_pci_(width_pci) {}

  bool holds(std::uint64_t replicate) const {
    return replicate >= block_.first && replicate - block_.first < block_.count;
  }
  // Throws BadBytes where the block is not of the widths of the cell.
  void take(RawBlock block) {
    if (block.eci.size() != block.count * width_eci_ || block.pci.size() != block.count * width_pci_)
      throw BadBytes("raw scores of other shapes than the plan's");
    block_ = std::move(block);
  }
  void copy(std::uint64_t replicate, std::vector<float>& eci, std::vector<float>& pci) const {
    const std::uint64_t row = replicate - block_.first;
    eci.insert(eci.end(), block_.eci.begin() + static_cast<std::ptrdiff_t>(row * width_eci_),
               block_.eci.begin() + static_cast<std::ptrdiff_t>((row + 1) * width_eci_));
    pci.insert(pci.end(), block_.pci.begin() + static_cast<std::ptrdiff_t>(row * width_pci_),
               block_.pci.begin() + static_cast<std::ptrdiff_t>((row + 1) * width_pci_));
  }

 private:
  std::uint64_t width_eci_, width_pci_;
  RawBlock block_;
};

}  // namespace

std::array<std::uint64_t, 4> certification_of(const std::string& path, std::size_t most_counters) {
  std::array<std::uint64_t, 4> sum{};
  WorkReader file(path);
  std::vector<std::byte> payload;
  while (const auto entry = file.next(payload)) {
    if (entry->kind != kPartRecord) continue;
    try {
      ByteReader from(payload);
      const PartOfCell part = decode_part(from, most_counters);
      for (std::size_t k = 0; k < std::min(sum.size(), part.tallies.certification.size()); ++k)
        sum[k] += part.tallies.certification[k];
      if (part.baseline && part.baseline->validity == Validity::kValid)
        ++sum[static_cast<std::size_t>(part.baseline->certification)];
    } catch (const BadBytes& error) {
      refuse(file, error.what());
    }
  }
  if (!file.damage().empty()) refuse(file, file.damage());
  return sum;
}

void SweepAssembly::add(const std::string& path) {
  files_.emplace_back(path);
  WorkReader& file = files_.back();
  bool ended = false;
  std::vector<std::byte> payload;
  while (const auto entry = file.next(payload)) {
    ByteReader from(payload);
    try {
      if (entry->kind == kPartRecord) {
        const CellPart part = decode_part_head(from);
        parts_.push_back({files_.size() - 1, *entry, part.cell, part.first, part.last});
      } else if (entry->kind == kRawRecord) {
        const RawBlock block = decode_raw_head(from);
        blocks_.push_back({files_.size() - 1, *entry, block.cell, block.first, block.first + block.count});
      }
    } catch (const BadBytes& error) {
      refuse(file, error.what());
    }
    ended = entry->kind == kEndRecord;
  }
  if (!file.damage().empty()) refuse(file, file.damage() + "; run that shard again");
  if (!ended) refuse(file, "unfinished work, expected a whole file; run that shard to its end");
}

void SweepAssembly::require_whole() const {
  std::vector<Place> parts = parts_;
  std::sort(parts.begin(), parts.end(),
            [](const Place& a, const Place& b) { return std::tie(a.cell, a.first) < std::tie(b.cell, b.first); });
  std::vector<std::string> missing;
  std::uint64_t next = 0, absent = 0;
  const auto miss = [&](std::uint64_t end) {
    missing.push_back(fmt::format("{} to {}", next, end - 1));
    absent += end - next;
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Place& part = parts[i];
    if (part.first >= part.last || part.last > grid_.replicates() + 1 ||
        part.cell >= grid_.years() * grid_.specifications().size()) {
      refuse(files_[part.file], "a part that the plan does not have");
    }
    const std::uint64_t first = id_of(grid_, part.cell, part.first), last = id_of(grid_, part.cell, part.last);
    if (first < next) {
      throw Error(
          ExitCode::kBadData,
          fmt::format("{}: found scenarios {} to {} that {} has too, expected each once; leave one of them out",
                      files_[part.file].path(), first, std::min(next, last) - 1, files_[parts[i - 1].file].path()));
    }
    if (first > next) miss(first);
    next = last;
  }
  if (next < grid_.scenarios()) miss(grid_.scenarios());
  if (missing.empty()) return;
  const std::size_t more = missing.size() - std::min(missing.size(), kNamed);
  missing.resize(std::min(missing.size(), kNamed));
  throw Error(
      ExitCode::kBadData,
      fmt::format("shards: found {} of {} scenarios, expected all; missing: scenarios {}{}; run the shards that "
                  "have them",
                  grid_.scenarios() - absent, grid_.scenarios(), fmt::join(missing, ", "),
                  more > 0 ? fmt::format(" and {} more ranges", more) : ""));
}

struct SweepAssembly::Assembled {
  std::shared_ptr<const Year> year;
  std::span<const Place> parts;
  std::unique_ptr<SweepCell> cell;  // stays in its place
};

// Adds up the parts of a cell.
void SweepAssembly::assemble(Assembled& assembled) const {
  const std::size_t most = most_counters(plan_, locations_, products_);
  const Year& year = *assembled.year;
  SweepCell& cell = *assembled.cell;
  for (const Place& place : assembled.parts) {
    const WorkReader& file = files_[place.file];
    const std::vector<std::byte> payload = file.payload(place.entry);
    try {
      ByteReader from(payload);
      PartOfCell part = decode_part(from, most);
      if (!fits(part.tallies, plan_, year)) throw BadBytes("tallies of other shapes than the plan's");
      if (place.first == 0 && (!part.baseline || !fits(*part.baseline, plan_, year)))
        throw BadBytes("no baseline of the plan's shapes");
      if (place.first == 0) {
        cell.baseline = std::move(*part.baseline);
        cell.alignment = part.alignment;
      }
      cell.tallies.add(std::move(part.tallies));
    } catch (const BadBytes& error) {
      refuse(file, error.what());
    }
  }
}

void SweepAssembly::hand_on_raw(const SweepCell& cell, std::size_t& next_block,
                                std::span<SweepSink* const> sinks) const {
  const std::uint64_t number = cell.year_index * grid_.specifications().size() + cell.specification;
  RawRows rows(plan_.keep_eci ? cell.year->location_item.size() : 0,
               plan_.keep_pci ? cell.year->product_item.size() : 0);
  std::vector<float> eci, pci;
  for (std::uint64_t first = 1; first <= grid_.replicates(); first += kRawRows) {
    const std::uint64_t count = std::min(kRawRows, grid_.replicates() - first + 1);
    eci.clear();
    pci.clear();
    for (std::uint64_t replicate = first; replicate < first + count; ++replicate) {
      for (; !rows.holds(replicate); ++next_block) {
        if (next_block == blocks_.size() || blocks_[next_block].cell != number ||
            blocks_[next_block].first > replicate) {
          throw Error(ExitCode::kBadData, fmt::format("raw scores of scenario {}: found none, expected them in the "
                                                      "work; run it again",
                                                      id_of(grid_, number, replicate)));
        }
        const Place& place = blocks_[next_block];
        if (place.last <= replicate) continue;
        const WorkReader& file = files_[place.file];
        const std::vector<std::byte> payload = file.payload(place.entry);
        try {
          ByteReader from(payload);
          rows.take(decode_raw(from));
        } catch (const BadBytes& error) {
          refuse(file, error.what());
        }
      }
      rows.copy(replicate, eci, pci);
    }
    for (SweepSink* sink : sinks) sink->raw(cell, first, count, eci, pci);
  }
  while (next_block < blocks_.size() && blocks_[next_block].cell == number) ++next_block;
}

int SweepAssembly::run(const std::function<Year(std::size_t)>& load_year, std::span<SweepSink* const> sinks,
                       const std::function<int()>& stop, int threads) {
  const auto in_order = [](const Place& a, const Place& b) {
    return std::tie(a.cell, a.first) < std::tie(b.cell, b.first);
  };
  std::sort(parts_.begin(), parts_.end(), in_order);
  std::sort(blocks_.begin(), blocks_.end(), in_order);
  std::size_t next_part = 0, next_block = 0;
  std::vector<YearChain> years(grid_.specifications().size());
  const auto prepare = [&](Assembled& assembled, std::size_t) {
    assemble(assembled);
    for (SweepSink* sink : sinks) sink->prepare(*assembled.cell);
  };
  OrderedWork<Assembled> work(threads, most_bytes(threads), prepare, [&](Assembled& assembled) {
    SweepCell& cell = *assembled.cell;
    cell.year_before = years[cell.specification].add(
        year_scores(*assembled.year, locations_, cell.baseline.eci, cell.baseline.corr_eci_diversity));
    if (plan_.keep_eci || plan_.keep_pci) hand_on_raw(cell, next_block, sinks);
    for (SweepSink* sink : sinks) sink->finish(cell);
  });
  for (std::size_t n = 0; n < grid_.prepared_years(); ++n) {
    const auto year = std::make_shared<const Year>(load_year(n));
    for (std::size_t s = 0; s < grid_.per_preparation(); ++s) {
      if (const int reason = stop ? stop() : 0) return reason;
      const std::uint64_t number = n * grid_.per_preparation() + s;
      auto cell = std::make_unique<SweepCell>();
      cell->year_index = static_cast<std::size_t>(number / grid_.specifications().size());
      cell->specification = static_cast<std::size_t>(number % grid_.specifications().size());
      cell->year = year.get();
      const std::size_t first = next_part;
      std::uint64_t bytes = dense_bytes(plan_, *year);
      for (; next_part < parts_.size() && parts_[next_part].cell == number; ++next_part)
        bytes += kUnpacked * (parts_[next_part].entry.end - parts_[next_part].entry.offset);
      work.add({year, std::span(parts_).subspan(first, next_part - first), std::move(cell)}, bytes);
    }
  }
  work.drain();
  return 0;
}

}  // namespace balassa
