#include "io/base/output_places.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <filesystem>

#include "io/base/atomic_file.hpp"
#include "io/base/error.hpp"

namespace balassa {
namespace {

constexpr std::size_t kTemporary = 12;  // bytes that ".NAME.XXXXXX.tmp" has beside NAME

// A file by its place on the disk, or by its name where there is none yet.
struct Identity {
  explicit Identity(const std::string& path) {
    struct stat status {};
    const int found = path == "-" ? fstat(STDIN_FILENO, &status) : stat(path.c_str(), &status);
    exists = found == 0;
    regular = exists && S_ISREG(status.st_mode);
    device = status.st_dev;
    inode = status.st_ino;
    std::error_code error;
    if (!exists) name = std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error).string();
  }
  // Devices and FIFOs are not replaced, so they may be both.
  bool same_as(const Identity& other) const {
    if (exists != other.exists) return false;
    return exists ? regular && device == other.device && inode == other.inode : name == other.name;
  }

  bool exists = false, regular = false;
  dev_t device = 0;
  ino_t inode = 0;
  std::string name;
};

void require_short_name(const std::string& path) {
  const std::filesystem::path file(path);
  const std::string folder = file.parent_path().empty() ? "." : file.parent_path().string();
  const long limit = pathconf(folder.c_str(), _PC_NAME_MAX);
  const std::size_t most = limit > 0 ? static_cast<std::size_t>(limit) : NAME_MAX;
  const std::size_t length = file.filename().string().size();
  if (length + kTemporary <= most) return;
  throw Error(ExitCode::kCannotCreate,
              fmt::format("{}: found a name of {} bytes, expected at most {}, since it is written under a longer one "
                          "first; choose a shorter output",
                          path, length, most - kTemporary));
}

}  // namespace

void require_apart(const std::vector<std::string>& inputs, const std::vector<std::string>& outputs) {
  std::vector<std::pair<std::string, Identity>> made;
  for (const std::string& output : outputs) {
    if (output.empty() || output == "-") continue;
    require_short_name(output);
    const Identity identity(output);
    for (const std::string& input : inputs) {
      if (input.empty() || !identity.same_as(Identity(input))) continue;
      throw Error(
          ExitCode::kCannotCreate,
          fmt::format("{}: found the file of the input {}, expected another file, since this one would be lost; "
                      "choose another output",
                      output, input == "-" ? "on standard input" : input));
    }
    for (const auto& [name, other] : made) {
      if (!identity.same_as(other)) continue;
      throw Error(ExitCode::kCannotCreate,
                  fmt::format("{}: found the name of two outputs, expected one for each; choose another output", name));
    }
    made.emplace_back(output, identity);
  }
}

void require_new_file(const std::string& path, bool force) {
  require_absent(path, force);
  struct stat status {};
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    throw Error(ExitCode::kCannotCreate,
                fmt::format("{}: found a device or pipe, expected a name for a file; choose another output", path));
  }
}

}  // namespace balassa
