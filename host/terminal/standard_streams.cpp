#include "host/terminal/standard_streams.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string_view>

namespace balassa {
namespace {

int stdout_error = 0, log_error = 0;  // errno of the first write that failed
int log_descriptor = -1;
bool log_line_begins = true;

// All of it, or errno.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

// A reader of the messages that has gone away must not end the work.
void write_without_signal(int descriptor, std::string_view text) {
  sigset_t pipe, before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  if (write_all(descriptor, text) == EPIPE && sigismember(&before, SIGPIPE) == 0) {
    const timespec at_once{0, 0};
    sigtimedwait(&pipe, nullptr, &at_once);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void append_to_log(std::string_view text) {
  constexpr std::string_view kBar = "\r\033[K";  // the bar is redrawn; its last state is not worth a line
  if (log_descriptor < 0 || text.starts_with(kBar)) return;
  std::string lines;
  for (const char c : text) {
    if (log_line_begins) {
      const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
      lines += fmt::format("{:%Y-%m-%dT%H:%M:%SZ} ", fmt::gmtime(now));
    }
    lines += c;
    log_line_begins = c == '\n';
  }
  const int error = write_all(log_descriptor, lines);
  if (log_error == 0) log_error = error;
}

ssize_t say(void*, const char* text, std::size_t size) {
  write_without_signal(STDERR_FILENO, {text, size});
  append_to_log({text, size});
  return static_cast<ssize_t>(size);
}

ssize_t give(void*, const char* text, std::size_t size) {
  const int error = write_all(STDOUT_FILENO, {text, size});
  if (stdout_error == 0) stdout_error = error;
  return static_cast<ssize_t>(size);
}

std::FILE* stream(cookie_write_function_t* write, int buffering) {
  cookie_io_functions_t functions{};
  functions.write = write;
  std::FILE* file = fopencookie(nullptr, "w", functions);
  if (file != nullptr) std::setvbuf(file, nullptr, buffering, BUFSIZ);
  return file;
}

}  // namespace

void guard_standard_streams() {
  // Lowest first: open() takes the lowest number that is free. Writing to what was opened for reading fails, as it did.
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    if (open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY) < 0) return;
  }
  // By lines also into a file, so that what stderr says after a table stands after it where both go to one file.
  if (std::FILE* file = stream(give, _IOLBF)) stdout = file;
  if (std::FILE* file = stream(say, _IONBF)) stderr = file;
}

void log_to(const std::string& path) {
  // Nothing is appended to what may be data: a log of ours begins with the time.
  const int there = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  std::array<char, 5> head{};
  const ssize_t got = there < 0 ? 0 : read(there, head.data(), head.size());
  if (there >= 0) close(there);
  const bool begins_with_year = std::all_of(head.begin(), head.end() - 1, [](char c) { return c >= '0' && c <= '9'; });
  if (got > 0 && !(begins_with_year && head.back() == '-')) {
    throw Error(ExitCode::kCannotCreate,
                fmt::format("--log: {}: found a file that is no log, expected one or none; choose another file", path));
  }
  log_descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (log_descriptor >= 0) return;
  const bool denied = errno == EACCES || errno == EPERM || errno == EROFS;
  throw Error(denied ? ExitCode::kPermission : ExitCode::kCannotCreate,
              fmt::format("--log: {}: cannot be written: {}; choose another file", path, std::strerror(errno)));
}

int finish_standard_streams(int code) {
  std::fflush(stdout);
  if (stdout_error == EPIPE) {
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
  }
  const auto lost = [&](const char* what, int error) {
    fmt::print(stderr, "balassa: error: {}: cannot be written: {}\n", what, std::strerror(error));
    if (code == 0 || code == static_cast<int>(ExitCode::kNotCertified)) code = static_cast<int>(ExitCode::kIo);
  };
  if (stdout_error != 0) lost("standard output", stdout_error);
  if (log_error != 0) lost("--log", log_error);
  return code;
}

}  // namespace balassa
