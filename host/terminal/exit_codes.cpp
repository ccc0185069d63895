#include "host/terminal/exit_codes.hpp"

namespace balassa {

std::span<const ExitMeaning> exit_meanings() {
  static constexpr ExitMeaning kMeanings[] = {
      {ExitCode::kDone, "done; what is not certified is counted in the summary"},
      {ExitCode::kNotCertified,
       "with --strict: something is not certified; eigbench: a finding, or with --compare slower or less accurate"},
      {ExitCode::kUsage, "wrong option or argument"},
      {ExitCode::kBadData, "bad data in an input: malformed or inconsistent; a shard that is missing or foreign"},
      {ExitCode::kInputMissing, "no such input"},
      {ExitCode::kDeviceUnavailable, "device not available"},
      {ExitCode::kInternal, "internal error; doctor: a device computes wrong numbers"},
      {ExitCode::kOutOfMemory, "not enough memory"},
      {ExitCode::kCannotCreate, "the output exists (--force replaces it), or can't be created"},
      {ExitCode::kIo, "input or output failed: disk full, quota, a closed stdout"},
      {ExitCode::kStoppedEarly,
       "stopped by the time limit or SIGUSR1, with its work saved: run the same command again to continue"},
      {ExitCode::kForeignCheckpoint,
       "unfinished work of another plan, panel, precision, arithmetic or version lies there; --restart discards it"},
      {ExitCode::kPermission, "no permission"},
      {ExitCode::kPlan, "wrong plan file"},
      {ExitCode::kInterrupted, "interrupted (SIGINT)"},
      {ExitCode::kTerminated, "terminated (SIGTERM; of a sweep also SIGHUP and SIGXCPU)"},
  };
  return kMeanings;
}

}  // namespace balassa
