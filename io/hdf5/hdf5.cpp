#include "io/hdf5/hdf5.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <mutex>

#include "io/hdf5/hdf5_handle.hpp"

namespace balassa::hdf5 {

void initialise() {
  static std::once_flag once;
  std::call_once(once, [] {
    H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    std::signal(SIGXFSZ, SIG_IGN);
  });
}

std::string library_version() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

std::string error_text() {
  std::string text;
  const auto append = [](unsigned depth, const H5E_error2_t* error, void* out) -> herr_t {
    auto& result = *static_cast<std::string*>(out);
    if (depth < 3 && error->desc != nullptr) result += (depth > 0 ? "; " : "") + std::string(error->desc);
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, append, &text);
  H5Eclear2(H5E_DEFAULT);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  // Where a system call failed its own message says all; the time, the temporary name and the addresses that the
  // drivers put around it help nobody.
  constexpr std::string_view kSystem = "error message = '";
  if (const auto from = text.find(kSystem); from != std::string::npos) {
    text.erase(0, from + kSystem.size());
    text.resize(std::min(text.size(), text.find('\'')));
  }
  if (const auto noise = text.find(", buf = "); noise != std::string::npos) text.resize(noise);
  return text.empty() ? "no further detail" : text;
}

void fail(ExitCode code, std::string_view where, std::string_view what) {
  throw Error(code, fmt::format("{}: {}: HDF5 says: {}", where, what, error_text()));
}

Properties file_access() {
  Properties access(H5Pcreate(H5P_FILE_ACCESS));
  if (H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V110) < 0 ||
      H5Pset_file_locking(access.get(), true, true) < 0) {
    fail(ExitCode::kInternal, "HDF5", "file access properties refused");
  }
  return access;
}

Type text_type() {
  Type type(H5Tcopy(H5T_C_S1));
  if (H5Tset_size(type.get(), H5T_VARIABLE) < 0 || H5Tset_cset(type.get(), H5T_CSET_UTF8) < 0) {
    fail(ExitCode::kInternal, "HDF5", "text type refused");
  }
  return type;
}

}  // namespace balassa::hdf5
