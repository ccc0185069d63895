// Where text comes from: a plain, gzip or zstd file, standard input, or memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace balassa {

// A stream of uncompressed bytes. Plain files are read, not mapped: a mapped file that shrinks while it is read kills
// the process with SIGBUS, and the copy costs 3 % of what parsing the same bytes costs.
class TextSource {
 public:
  virtual ~TextSource() = default;

  // Fills the front of `into` and returns how many bytes; 0 = end. Throws Error: 65 damaged or truncated compression,
  // 74 the file could not be read.
  virtual std::size_t read(std::span<char> into) = 0;

  // Bytes of the stored (compressed) file taken so far.
  virtual std::uint64_t stored_bytes_read() const = 0;
};

// Opens a file, or standard input for "-"; the compression is told from the first bytes, never from the name, and is
// undone in a thread of its own. Throws Error: 66 missing, 77 no permission, 65 a kind of file that is not text (zip,
// xz, bzip2, HDF5, Parquet, UTF-16) with what to do.
std::unique_ptr<TextSource> open_text(const std::string& path);

// The same over bytes in memory, which must outlive the source; `name` is what messages call it.
std::unique_ptr<TextSource> text_from_memory(std::string_view bytes, const std::string& name);

// Size of the stored file in bytes; 0 where it can't be known (standard input, pipes). Throws Error as open_text.
std::uint64_t stored_size(const std::string& path);

}  // namespace balassa
