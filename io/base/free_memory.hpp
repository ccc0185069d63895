// How much memory the process may still take: of the machine, of each cgroup that it is in, and of its own limit.
#pragma once

#include <cstddef>
#include <string>

namespace balassa {

struct FreeMemory {
  std::size_t free = 0;   // bytes; file pages that the system can drop count as free
  std::size_t total = 0;  // the least of the machine's and of the limits
  std::string bound;      // what allows the least: "this machine", "cgroup /slurm/job_7", "ulimit -v"
};

// cgroup v2 and v1 with all groups above the process's own, and RLIMIT_AS. `root` stands before /proc and /sys, for
// tests; a limit that can't be read is none.
FreeMemory free_memory(const std::string& root = "");

}  // namespace balassa
