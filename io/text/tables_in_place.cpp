#include "io/text/tables_in_place.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string_view>

#include "io/base/error.hpp"
#include "io/base/shell_word.hpp"
#include "io/text/file_kinds.hpp"

namespace balassa {
namespace {

using namespace std::string_view_literals;

std::string first_bytes(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return {};  // a pipe would lose what is read here
  std::string head(1 << 12, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  return head;
}

bool is_hdf5(std::string_view head) {
  return head.find("\x89HDF\r\n\x1a\n"sv) != std::string_view::npos;  // it may stand behind a block of the user's
}

bool is_compressed(std::string_view head) {
  return head.starts_with("\x1f\x8b"sv) || head.starts_with("\x28\xb5\x2f\xfd"sv);
}

bool is_text(std::string_view head) {
  return !head.empty() && head.find('\0') == std::string_view::npos && !head.starts_with("\x89HDF");
}

bool is_called_hdf5(const std::string& path) {
  const std::string ending = std::filesystem::path(path).extension();
  return ending == ".h5" || ending == ".hdf5" || ending == ".nc" || ending == ".nc4";
}

bool is_called_plan(const std::string& path) {
  return std::filesystem::path(path).extension() == ".toml";
}

}  // namespace

bool is_table(const std::string& path) {
  if (path == "-") return true;
  std::error_code error;
  if (std::filesystem::is_fifo(path, error)) return true;  // HDF5 is not read from pipes
  const std::string head = first_bytes(path);
  return !is_hdf5(head) && !is_called_plan(path) && !is_called_hdf5(path) && (is_compressed(head) || is_text(head));
}

std::string import_command(const std::string& table) {
  std::filesystem::path panel = table == "-" ? "panel" : table;
  if (panel.extension() == ".gz" || panel.extension() == ".zst") panel.replace_extension();
  panel.replace_extension();
  std::error_code error;
  std::string name = panel.string();
  while (std::filesystem::exists(name + ".h5", error)) name += "-panel";
  return fmt::format("balassa import {} -o {}", shell_word(table), shell_word(name + ".h5"));
}

void refuse_in_place_of_hdf5(const std::string& path) {
  const std::string head = first_bytes(path);
  if (head.empty() || is_hdf5(head)) return;
  refuse_other_files(head, path);
  if (is_text(head)) refuse_other_contents(head, path);
  if (is_called_plan(path)) {
    throw Error(
        ExitCode::kBadData,
        fmt::format("{}: found a plan, expected a panel or a result (HDF5); a plan goes to balassa sweep", path));
  }
  if (is_compressed(head) || is_text(head)) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found text, expected a panel or a result (HDF5); make a panel of a table with: {}",
                            path, import_command(path)));
  }
}

}  // namespace balassa
