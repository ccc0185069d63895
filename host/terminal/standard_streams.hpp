// The three streams of the process. A place that is closed or full ends no work: what stderr can't say is dropped, and
// what stdout can't take is remembered and is exit code 74 at the end. The log is made here too.
#pragma once

#include <string>

#include "io/base/error.hpp"

namespace balassa {

// Before anything is opened or printed: gives closed descriptors a place, so that no file gets their numbers, and puts
// streams that never fail behind stdout and stderr.
void guard_standard_streams();

// From now on what stderr says is also appended to a file, line by line with the time (UTC); no progress bar. Throws
// Error kCannotCreate, kPermission.
void log_to(const std::string& path);

// Flushes stdout. `code`, or kIo with a message where stdout or the log has lost something and nothing worse happened.
// A closed pipe (`balassa info x.h5 | head`) ends the process by SIGPIPE, as a shell expects.
int finish_standard_streams(int code);

}  // namespace balassa
