#include "host/cluster/slurm_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "host/cluster/slurm_jobs.hpp"

namespace balassa {
namespace {

constexpr double kTaskSeconds = 3600.0;  // of a shard where the number of tasks is not given
constexpr int kMostTasks = 1000;         // Slurm's MaxArraySize is 1001 unless a site raised it
constexpr double kMargin = 1.5;          // of time: nodes differ, and specifications differ from the one that was timed
constexpr double kStart = 120.0;         // seconds to start, read the panel and write
constexpr double kMemoryMargin = 1.25;
constexpr double kSpare = 256e6;  // bytes: other libraries, files that the system keeps in memory

// Slurm's hours:minutes:seconds, in whole minutes.
std::string clock_text(double seconds) {
  const auto minutes = static_cast<std::int64_t>(std::ceil(seconds / 60.0));
  return fmt::format("{:02}:{:02}:00", minutes / 60, minutes % 60);
}

// A word for the shell, whatever characters a file name has.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

// Part of a comment: whatever characters a file name has, it ends with the line.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = '?';
  }
  return text;
}

// A figure of seconds as people say it.
std::string time_text(double seconds) {
  return seconds < 120.0    ? fmt::format("{:.0f} s", seconds)
         : seconds < 7200.0 ? fmt::format("{:.0f} min", seconds / 60.0)
                            : fmt::format("{:.1f} h", seconds / 3600.0);
}

}  // namespace

std::string slurm_script(const std::string& plan_file, std::uint64_t scenarios, const SweepEstimate& estimate,
                         const DeviceDescription& device, const SlurmRequest& request) {
  const int threads = std::max(device.threads, 1);
  const int cpus = request.cpus > 0 ? request.cpus : threads;
  // A task on another number of cores than the pilot is faster or slower in proportion; a GPU does not care.
  const bool gpu = device.name.starts_with("cuda");
  const double seconds = gpu ? estimate.seconds : estimate.seconds * threads / cpus;
  const int tasks =
      request.tasks > 0
          ? request.tasks
          : static_cast<int>(std::clamp(std::ceil(seconds / kTaskSeconds), 1.0, static_cast<double>(kMostTasks)));
  const double task_seconds = seconds / tasks;
  const double limit = request.time_limit > 0.0 ? request.time_limit : kMargin * task_seconds + kStart;
  // Time to finish a batch and save; Slurm may send the signal up to a minute early.
  const int notice = static_cast<int>(std::clamp(limit / 10.0, 30.0, 300.0));
  const double bytes =
      kMemoryMargin * static_cast<double>(estimate.process_bytes(gpu ? estimate.memory.workers : cpus)) + kSpare;
  const auto megabytes = static_cast<std::int64_t>(std::ceil(bytes / 1048576.0 / 64.0)) * 64;

  std::string text = fmt::format(
      "#!/usr/bin/env bash\n"
      "# Submits {0} to Slurm as {1} shard{2} and the merge that follows; prints the numbers of these jobs. Run it "
      "in the\n"
      "# folder that the paths in the plan are relative to; its options (--partition=..., --account=...) go to "
      "sbatch.\n"
      "# Where the program is not in PATH, set BALASSA.\n"
      "# {3} scenarios at {4:.0f}/s ({5}, {6} threads; a pilot of {7} s at {8}): {9} a task on {10} cores.\n"
      "# A task that meets its time limit saves and is started again. Memory: {11} and {12} a "
      "worker.\n"
      "set -euo pipefail\n\n",
      one_line(plan_file), tasks, tasks == 1 ? "" : "s", scenarios, estimate.rate, device.name, threads, kPilotSeconds,
      estimate.pilot, time_text(task_seconds), cpus,
      size_text(static_cast<double>(std::max(estimate.host_bytes, estimate.write_bytes))),
      size_text(static_cast<double>(estimate.memory.per_worker)));
  text += "jobs=$(mktemp -d)\ntrap 'rm -rf \"$jobs\"' EXIT\n";
  text += fmt::format("cat > \"$jobs/sweep.sbatch\" <<'END_OF_JOB'\n{}END_OF_JOB\n", kSweepJob);
  text += fmt::format("cat > \"$jobs/merge.sbatch\" <<'END_OF_JOB'\n{}END_OF_JOB\n\n", kMergeJob);
  // A site takes arrays up to MaxArraySize - 1: of more tasks it gets several.
  text += fmt::format(
      "tasks={}\n"
      "most=$(scontrol show config 2>/dev/null | awk '$1 == \"MaxArraySize\" {{ print $3 }}' || true)\n"
      "[[ $most =~ ^[1-9][0-9]*$ ]] && ((most < tasks)) || most=$tasks\n"
      "arrays=()\n"
      "for ((first = 0; first < tasks; first += most)); do\n"
      "  last=$(((first + most < tasks ? most : tasks - first) - 1))\n"
      "  ((most == tasks)) || export BALASSA_ARRAY=$tasks BALASSA_FIRST=$first\n"
      "  array=$(sbatch --parsable --array=0-$last --time={} --signal=B:USR1@{} --cpus-per-task={} --mem={}M{} "
      "\"$@\" \\\n"
      "    \"$jobs/sweep.sbatch\" {}) || {{\n"
      "    echo \"submit: Slurm took the arrays ${{arrays[*]:-(none)}} and no more; submit again when they are done\" "
      ">&2\n"
      "    exit 1\n  }}\n"
      "  arrays+=(\"${{array%%;*}}\")\n"
      "done\n",
      tasks, clock_text(limit), notice, cpus, megabytes, gpu ? " --gres=gpu:1" : "", quoted(plan_file));
  text += fmt::format(
      "merge=$(IFS=:; sbatch --parsable --dependency=\"afterok:${{arrays[*]}}\" --kill-on-invalid-dep=yes --mem={}M "
      "\"$@\" \\\n"
      "  \"$jobs/merge.sbatch\" {})\necho \"${{arrays[*]}} ${{merge%%;*}}\"\n",
      megabytes, quoted(plan_file));
  return text;
}

}  // namespace balassa
