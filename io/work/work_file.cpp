#include "io/work/work_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "io/base/atomic_file.hpp"
#include "io/base/byte_stream.hpp"
#include "io/base/error.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace balassa {
namespace {

constexpr std::array<char, 12> kMagic = {'b', 'a', 'l', 'a', 's', 's', 'a', '-', 'w', 'o', 'r', 'k'};
constexpr std::uint64_t kFirstRecord = kMagic.size() + sizeof kWorkFormat;
constexpr std::uint32_t kHeaderKind = 0;

struct RecordHead {
  std::uint32_t kind = 0, reserved = 0;
  std::uint64_t length = 0;
};

struct RecordChecks {
  std::uint64_t head = 0, payload_low = 0, payload_high = 0;
};
constexpr std::size_t kHeadBytes = sizeof(RecordHead) + sizeof(RecordChecks);

// The format's number is in the seed, so that a damaged one is told from another one.
std::uint64_t seed_of(std::uint64_t offset, std::uint32_t format) {
  return offset + format * 0x9E3779B97F4A7C15;  // odd, so that no two formats have the same
}

RecordChecks checks_of(const RecordHead& head, std::span<const std::byte> payload, std::uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(payload.data(), payload.size(), seed);
  return {XXH3_64bits_withSeed(&head, sizeof head, seed), hash.low64, hash.high64};
}

std::array<std::byte, kHeadBytes> head_bytes(std::uint32_t kind, std::span<const std::byte> payload,
                                             std::uint64_t offset) {
  const RecordHead head{kind, 0, payload.size()};
  const RecordChecks checks = checks_of(head, payload, seed_of(offset, kWorkFormat));
  std::array<std::byte, kHeadBytes> bytes;
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, &checks, sizeof checks);
  return bytes;
}

[[noreturn]] void fail(const std::string& path, const char* what) {
  const ExitCode code = errno == EACCES || errno == EPERM || errno == EROFS ? ExitCode::kPermission : ExitCode::kIo;
  throw Error(code, fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

void write_all(int descriptor, const void* data, std::size_t count, const std::string& path) {
  const char* from = static_cast<const char*>(data);
  while (count > 0) {
    const ssize_t written = ::write(descriptor, from, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path, "cannot be written");
    from += written;
    count -= static_cast<std::size_t>(written);
  }
}

void write_record(int descriptor, std::uint32_t kind, std::span<const std::byte> payload, std::uint64_t offset,
                  const std::string& path) {
  const auto head = head_bytes(kind, payload, offset);
  write_all(descriptor, head.data(), head.size(), path);
  write_all(descriptor, payload.data(), payload.size(), path);
}

// Closes and, unless kept, removes.
class Temporary {
 public:
  explicit Temporary(std::string path) : path_(std::move(path)) {
    descriptor = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) fail(path_, "cannot be created");
  }
  ~Temporary() {
    close(descriptor);
    if (!kept) unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  int descriptor = -1;
  bool kept = false;

 private:
  std::string path_;
};

}  // namespace

std::uint64_t replace_work_file(const std::string& path, std::span<const std::byte> header,
                                std::span<const WorkRecord> records, const std::string& previous) {
  const std::string name = path + ".new";
  Temporary file(name);
  write_all(file.descriptor, kMagic.data(), kMagic.size(), path);
  write_all(file.descriptor, &kWorkFormat, sizeof kWorkFormat, path);
  std::uint64_t offset = kFirstRecord;
  write_record(file.descriptor, kHeaderKind, header, offset, path);
  offset += kHeadBytes + header.size();
  for (const WorkRecord& record : records) {
    write_record(file.descriptor, record.kind, record.payload, offset, path);
    offset += kHeadBytes + record.payload.size();
  }
  if (fdatasync(file.descriptor) != 0) fail(path, "cannot be written");
  if (!previous.empty() && rename(path.c_str(), previous.c_str()) != 0 && errno != ENOENT) {
    fail(path, "cannot be kept as the previous one");
  }
  if (rename(name.c_str(), path.c_str()) != 0) fail(path, "cannot be renamed to its final name");
  file.kept = true;
  sync_directory_of(path);
  return offset;
}

bool is_work_file(const std::string& path) {
  std::array<char, kMagic.size()> magic{};
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return false;
  const bool whole = pread(descriptor, magic.data(), magic.size(), 0) == static_cast<ssize_t>(magic.size());
  close(descriptor);
  return whole && magic == kMagic;
}

void refuse_work_file(const std::string& path) {
  if (!is_work_file(path)) return;
  throw Error(ExitCode::kBadData, fmt::format("{}: found a shard or other saved work of a sweep, expected a panel or "
                                              "result; balassa info {} says what it is and how to get the result",
                                              path, path));
}

WorkAppender::WorkAppender(const std::string& path, std::uint64_t length) : path_(path), length_(length) {
  descriptor_ = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor_ < 0) fail(path, "cannot be opened");
  if (ftruncate(descriptor_, static_cast<off_t>(length)) != 0 || lseek(descriptor_, 0, SEEK_END) < 0) {
    const int error = errno;
    close(descriptor_);
    errno = error;
    fail(path, "cannot be cut");
  }
}

WorkAppender::~WorkAppender() {
  close(descriptor_);
}

void WorkAppender::append(std::uint32_t kind, std::span<const std::byte> payload) {
  write_record(descriptor_, kind, payload, length_, path_);
  length_ += kHeadBytes + payload.size();
}

void WorkAppender::sync() {
  if (fdatasync(descriptor_) != 0) fail(path_, "cannot be written");
}

WorkReader::WorkReader(const std::string& path) : path_(path) {
  descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) {
    const ExitCode code = errno == EACCES ? ExitCode::kPermission : ExitCode::kInputMissing;
    throw Error(code, fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
  }
  try {
    struct stat status {};
    if (fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
      throw Error(ExitCode::kBadData, fmt::format("{}: found no regular file, expected work of balassa", path));
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
    std::array<char, kMagic.size()> magic{};
    if (size_ >= kFirstRecord) {
      read_bytes(magic.data(), magic.size(), 0);
      read_bytes(&format_, sizeof format_, magic.size());
    }
    if (magic != kMagic) {
      throw Error(ExitCode::kBadData, fmt::format("{}: found other bytes, expected a file of work of balassa", path));
    }
    Entry entry;
    auto header = read_record(kFirstRecord, entry, damage_);
    if (!header || entry.kind != kHeaderKind) {
      throw Error(ExitCode::kBadData, fmt::format("{}: header: found {}, expected a whole one", path,
                                                  header ? "another record" : damage_.text));
    }
    if (format_ != kWorkFormat) {
      throw Error(ExitCode::kForeignCheckpoint,
                  fmt::format("{}: found work of format {}, expected {}; finish it with the version that began it, or "
                              "give --restart to discard it",
                              path, format_, kWorkFormat));
    }
    header_ = std::move(*header);
    position_ = entry.end;
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

WorkReader::~WorkReader() {
  if (descriptor_ >= 0) close(descriptor_);
}

WorkReader::WorkReader(WorkReader&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      format_(other.format_),
      size_(other.size_),
      position_(other.position_),
      header_(std::move(other.header_)),
      damage_(std::move(other.damage_)) {}

void WorkReader::read_bytes(void* to, std::size_t count, std::uint64_t offset) const {
  char* at = static_cast<char*>(to);
  while (count > 0) {
    const ssize_t got = pread(descriptor_, at, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path_, "cannot be read");
    if (got == 0) throw Error(ExitCode::kIo, fmt::format("{}: grew shorter while it was read", path_));
    at += got;
    offset += static_cast<std::uint64_t>(got);
    count -= static_cast<std::size_t>(got);
  }
}

std::optional<std::vector<std::byte>> WorkReader::read_record(std::uint64_t offset, Entry& entry,
                                                              Damage& damage) const {
  const auto stop = [&](bool torn) {
    damage = {fmt::format("a record {} at byte {}", torn ? "cut short" : "that is damaged", offset), torn};
    return std::nullopt;
  };
  const std::uint64_t rest = size_ - offset, seed = seed_of(offset, format_);
  if (rest < kHeadBytes) return stop(true);
  std::array<std::byte, kHeadBytes> bytes;
  read_bytes(bytes.data(), bytes.size(), offset);
  RecordHead head;
  RecordChecks checks;
  std::memcpy(&head, bytes.data(), sizeof head);
  std::memcpy(&checks, bytes.data() + sizeof head, sizeof checks);
  if (checks.head != XXH3_64bits_withSeed(&head, sizeof head, seed)) return stop(false);
  if (head.length > rest - kHeadBytes) return stop(true);
  std::vector<std::byte> payload(head.length);
  read_bytes(payload.data(), payload.size(), offset + kHeadBytes);
  const RecordChecks found = checks_of(head, payload, seed);
  if (found.payload_low != checks.payload_low || found.payload_high != checks.payload_high) return stop(false);
  entry = {head.kind, offset, offset + kHeadBytes + head.length};
  return payload;
}

std::optional<WorkReader::Entry> WorkReader::next(std::vector<std::byte>& payload) {
  if (position_ == size_ || !damage_.text.empty()) return std::nullopt;
  Entry entry;
  auto found = read_record(position_, entry, damage_);
  if (!found) return std::nullopt;
  payload = std::move(*found);
  position_ = entry.end;
  return entry;
}

std::vector<std::byte> WorkReader::payload(const Entry& entry) const {
  Entry found;
  Damage damage;
  auto payload = read_record(entry.offset, found, damage);
  if (!payload) throw Error(ExitCode::kBadData, fmt::format("{}: found {}, expected a whole one", path_, damage.text));
  return std::move(*payload);
}

}  // namespace balassa
