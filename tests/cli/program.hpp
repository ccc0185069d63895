// Runs the program as a user would, and gives back what it said and its exit code.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace balassa::cli {

struct Outcome {
  int code = -1;  // -1: killed by a signal
  std::string out, err;
};

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "balassa-cli-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

  // `balassa <arguments>`
  Outcome run(const std::string& arguments) const { return shell("'" BALASSA_PROGRAM "' " + arguments); }

  // By a shell with this folder as the working directory.
  Outcome shell(const std::string& command) const {
    const std::string out = *this / ".out", err = *this / ".err";
    const std::string line = "cd '" + path_.string() + "' && { " + command + "; } > .out 2> .err";
    const int status = std::system(line.c_str());
    Outcome outcome{WIFEXITED(status) ? WEXITSTATUS(status) : -1, file_text(out), file_text(err)};
    std::filesystem::remove(out);
    std::filesystem::remove(err);
    return outcome;
  }
  std::size_t entries() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_)) ++count;
    return count;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace balassa::cli
