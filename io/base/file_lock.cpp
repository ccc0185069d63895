#include "io/base/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "io/base/error.hpp"

namespace balassa {
namespace {

std::string holder_of(int descriptor) {
  std::array<char, 256> text{};
  const ssize_t got = pread(descriptor, text.data(), text.size(), 0);
  std::string holder(text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  std::replace_if(
      holder.begin(), holder.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
  while (!holder.empty() && holder.back() == ' ') holder.pop_back();
  return holder.empty() ? "another process" : holder;
}

// The name still means the file that was locked: its last holder may have removed it in between.
bool is_at(int descriptor, const std::string& path) {
  struct stat locked {
  }, named{};
  return fstat(descriptor, &locked) == 0 && stat(path.c_str(), &named) == 0 && locked.st_ino == named.st_ino &&
         locked.st_dev == named.st_dev;
}

}  // namespace

FileLock::FileLock(std::string path) : path_(std::move(path)) {
  const auto refuse = [&](ExitCode code, const std::string& what) {
    const std::string message = fmt::format("{}: {}", path_, what);
    if (descriptor_ >= 0) close(descriptor_);
    throw Error(code, message);
  };
  for (;;) {
    descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) {
      const bool denied = errno == EACCES || errno == EPERM || errno == EROFS;
      refuse(denied ? ExitCode::kPermission : ExitCode::kIo,
             fmt::format("cannot be created: {}", std::strerror(errno)));
    }
    while (!(holds_ = flock(descriptor_, LOCK_EX | LOCK_NB) == 0) && errno == EINTR) continue;
    if (!holds_ && errno == EWOULDBLOCK) {
      refuse(ExitCode::kCannotCreate,
             fmt::format("found a run on this output ({}), expected none; wait for it or choose another output",
                         holder_of(descriptor_)));
    }
    if (!holds_ || is_at(descriptor_, path_)) break;
    close(descriptor_);
  }
  if (!holds_) return;
  utsname system{};
  uname(&system);
  const std::string holder = fmt::format("process {} on {}\n", getpid(), system.nodename);
  if (ftruncate(descriptor_, 0) != 0 || pwrite(descriptor_, holder.data(), holder.size(), 0) < 0) {
    return;  // a full disk: the lock holds without the name
  }
}

void require_no_run(const std::string& output) {
  const std::string path = fmt::format("{}.lock", output);
  const int descriptor = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return;
  const bool held = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  const std::string holder = holder_of(descriptor);
  close(descriptor);
  if (!held) return;
  throw Error(
      ExitCode::kCannotCreate,
      fmt::format("{}: found a sweep that is making it ({}), expected none; wait for it or choose another output",
                  output, holder));
}

FileLock::~FileLock() {
  unlink(path_.c_str());
  close(descriptor_);
}

}  // namespace balassa
