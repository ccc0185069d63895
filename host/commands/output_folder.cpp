#include "host/commands/output_folder.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "io/base/error.hpp"

namespace balassa {

void make_output_folder(const std::string& option, const std::string& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (!problem && std::filesystem::is_directory(path)) return;
  throw Error(ExitCode::kCannotCreate,
              fmt::format("{}: found {}, expected a folder, there or to be made ({}); name another", option, path,
                          problem ? problem.message() : "a file of this name is in the way"));
}

}  // namespace balassa
