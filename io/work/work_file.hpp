// Work in progress on disk: files of our own, of checksummed records that are appended (FORMATS section 7).
//
// A file is the magic and the format's number, then records: kind (uint32), 0 (uint32), length of the payload (uint64),
// XXH3-64 of these 16 bytes, XXH3-128 of the payload, payload. Both checksums are seeded with the record's offset
// and the format, so that a record can't stand in another's place. The first record is the header. All numbers are
// little-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace balassa {

inline constexpr std::uint32_t kWorkFormat = 2;

// Writes a whole file of one header and records at once: under a temporary name, synced, then renamed over `path`. With
// `previous`, what stood at `path` is kept under that name; at every moment one of the two is whole. Gives back the
// file's length. Throws Error kIo, kPermission.
struct WorkRecord {
  std::uint32_t kind = 0;
  std::span<const std::byte> payload;
};
std::uint64_t replace_work_file(const std::string& path, std::span<const std::byte> header,
                                std::span<const WorkRecord> records, const std::string& previous = "");

// Whether a file begins as one of these; false where it can't be read.
bool is_work_file(const std::string& path);
// Throws Error kBadData for one, where a panel or result is to be read.
void refuse_work_file(const std::string& path);

// Appends to a file that exists. Throws Error kIo where the disk is full; what was appended in part is cut by
// the next opening.
class WorkAppender {
 public:
  // Cuts the file to `length` bytes first.
  WorkAppender(const std::string& path, std::uint64_t length);
  ~WorkAppender();
  WorkAppender(const WorkAppender&) = delete;
  WorkAppender& operator=(const WorkAppender&) = delete;

  void append(std::uint32_t kind, std::span<const std::byte> payload);
  void sync();  // what was appended is on the disk
  std::uint64_t length() const { return length_; }

 private:
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t length_ = 0;
};

// Reads a file as hostile: no length is believed before its checksum and the file's size say so.
class WorkReader {
 public:
  struct Entry {
    std::uint32_t kind = 0;
    std::uint64_t offset = 0, end = 0;  // of the record in the file
  };

  // Opens and reads the header. Throws Error: kInputMissing, kPermission, kBadData (not such a file, damaged header),
  // kForeignCheckpoint (another number of the format).
  explicit WorkReader(const std::string& path);
  ~WorkReader();
  WorkReader(WorkReader&& other) noexcept;
  WorkReader& operator=(WorkReader&&) = delete;

  const std::string& path() const { return path_; }
  const std::vector<std::byte>& header() const { return header_; }

  // The next whole record with its payload; none at the end and where a record is not whole.
  std::optional<Entry> next(std::vector<std::byte>& payload);
  std::uint64_t whole() const { return position_; }  // bytes up to the end of the last whole record
  std::uint64_t size() const { return size_; }
  // Why next() stopped before the end of the file; "" where it did not. torn(): the file ends within a record, as a
  // kill leaves it.
  const std::string& damage() const { return damage_.text; }
  bool torn() const { return damage_.torn; }

  // The payload of a record that next() gave. Several threads may call it. Throws Error kBadData where it is not whole
  // any more, kIo.
  std::vector<std::byte> payload(const Entry& entry) const;

 private:
  // Why a record can't be read, and whether the file ends within it.
  struct Damage {
    std::string text;
    bool torn = false;
  };
  std::optional<std::vector<std::byte>> read_record(std::uint64_t offset, Entry& entry, Damage& damage) const;
  void read_bytes(void* to, std::size_t count, std::uint64_t offset) const;

  std::string path_;
  int descriptor_ = -1;
  std::uint32_t format_ = 0;
  std::uint64_t size_ = 0, position_ = 0;
  std::vector<std::byte> header_;
  Damage damage_;
};

}  // namespace balassa
