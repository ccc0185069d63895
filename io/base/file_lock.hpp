// One run at a time on one output: an advisory lock beside it, which the kernel drops with the process that holds it.
#pragma once

#include <string>

namespace balassa {

class FileLock {
 public:
  // Takes `path`, which says who holds it. Throws Error kCannotCreate naming the holder where another process has it,
  // kPermission and kIo. Where the file system has no locks, holds() is false.
  explicit FileLock(std::string path);
  ~FileLock();  // removes the file
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  bool holds() const { return holds_; }

 private:
  std::string path_;
  int descriptor_ = -1;
  bool holds_ = false;
};

// Refuses an output whose lock `OUTPUT.lock` another process holds: a sweep that would find the name taken at its end.
// Throws Error kCannotCreate.
void require_no_run(const std::string& output);

}  // namespace balassa
