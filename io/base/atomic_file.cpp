#include "io/base/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "io/base/error.hpp"

namespace balassa {
namespace {

std::string directory_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

// The exit code of a system call that failed while an output was made or written.
ExitCode code_of(int error) {
  if (error == EACCES || error == EPERM || error == EROFS) return ExitCode::kPermission;
  if (error == ENOSPC || error == EDQUOT || error == EFBIG || error == EIO || error == EPIPE) return ExitCode::kIo;
  return ExitCode::kCannotCreate;
}

[[noreturn]] void refuse(const std::string& path, const char* what, int error) {
  throw Error(code_of(error), fmt::format("{}: {}: {}", path, what, std::strerror(error)));
}

[[noreturn]] void refuse_existing(const std::string& path) {
  throw Error(ExitCode::kCannotCreate,
              fmt::format("{}: found an existing file, expected none; choose another output or give --force", path));
}

// True for what can't be replaced by a rename without harm: a device, a FIFO, a socket.
bool is_special(const struct stat& status) {
  return !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

}  // namespace

void require_absent(const std::string& path, bool force) {
  if (path.empty()) throw Error(ExitCode::kCannotCreate, "output: found an empty name, expected a path");
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) {
      throw Error(ExitCode::kCannotCreate, fmt::format("{}: found a directory, expected the name of a file", path));
    }
    if (is_special(status)) return;
    if (!force) refuse_existing(path);
  } else if (errno != ENOENT) {
    refuse(path, "cannot be created", errno);
  }
  const std::string directory = directory_of(path);
  if (stat(directory.c_str(), &status) != 0) refuse(path, "cannot be created, no such directory", errno);
  if (!S_ISDIR(status.st_mode)) refuse(path, "cannot be created", ENOTDIR);
  if (access(directory.c_str(), W_OK | X_OK) != 0) refuse(path, "its directory cannot be written", errno);
}

void sync_directory_of(const std::string& path) {
  const int directory = open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && (fsync(directory) == 0 || errno == EINVAL);
  const int error = errno;
  if (directory >= 0) close(directory);
  if (!synced) throw Error(ExitCode::kIo, fmt::format("{}: its directory: {}", path, std::strerror(error)));
}

void remove_stale_temporaries(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory_of(path), error)) {
    const std::string found = entry.path().filename().string();
    // ".NAME.XXXXXX.tmp"
    if (found.size() == name.size() + 12 && found.starts_with("." + name + ".") && found.ends_with(".tmp")) {
      std::filesystem::remove(entry.path(), error);
    }
  }
}

AtomicFile::AtomicFile(std::string path, bool force) : path_(std::move(path)), force_(force) {
  require_absent(path_, force_);
  struct stat status {};
  device_ = stat(path_.c_str(), &status) == 0 && is_special(status);
  if (device_) {
    temporary_ = path_;
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    const std::filesystem::path full(path_);
    temporary_ = (full.parent_path() / fmt::format(".{}.XXXXXX.tmp", full.filename().string())).string();
    descriptor_ = mkostemps(temporary_.data(), 4, O_CLOEXEC);
  }
  if (descriptor_ < 0) refuse(path_, "cannot be created", errno);
  if (device_) return;
  const mode_t mask = umask(0);
  umask(mask);
  if (fchmod(descriptor_, 0666 & ~mask) != 0) {
    const int error = errno;
    close(descriptor_);
    unlink(temporary_.c_str());
    refuse(path_, "cannot be created", error);
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!committed_ && !device_) unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw Error(ExitCode::kIo, fmt::format("{}: cannot be written: {}", path_, std::strerror(errno)));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void AtomicFile::commit(const std::function<void(const std::string&)>& verify) {
  if (verify) verify(temporary_);
  if (device_) {
    committed_ = true;
    return;
  }
  const auto fail = [&](const char* what) {
    const int error = errno;
    throw Error(error == EEXIST ? ExitCode::kCannotCreate : ExitCode::kIo,
                fmt::format("{}: {}: {}", path_, what, std::strerror(error)));
  };
  if (fsync(descriptor_) != 0) fail("cannot be written");
  if (force_) {
    if (rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot be renamed to its final name");
  } else if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
    // Some network file systems lack this call: there a link refuses an existing name in the same way.
    if (errno == EEXIST) refuse_existing(path_);
    if (errno != EINVAL && errno != ENOSYS) fail("cannot be renamed to its final name");
    if (link(temporary_.c_str(), path_.c_str()) != 0) fail("cannot be renamed to its final name");
    unlink(temporary_.c_str());
  }
  committed_ = true;
  sync_directory_of(path_);
}

}  // namespace balassa
