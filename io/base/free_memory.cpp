#include "io/base/free_memory.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

namespace balassa {
namespace {

// The number after `key` in a file of "key number" lines; of "" the number that the file begins with.
std::optional<std::size_t> number_in(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  std::size_t number = 0;
  if (key.empty()) {
    if (file >> number) return number;
    return std::nullopt;  // "max"
  }
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    if (words >> word && word == key && words >> number) return number;
  }
  return std::nullopt;
}

// What one group allows; `v2`: the names of its files.
void bound_by_group(const std::string& folder, const std::string& group, bool v2, FreeMemory& memory) {
  constexpr std::size_t kUnlimited = std::size_t{1} << 60;  // v1 writes "no limit" as a number of about 2^63
  const auto limit = number_in(folder + (v2 ? "/memory.max" : "/memory.limit_in_bytes"), "");
  const auto used = number_in(folder + (v2 ? "/memory.current" : "/memory.usage_in_bytes"), "");
  if (!limit || *limit >= kUnlimited) return;
  std::size_t droppable = 0;
  for (const char* key : {"inactive_file", "active_file"}) {
    droppable += number_in(folder + "/memory.stat", v2 ? std::string(key) : fmt::format("total_{}", key)).value_or(0);
  }
  const std::size_t held = used.value_or(0) - std::min(used.value_or(0), droppable);
  const std::size_t left = *limit - std::min(*limit, held);
  memory.total = std::min(memory.total, *limit);
  if (left >= memory.free) return;
  memory.free = left;
  memory.bound = fmt::format("cgroup {}", group);
}

// From the group of the process up to the root, each of which may limit it.
void bound_by_groups(const std::string& mount, std::string group, bool v2, FreeMemory& memory) {
  for (;;) {
    bound_by_group(mount + (group == "/" ? "" : group), group, v2, memory);
    if (group.empty() || group == "/") return;
    group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
    if (group.empty()) group = "/";
  }
}

}  // namespace

FreeMemory free_memory(const std::string& root) {
  const std::string meminfo = root + "/proc/meminfo", mount = root + "/sys/fs/cgroup";
  constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  const auto kilobytes = [&](const char* key) {
    const auto number = number_in(meminfo, key);
    return number ? *number << 10 : kNone;
  };
  FreeMemory memory{kilobytes("MemAvailable:"), kilobytes("MemTotal:"), "this machine"};
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // "0::/a/b" of v2, "7:memory:/a/b" of v1
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = fmt::format(",{},", line.substr(first + 1, second - first - 1));
    const std::string group = line.substr(second + 1);
    if (controllers == ",,") bound_by_groups(mount, group, true, memory);
    if (controllers.find(",memory,") != std::string::npos) bound_by_groups(mount + "/memory", group, false, memory);
  }
  rlimit space{};
  if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY) {
    const std::size_t pages = number_in(root + "/proc/self/statm", "").value_or(0);
    const std::size_t taken = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t left = space.rlim_cur - std::min<std::size_t>(space.rlim_cur, taken);
    memory.total = std::min<std::size_t>(memory.total, space.rlim_cur);
    if (left < memory.free) {
      memory.free = left;
      memory.bound = "ulimit -v";
    }
  }
  return memory;
}

}  // namespace balassa
