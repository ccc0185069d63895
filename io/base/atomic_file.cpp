#include "io/base/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
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

// Names of temporaries, where a signal handler can read them.
struct Slot {
  std::atomic<bool> taken{false}, named{false};
  std::array<char, PATH_MAX> path{};
};
std::array<Slot, 32> slots;
std::atomic<pid_t> owner{0};  // a child that is forked to read a file removes nothing

int remember(const std::string& temporary) {
  for (std::size_t k = 0; k < slots.size() && temporary.size() < PATH_MAX; ++k) {
    if (slots[k].taken.exchange(true)) continue;
    std::memcpy(slots[k].path.data(), temporary.c_str(), temporary.size() + 1);
    slots[k].named = true;
    return static_cast<int>(k);
  }
  return -1;
}

void forget(int slot) {
  if (slot < 0) return;
  slots[static_cast<std::size_t>(slot)].named = false;
  slots[static_cast<std::size_t>(slot)].taken = false;
}

void remove_and_end(int signal) {
  if (getpid() == owner) {
    for (const Slot& slot : slots) {
      if (slot.named) unlink(slot.path.data());
    }
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);  // comes when this handler returns
}

// The file that a link leads to, so that it and not the link is replaced.
std::string target_of(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_symlink(path, error)) return path;
  const std::string target = std::filesystem::canonical(path, error).string();
  return error ? path : target;
}

// ".NAME.XXXXXX.tmp" in the folder of `path`, with six letters or digits by chance.
std::string temporary_name(const std::string& path) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device chance;
  std::string letters;
  for (int k = 0; k < 6; ++k) letters += kLetters[chance() % kLetters.size()];
  const std::filesystem::path full(path);
  return (full.parent_path() / fmt::format(".{}.{}.tmp", full.filename().string(), letters)).string();
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

void remove_temporaries_on_signals() {
  owner = getpid();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    struct sigaction action {};
    if (sigaction(signal, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) continue;  // as under nohup
    action.sa_handler = remove_and_end;
    sigaction(signal, &action, nullptr);
  }
}

AtomicFile::AtomicFile(std::string path, bool force) : path_(std::move(path)), final_(target_of(path_)), force_(force) {
  require_absent(path_, force_);
  struct stat status {};
  device_ = stat(path_.c_str(), &status) == 0 && is_special(status);
  if (device_) {
    temporary_ = path_;
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    // Remembered before it is there: a signal may come right after.
    do {
      temporary_ = temporary_name(final_);
      slot_ = remember(temporary_);
      descriptor_ = open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      const int error = errno;
      if (descriptor_ < 0) forget(slot_);
      errno = error;
    } while (descriptor_ < 0 && errno == EEXIST);
  }
  if (descriptor_ < 0) refuse(path_, "cannot be created", errno);
  if (device_) return;
  const mode_t mask = umask(0);
  umask(mask);
  if (fchmod(descriptor_, 0666 & ~mask) != 0) {
    const int error = errno;
    close(descriptor_);
    unlink(temporary_.c_str());
    forget(slot_);
    refuse(path_, "cannot be created", error);
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!committed_ && !device_) unlink(temporary_.c_str());
  forget(slot_);
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
    if (rename(temporary_.c_str(), final_.c_str()) != 0) fail("cannot be renamed to its final name");
  } else if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, final_.c_str(), RENAME_NOREPLACE) != 0) {
    // Some network file systems lack this call: there a link refuses an existing name in the same way.
    if (errno == EEXIST) refuse_existing(path_);
    if (errno != EINVAL && errno != ENOSYS) fail("cannot be renamed to its final name");
    if (link(temporary_.c_str(), final_.c_str()) != 0) fail("cannot be renamed to its final name");
    unlink(temporary_.c_str());
  }
  committed_ = true;
  forget(slot_);
  slot_ = -1;
  sync_directory_of(final_);
}

}  // namespace balassa
