#include <cstdio>
#include <exception>
#include <new>
#include <sstream>

#include <fmt/format.h>

#include "host/cluster/ranks.hpp"
#include "host/commands/command.hpp"
#include "host/terminal/number_checks.hpp"
#include "host/terminal/option_errors.hpp"
#include "host/terminal/standard_streams.hpp"
#include "host/terminal/version.hpp"
#include "io/base/atomic_file.hpp"
#include "io/hdf5/hdf5.hpp"
#include "kernels/device.hpp"

namespace {

int complain(balassa::ExitCode code, const char* message) {
  fmt::print(stderr, "balassa: error: {}\n", message);
  return static_cast<int>(code);
}

int run_program(int argc, char** argv) {
  using namespace balassa;
  CLI::App program{"Economic complexity from trade-like panels, with an honest certificate", "balassa"};
  GlobalOptions global;
  global.join_ranks = join_ranks;
  std::function<ExitCode()> run;
  program.require_subcommand(1);
  program.fallthrough();
  program.set_version_flag("--version", version_text());
  program.add_option("--device", global.device, "auto | cpu | cuda | cuda:0,1 [auto]");
  program.add_option("--threads", global.threads, "worker threads [the cores that the process may use]")
      ->check(CLI::Range(1, 65536));
  program.add_option("--seed", global.seed, "seed of all random draws [42]")
      ->check(check_whole)  // what a plan file can hold too
      ->each([&](const std::string&) { global.seed_given = true; });
  program.add_flag("--force", global.force, "replace an existing output");
  program.add_flag("--strict", global.strict, "exit 1 if any result is not certified");
  program.add_flag("--quiet", global.quiet, "no progress, no remarks");
  program.add_flag("--verbose", global.verbose, "on stderr also: what is read, and the time of each phase");
  program.add_option("--log", global.log, "append what stderr says to this file, with the time");
  program.add_flag("--json", global.json, "machine-readable summary on stdout");
  for (Command add : {add_import_command, add_synth_command, add_info_command, add_compute_command, add_plan_command,
                      add_sweep_command, add_merge_command, add_export_command, add_report_command, add_study_command,
                      add_eigbench_command, add_doctor_command, add_completion_command, add_help_command}) {
    add(program, global, run);
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) return complain(ExitCode::kUsage, option_error(program, error).c_str());
    std::ostringstream help, none;  // --help and --version
    program.exit(error, help, none);
    fmt::print("{}", help.str());
    return 0;
  }
  if (!global.log.empty()) log_to(global.log);
  return static_cast<int>(run());
}

int guarded_run(int argc, char** argv) {
  using balassa::ExitCode;
  try {
    return run_program(argc, argv);
  } catch (const balassa::Error& error) {
    return complain(error.code(), error.what());
  } catch (const balassa::DeviceUnavailable& error) {
    return complain(ExitCode::kDeviceUnavailable, error.what());
  } catch (const std::bad_alloc&) {
    return complain(ExitCode::kOutOfMemory,
                    "not enough memory; use fewer --threads, or a machine or limit (ulimit -v, cgroup) with more");
  } catch (const std::exception& error) {
    return complain(ExitCode::kInternal, error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  balassa::guard_standard_streams();
  balassa::remove_temporaries_on_signals();
  balassa::hdf5::initialise();  // before anything else: a failed write must not crash in HDF5's exit handler
  const int code = balassa::finish_standard_streams(guarded_run(argc, argv));
  balassa::leave_ranks(code);
  return code;
}
