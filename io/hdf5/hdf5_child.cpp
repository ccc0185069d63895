#include "io/hdf5/hdf5_child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <fstream>
#include <vector>

#include "io/hdf5/hdf5.hpp"

namespace balassa::hdf5 {
namespace {

constexpr unsigned kSeconds = 10;                    // for the child, on slow disks too
constexpr std::uint64_t kMemory = 256 << 20;         // and 8 bytes for each byte that it reads
constexpr std::uint64_t kBytesPerSecond = 50 << 20;  // that it reads at least, beyond its first 2 s of processor

void write_all(int descriptor, const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t count = write(descriptor, bytes.data() + at, bytes.size() - at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) _exit(1);
    at += static_cast<std::size_t>(count);
  }
}

unsigned seconds_for(std::uint64_t bytes) {
  return kSeconds + static_cast<unsigned>(bytes / kBytesPerSecond);
}

// The child: whatever it does to itself stays its own. First byte: '+' and the text, or '-' and a message.
[[noreturn]] void run_child(std::uint64_t bytes, int descriptor, const std::function<std::string()>& work) {
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM, SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    std::signal(signal, SIG_DFL);
  }
  if (const int nowhere = open("/dev/null", O_WRONLY); nowhere >= 0) dup2(nowhere, STDERR_FILENO);  // its last words
  alarm(seconds_for(bytes));
  const rlim_t busy = 2 + bytes / kBytesPerSecond;
  const rlimit no_core{0, 0}, processor{busy, busy};
  setrlimit(RLIMIT_CORE, &no_core);
  setrlimit(RLIMIT_CPU, &processor);
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t memory = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) + kMemory + 8 * bytes;
  const rlimit space{memory, memory};
  if (pages > 0) setrlimit(RLIMIT_AS, &space);
  try {
    write_all(descriptor, fmt::format("+{}", work()));
  } catch (const std::exception& error) {
    write_all(descriptor, fmt::format("-{}", error.what()));
  }
  _exit(0);
}

std::string read_to_end(int descriptor, pid_t child, unsigned seconds) {
  std::string bytes;
  std::vector<char> block(1 << 16);
  for (;;) {
    // A child that neither ends nor obeys its alarm is ended here.
    pollfd wait{descriptor, POLLIN, 0};
    const int ready = poll(&wait, 1, static_cast<int>(2000 * seconds));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      kill(child, SIGKILL);
      return "";
    }
    const ssize_t count = read(descriptor, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return bytes;
    bytes.append(block.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

std::uint64_t size_of_readable(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || access(path.c_str(), R_OK) != 0) {
    const ExitCode code = errno == EACCES || errno == EPERM ? ExitCode::kPermission : ExitCode::kInputMissing;
    throw Error(code, fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(ExitCode::kBadData, fmt::format("{}: found no regular file, expected an HDF5 file", path));
  }
  return static_cast<std::uint64_t>(status.st_size);
}

Error damaged(const std::string& path) {
  return Error(ExitCode::kBadData, fmt::format("{}: is damaged; restore it or make it again", path));
}

std::string run_in_child(const std::string& path, std::uint64_t bytes, const std::function<std::string()>& work) {
  initialise();
  const std::uint64_t load = size_of_readable(path) + bytes;
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) {
    throw Error(ExitCode::kIo, fmt::format("{}: no pipe: {}", path, std::strerror(errno)));
  }
  const pid_t child = fork();
  if (child == 0) {
    close(pipe_ends[0]);
    run_child(load, pipe_ends[1], work);
  }
  const int error = errno;
  close(pipe_ends[1]);
  if (child < 0) {
    close(pipe_ends[0]);
    throw Error(ExitCode::kIo, fmt::format("{}: no process to read it in: {}", path, std::strerror(error)));
  }
  const std::string text = read_to_end(pipe_ends[0], child, seconds_for(load));
  close(pipe_ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || text.empty()) throw damaged(path);
  if (text[0] == '-') throw Error(ExitCode::kBadData, text.substr(1));
  return text.substr(1);
}

}  // namespace balassa::hdf5
