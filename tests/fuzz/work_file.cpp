// Whatever happened to the bytes of a file of work, no record is read that was not written, in its place and with its
// bytes; tallies and records of scenarios decode to what encodes to itself, or are refused.
#include "io/work/work_file.hpp"

#include <fuzzer/FuzzedDataProvider.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "host/sweep/tally_encoding.hpp"
#include "io/base/error.hpp"
#include "tests/fuzz/violation.hpp"

namespace {

using namespace balassa;
using Bytes = std::vector<std::byte>;

const std::string& path() {
  struct Folder {
    std::string name = (std::filesystem::temp_directory_path() / "balassa-fuzz-XXXXXX").string();
    Folder() {
      fuzz::expect(mkdtemp(name.data()) != nullptr, "no folder for files");
      name += "/out.h5.cells";
    }
    ~Folder() { std::filesystem::remove_all(std::filesystem::path(name).parent_path()); }
  };
  static const Folder kFolder;
  return kFolder.name;
}

Bytes bytes_of(const std::string& text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

struct Written {
  std::uint32_t kind;
  Bytes payload;
};

// Reads all of the file; `written`: what its records may be, or nothing is known of them.
void read_all(const std::vector<Written>* written, const Bytes& header) {
  try {
    WorkReader file(path());
    if (written != nullptr) fuzz::expect(file.header() == header, "another header");
    Bytes payload;
    std::size_t count = 0;
    for (std::uint64_t end = 0; const auto entry = file.next(payload); ++count) {
      fuzz::expect(entry->offset >= end && entry->end > entry->offset && entry->end <= file.size(),
                   "record out of place");
      end = entry->end;
      fuzz::expect(file.payload(*entry) == payload, "another payload when read again");
      if (written == nullptr) continue;
      fuzz::expect(count < written->size(), "more records than were written");
      fuzz::expect(entry->kind == (*written)[count].kind && payload == (*written)[count].payload, "another record");
    }
    fuzz::expect(file.damage().empty() == (file.whole() == file.size()), "silent about damage");
  } catch (const Error& error) {
    fuzz::expect_one_line(error.what());
  }
}

void damage_whole_file(FuzzedDataProvider& input) {
  const Bytes header = bytes_of(input.ConsumeRandomLengthString(40));
  std::vector<Written> written;
  for (int records = input.ConsumeIntegralInRange(0, 4); records > 0; --records) {
    written.push_back({input.ConsumeIntegral<std::uint32_t>(), bytes_of(input.ConsumeRandomLengthString(60))});
  }
  std::vector<WorkRecord> records;
  for (const Written& one : written) records.push_back({one.kind, one.payload});
  std::uint64_t length = replace_work_file(path(), header, records);
  if (input.ConsumeBool()) {
    length = input.ConsumeIntegralInRange<std::uint64_t>(0, length);
    std::filesystem::resize_file(path(), length);
  }
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    for (int changes = input.ConsumeIntegralInRange(0, 8); changes > 0 && length > 0; --changes) {
      file.seekp(static_cast<std::streamoff>(input.ConsumeIntegralInRange<std::uint64_t>(0, length - 1)));
      file.put(input.ConsumeIntegral<char>());
    }
  }
  read_all(&written, header);
}

void decode(const std::string& text) {
  constexpr std::size_t kMost = 1000;
  const Bytes bytes = bytes_of(text);
  try {
    ByteReader from{bytes};
    const Tallies tallies = decode_tallies(from, kMost);
    ByteWriter once, twice;
    encode_tallies(tallies, once);
    ByteReader again(once.bytes());
    encode_tallies(decode_tallies(again, kMost), twice);
    fuzz::expect(std::equal(once.bytes().begin(), once.bytes().end(), twice.bytes().begin(), twice.bytes().end()),
                 "other tallies when read back");
  } catch (const BadBytes&) {
  }
  try {
    ByteReader from{bytes};
    decode_record(from);
  } catch (const BadBytes&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  switch (input.ConsumeIntegralInRange(0, 2)) {
    case 0:
      damage_whole_file(input);
      break;
    case 1: {
      std::ofstream(path(), std::ios::binary | std::ios::trunc) << input.ConsumeRemainingBytesAsString();
      read_all(nullptr, {});
      break;
    }
    default:
      decode(input.ConsumeRemainingBytesAsString());
  }
  return 0;
}
