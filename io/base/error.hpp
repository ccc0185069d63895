// Typed errors: each carries the exit code of FORMATS section 6.
#pragma once

#include <stdexcept>
#include <string>

namespace balassa {

// sysexits; the meaning of each is in FORMATS section 6.
enum class ExitCode : int {
  kDone = 0,
  kNotCertified = 1,  // with --strict; eigbench --compare: slower or less accurate
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

// An error for the user: one line, "FILE:DATASET[ROW]: found X, expected Y; do Z". What was found may hold line ends
// and other control characters (a quoted key of a plan, the name of a file); they become '?'.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(one_line(message)), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  static std::string one_line(std::string text) {
    for (char& c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return text;
  }

  ExitCode code_;
};

}  // namespace balassa
