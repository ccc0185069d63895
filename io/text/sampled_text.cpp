#include "io/text/sampled_text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "io/text/text_source.hpp"

namespace balassa {
namespace {

class SoughtFile {
 public:
  // A pipe is not opened: its writer would take the end of this look for the end of the reading.
  explicit SoughtFile(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
    descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ >= 0 && fstat(descriptor_, &info) == 0 && S_ISREG(info.st_mode))
      size_ = static_cast<std::size_t>(info.st_size);
  }
  ~SoughtFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  SoughtFile(const SoughtFile&) = delete;
  SoughtFile& operator=(const SoughtFile&) = delete;

  std::size_t size() const { return size_; }  // 0: nothing to seek in
  std::string piece(std::size_t at, std::size_t bytes) const {
    std::string text(bytes, '\0');
    const ssize_t got = pread(descriptor_, text.data(), bytes, static_cast<off_t>(at));
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }

 private:
  int descriptor_ = -1;
  std::size_t size_ = 0;
};

// First bytes of gzip, zstd, zip, xz and bzip2 files.
bool compressed(std::string_view head) {
  using namespace std::string_view_literals;
  for (const std::string_view magic : {"\x1f\x8b"sv, "\x28\xb5\x2f\xfd"sv, "PK\x03\x04"sv,
                                       "\xfd"
                                       "7z"sv,
                                       "BZh"sv}) {
    if (head.starts_with(magic)) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> sample_text(const std::string& path, std::size_t pieces) {
  if (path == "-") return std::nullopt;
  const SoughtFile file(path);
  if (file.size() == 0) return std::nullopt;
  if (file.size() <= pieces * kSamplePiece) {
    std::string text = file.piece(0, file.size());
    if (compressed(text)) return std::nullopt;
    return text;
  }
  std::string sample = file.piece(0, kSamplePiece);
  const std::size_t end = sample.rfind('\n');
  if (compressed(sample) || end == std::string::npos) return std::nullopt;
  sample.resize(end + 1);
  for (std::size_t k = 1; k < pieces; ++k) {
    const std::string piece = file.piece(file.size() / pieces * k, kSamplePiece);
    const std::size_t first = piece.find('\n'), last = piece.rfind('\n');
    if (first == last) return std::nullopt;
    sample.append(piece, first + 1, last - first);
  }
  return sample;
}

}  // namespace balassa
