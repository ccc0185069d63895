#include "host/plan/shards.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <tuple>

#include "io/base/error.hpp"

namespace balassa {
namespace {

bool read_whole(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

// The N of all shards of `output` that lie beside it, begun or whole.
std::set<std::uint64_t> divisions_beside(const std::string& output) {
  std::set<std::uint64_t> counts;
  if (output.empty()) return counts;
  const std::filesystem::path path(output);
  const auto folder = path.parent_path().empty() ? std::filesystem::path(".") : path.parent_path();
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    std::string name = entry.path().filename().string();
    if (name.ends_with(".cells")) name.resize(name.size() - 6);
    const auto shard = shard_of_name(name);
    if (shard && name == shard_name(path.filename().string(), *shard)) counts.insert(shard->count);
  }
  return counts;
}

// A task of a Slurm array, whose places need not begin at 0. Of an array that is submitted again in part (--array=3, or
// 2,5) Slurm does not say how many places it had: `said` does, or the shards that lie there.
Shard place_in_array(const std::string& where, ExitCode code, std::uint64_t said, const std::string& output) {
  const auto variable = [&](const char* name) {
    const char* text = std::getenv(name);
    std::uint64_t value = 0;
    if (text == nullptr || !read_whole(text, value)) {
      throw Error(code, fmt::format("{}: found auto and {} = '{}', expected a task of a Slurm array (sbatch --array); "
                                    "give k/N",
                                    where, name, text == nullptr ? "" : text));
    }
    return value;
  };
  const std::uint64_t id = variable("SLURM_ARRAY_TASK_ID"), lowest = variable("SLURM_ARRAY_TASK_MIN"),
                      highest = variable("SLURM_ARRAY_TASK_MAX"), count = variable("SLURM_ARRAY_TASK_COUNT");
  const bool gapless = highest - lowest + 1 == count;
  const std::set<std::uint64_t> beside = divisions_beside(output);
  const auto refuse = [&](const std::string& expected) {
    return Error(code, fmt::format("{}: found task {} of an array of {} from {} to {}, expected {}", where, id, count,
                                   lowest, highest, expected));
  };
  if (id < lowest || id > highest) throw refuse("a task of the array; give k/N");
  if (said > 0) {
    const std::uint64_t index = gapless && count == said ? id - lowest : id;
    if (index >= said) throw refuse(fmt::format("one from 0 to {} with auto/{}", said - 1, said));
    return {index, said};
  }
  const bool whole = gapless && (lowest == 0 || count > 1);
  if (whole && (beside.empty() || beside.contains(count))) return {id - lowest, count};
  if (beside.size() != 1)
    throw refuse(
        "a whole one, such as --array=0-15; where it is submitted again in part give --shard auto/N with the N of all");
  const std::uint64_t before = *beside.begin();
  if (whole && lowest == 0)
    throw refuse(
        fmt::format("one of {} as of the shards that lie there; go on with those by --shard auto/{}, or remove "
                    "them",
                    before, before));
  if (id >= before) throw refuse(fmt::format("one from 0 to {} as of the shards that lie there", before - 1));
  return {id, before};
}

// "k/N" with another text between the two.
std::optional<Shard> read_shard(std::string_view text, std::string_view between) {
  Shard shard;
  const std::size_t at = text.find(between);
  if (at == std::string_view::npos || !read_whole(text.substr(0, at), shard.index) ||
      !read_whole(text.substr(at + between.size()), shard.count) || shard.index >= shard.count) {
    return std::nullopt;
  }
  return shard;
}

}  // namespace

ScenarioRange shard_range(std::uint64_t scenarios, const Shard& shard) {
  const auto edge = [&](std::uint64_t index) {
    return static_cast<std::uint64_t>(static_cast<unsigned __int128>(scenarios) * index / shard.count);
  };
  return {edge(shard.index), edge(shard.index + 1)};
}

CellPart first_part(const SpecificationGrid& grid, const ScenarioRange& range) {
  const std::uint64_t per_cell = grid.replicates() + 1, cell = range.begin / per_cell, start = cell * per_cell;
  return {cell, range.begin - start, std::min(range.end - start, per_cell)};
}

std::uint64_t id_of(const SpecificationGrid& grid, std::uint64_t cell, std::uint64_t replicate) {
  return cell * (grid.replicates() + 1) + replicate;
}

std::optional<std::uint64_t> count_of_auto(std::string_view text) {
  if (text == "auto") return 0;
  std::uint64_t count = 0;
  if (!text.starts_with("auto/") || !read_whole(text.substr(5), count) || count == 0) return std::nullopt;
  return count;
}

Shard parse_shard(std::string_view text, const std::string& where, ExitCode code, const std::string& output) {
  if (const auto count = count_of_auto(text)) return place_in_array(where, code, *count, output);
  const auto shard = read_shard(text, "/");
  if (!shard) {
    throw Error(code, fmt::format("{}: found '{}', expected k/N with k from 0 to N - 1, or auto", where, text));
  }
  return *shard;
}

std::string shard_name(const std::string& output, const Shard& shard) {
  return fmt::format("{}.shard-{}-of-{}", output, shard.index, shard.count);
}

std::optional<Shard> shard_of_name(std::string_view path) {
  constexpr std::string_view kMark = ".shard-";
  const std::size_t at = path.rfind(kMark);
  if (at == std::string_view::npos) return std::nullopt;
  return read_shard(path.substr(at + kMark.size()), "-of-");
}

std::vector<std::string> find_shards(const std::string& output) {
  const std::filesystem::path path(output);
  const std::string name = path.filename().string();
  std::vector<std::tuple<std::uint64_t, std::uint64_t, std::string>> found;
  std::error_code error;
  const auto directory = path.parent_path().empty() ? std::filesystem::path(".") : path.parent_path();
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string candidate = entry.path().filename().string();
    const auto shard = shard_of_name(candidate);
    if (!shard || candidate != shard_name(name, *shard)) continue;
    found.emplace_back(shard->count, shard->index, (path.parent_path() / candidate).string());
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> files;
  for (auto& [count, index, file] : found) files.push_back(std::move(file));
  return files;
}

}  // namespace balassa
