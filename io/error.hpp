// Typed errors: each carries the exit code of FORMATS section 6.
#pragma once

#include <stdexcept>
#include <string>

namespace balassa {

// sysexits; the meaning of each is in FORMATS section 6.
enum class ExitCode : int {
  kDone = 0,
  kNotCertified = 1,  // only with --strict
  kUsage = 64,
  kBadData = 65,
  kInputMissing = 66,
  kDeviceUnavailable = 69,
  kInternal = 70,
  kOutOfMemory = 71,
  kCannotCreate = 73,
  kIo = 74,
  kStoppedEarly = 75,
  kForeignCheckpoint = 76,
  kPermission = 77,
  kPlan = 78,
  kInterrupted = 130,
  kTerminated = 143,
};

// An error for the user: one line, "FILE:DATASET[ROW]: found X, expected Y; do Z".
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

}  // namespace balassa
