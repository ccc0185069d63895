// One file per subcommand; main.cpp lists them.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "host/terminal/global_options.hpp"
#include "io/base/error.hpp"

namespace balassa {

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
void add_report_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_study_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_eigbench_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_doctor_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_completion_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);
void add_help_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run);

}  // namespace balassa
