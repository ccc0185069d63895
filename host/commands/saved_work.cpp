#include "host/commands/saved_work.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "host/sweep/sweep_journal.hpp"
#include "io/work/work_file.hpp"

namespace balassa {
namespace {

// Scenarios of the finished parts, and whether the file is closed as whole.
struct Progress {
  std::uint64_t scenarios = 0;
  bool whole = false;
};

Progress progress_of(WorkReader& file) {
  Progress progress;
  std::vector<std::byte> payload;
  while (const auto entry = file.next(payload)) {
    if (entry->kind == kEndRecord) progress.whole = true;
    if (entry->kind != kPartRecord) continue;
    ByteReader from(payload);
    const CellPart part = decode_part_head(from);
    progress.scenarios += part.last - part.first;
  }
  return progress;
}

}  // namespace

std::string saved_work_text(const std::string& path) {
  WorkReader file(path);
  const WorkHeader header = decode_header(file);
  const std::optional<Shard> shard = shard_of_name(path);
  const std::string range =
      fmt::format("scenarios {} to {} of {}", header.range.begin, header.range.end, header.scenarios);
  std::string text, next;
  if (shard) {
    const std::string output = path.substr(0, path.rfind(".shard-"));
    text = fmt::format("{}: shard {} of {} of a sweep, {}\n", path, shard->index, shard->count, range);
    next = fmt::format("its result  balassa merge {}, once all shards are there", output);
  } else {
    const Progress done = progress_of(file);
    text = fmt::format("{}: saved work of a sweep that is not finished, {}: {} in whole parts\n", path, range,
                       done.scenarios);
    next = "its result  run the same command again; it goes on from here";
  }
  return text + fmt::format(
                    "panel       {} (content {})\nplan        hash {}\nprecision   {}, arithmetic {}, balassa {}\n{}\n",
                    header.panel, header.panel_hash, header.plan_hash, header.precision, header.arithmetic,
                    header.version, next);
}

std::string work_beside(const std::string& output) {
  std::error_code error;
  if (std::filesystem::exists(output, error)) return "";
  for (const std::string& shard : find_shards(output)) return shard;
  const std::vector<std::string> names = SweepJournal::names(output);
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    if (is_work_file(*name)) return *name;
  }
  return "";
}

}  // namespace balassa
