// One file per subcommand; main.cpp lists them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "io/base/error.hpp"

namespace balassa {

class Ranks;

// Global options, valid for every command (FORMATS section 6).
struct GlobalOptions {
  std::string device = "auto";
  int threads = 0;  // 0: the cores that the process may use
  std::uint64_t seed = 42;
  bool seed_given = false;
  bool force = false, strict = false, quiet = false, verbose = false, json = false;
  std::string log;
  std::unique_ptr<Ranks> (*join_ranks)() = nullptr;  // of the program: with MPI or without (ranks.hpp)
};

// Adds a subcommand; when it is chosen, `run` (set by the callback) does the work and returns the exit code.
using Command = void (*)(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);

void add_import_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_synth_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_info_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_compute_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_sweep_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_merge_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_plan_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_export_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_eigbench_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_doctor_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_completion_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);

}  // namespace balassa
