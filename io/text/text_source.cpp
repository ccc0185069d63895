#include "io/text/text_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "io/base/error.hpp"
#include "io/text/file_kinds.hpp"

namespace balassa {
namespace {

// Large enough that a system call or a hand-over between threads is lost beside the parsing of what it brings.
constexpr std::size_t kBlockBytes = 1 << 18;

std::string shown_name(const std::string& path) {
  return path == "-" ? "standard input" : path;
}

[[noreturn]] void fail_to_open(const std::string& path, int reason) {
  const ExitCode code = reason == ENOENT || reason == ENOTDIR ? ExitCode::kInputMissing
                        : reason == EACCES || reason == EPERM ? ExitCode::kPermission
                                                              : ExitCode::kIo;
  throw Error(
      code, fmt::format("{}: found no readable file ({}), expected an input; correct the path or its permission", path,
                        std::strerror(reason)));
}

// Bytes as they are stored.
class StoredBytes {
 public:
  virtual ~StoredBytes() = default;
  virtual std::size_t read(std::span<char> into) = 0;
};

class FileBytes : public StoredBytes {
 public:
  explicit FileBytes(const std::string& path)
      : path_(shown_name(path)), descriptor_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) fail_to_open(path, errno);
    struct stat info {};
    if (::fstat(descriptor_, &info) == 0 && S_ISDIR(info.st_mode)) {
      if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
      throw Error(ExitCode::kInputMissing,
                  fmt::format("{}: found a folder, expected a file; name the files in it", path));
    }
    ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  ~FileBytes() override {
    if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
  }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  std::size_t read(std::span<char> into) override {
    for (;;) {
      const ssize_t got = ::read(descriptor_, into.data(), into.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) {
        throw Error(ExitCode::kIo,
                    fmt::format("{}: reading failed ({}); check the disk or the pipe", path_, std::strerror(errno)));
      }
    }
  }

 private:
  std::string path_;
  int descriptor_;
};

class MemoryBytes : public StoredBytes {
 public:
  explicit MemoryBytes(std::string_view bytes) : rest_(bytes) {}
  std::size_t read(std::span<char> into) override {
    const std::size_t count = std::min(into.size(), rest_.size());
    if (count > 0) std::memcpy(into.data(), rest_.data(), count);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

// The stored bytes with their first block looked at beforehand, and a count of what was taken.
class CountedBytes {
 public:
  CountedBytes(std::unique_ptr<StoredBytes> bytes) : bytes_(std::move(bytes)) {
    head_.resize(kBlockBytes);
    std::size_t have = 0;
    while (have < kHeadBytes) {  // a pipe may bring a few bytes at a time
      const std::size_t got = bytes_->read(std::span(head_).subspan(have));
      if (got == 0) break;
      have += got;
    }
    head_.resize(have);
    taken_ = have;
  }
  std::string_view head() const { return {head_.data(), head_.size()}; }
  std::size_t read(std::span<char> into) {
    if (head_used_ < head_.size()) {
      const std::size_t count = std::min(into.size(), head_.size() - head_used_);
      std::memcpy(into.data(), head_.data() + head_used_, count);
      head_used_ += count;
      return count;
    }
    const std::size_t got = bytes_->read(into);
    taken_ += got;
    return got;
  }
  std::uint64_t taken() const { return taken_; }

 private:
  static constexpr std::size_t kHeadBytes = 4096;
  std::unique_ptr<StoredBytes> bytes_;
  std::vector<char> head_;
  std::size_t head_used_ = 0;
  std::atomic<std::uint64_t> taken_ = 0;
};

class PlainText : public TextSource {
 public:
  explicit PlainText(std::unique_ptr<CountedBytes> bytes) : bytes_(std::move(bytes)) {}
  std::size_t read(std::span<char> into) override { return bytes_->read(into); }
  std::uint64_t stored_bytes_read() const override { return bytes_->taken(); }

 private:
  std::unique_ptr<CountedBytes> bytes_;
};

// Undoes one compression: block in, block out.
class Decompressor {
 public:
  virtual ~Decompressor() = default;
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  virtual std::size_t read(std::span<char> into) = 0;  // 0 = end

 protected:
  Decompressor(CountedBytes& bytes, std::string name) : bytes_(bytes), name_(std::move(name)), input_(kBlockBytes) {}
  [[noreturn]] void damaged(const char* what) const {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found {}, expected a whole file; fetch or copy it again", name_, what));
  }
  CountedBytes& bytes_;
  std::string name_;
  std::vector<char> input_;
  bool inside_ = true;  // a stream that has not ended
};

class Gunzip : public Decompressor {
 public:
  Gunzip(CountedBytes& bytes, std::string name) : Decompressor(bytes, std::move(name)) {
    constexpr int kGzipHeader = 16;  // added to windowBits: expect a gzip header
    if (inflateInit2(&stream_, 15 + kGzipHeader) != Z_OK) throw std::bad_alloc();
  }
  ~Gunzip() override { inflateEnd(&stream_); }

  std::size_t read(std::span<char> into) override {
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(into.size());
    while (stream_.avail_out == into.size()) {
      if (stream_.avail_in == 0) {
        const std::size_t got = bytes_.read(input_);
        if (got == 0) {
          if (inside_) damaged("a gzip stream that ends too early");
          return 0;
        }
        stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
        stream_.avail_in = static_cast<uInt>(got);
      }
      if (!inside_) {  // gzip members may follow each other
        inflateReset(&stream_);
        inside_ = true;
      }
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        inside_ = false;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        damaged("a damaged gzip stream");
      }
    }
    return into.size() - stream_.avail_out;
  }

 private:
  z_stream stream_{};
};

class Unzstd : public Decompressor {
 public:
  Unzstd(CountedBytes& bytes, std::string name) : Decompressor(bytes, std::move(name)), stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  ~Unzstd() override { ZSTD_freeDStream(stream_); }

  std::size_t read(std::span<char> into) override {
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    while (out.pos == 0) {
      if (in_.pos == in_.size) {
        const std::size_t got = bytes_.read(input_);
        if (got == 0) {
          if (inside_) damaged("a zstd stream that ends too early");
          return 0;
        }
        in_ = {input_.data(), got, 0};
      }
      const std::size_t hint = ZSTD_decompressStream(stream_, &out, &in_);
      if (ZSTD_isError(hint)) damaged("a damaged zstd stream");
      inside_ = hint != 0;
    }
    return out.pos;
  }

 private:
  ZSTD_inBuffer in_{nullptr, 0, 0};
  ZSTD_DStream* stream_;
};

// Runs a decompressor in its own thread, a few blocks ahead of the reader.
class ThreadedText : public TextSource {
 public:
  ThreadedText(std::unique_ptr<CountedBytes> bytes, std::unique_ptr<Decompressor> decompressor)
      : bytes_(std::move(bytes)), decompressor_(std::move(decompressor)), thread_([this] { produce(); }) {}
  ~ThreadedText() override {
    {
      const std::lock_guard lock(mutex_);
      abandoned_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  std::size_t read(std::span<char> into) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return filled_ > 0 || finished_; });
    if (filled_ == 0) {
      if (failure_) std::rethrow_exception(failure_);
      return 0;
    }
    const std::vector<char>& block = blocks_[first_];
    lock.unlock();  // the producer never touches a filled block
    const std::size_t count = std::min(into.size(), block.size() - used_);
    std::memcpy(into.data(), block.data() + used_, count);
    used_ += count;
    if (used_ == block.size()) {
      lock.lock();
      used_ = 0;
      first_ = (first_ + 1) % kBlocks;
      --filled_;
      lock.unlock();
      changed_.notify_all();
    }
    return count;
  }
  std::uint64_t stored_bytes_read() const override { return bytes_->taken(); }

 private:
  void produce() {
    try {
      for (;;) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return filled_ < kBlocks || abandoned_; });
        if (abandoned_) return;
        std::vector<char>& block = blocks_[(first_ + filled_) % kBlocks];
        lock.unlock();
        block.resize(kBlockBytes);
        block.resize(decompressor_->read(block));
        lock.lock();
        if (block.empty()) break;
        ++filled_;
        lock.unlock();
        changed_.notify_all();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
    {
      const std::lock_guard lock(mutex_);
      finished_ = true;
    }
    changed_.notify_all();
  }

  static constexpr std::size_t kBlocks = 4;
  std::unique_ptr<CountedBytes> bytes_;
  std::unique_ptr<Decompressor> decompressor_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<std::vector<char>, kBlocks> blocks_;
  std::size_t first_ = 0, filled_ = 0, used_ = 0;
  bool finished_ = false, abandoned_ = false;
  std::exception_ptr failure_;
  std::thread thread_;  // last: it uses all of the above
};

std::unique_ptr<TextSource> decode(std::unique_ptr<StoredBytes> stored, const std::string& name) {
  using namespace std::string_view_literals;
  auto bytes = std::make_unique<CountedBytes>(std::move(stored));
  const std::string_view head = bytes->head();
  if (head.starts_with("\x1f\x8b"sv)) {
    auto gunzip = std::make_unique<Gunzip>(*bytes, name);
    return std::make_unique<ThreadedText>(std::move(bytes), std::move(gunzip));
  }
  if (head.starts_with("\x28\xb5\x2f\xfd"sv)) {
    auto unzstd = std::make_unique<Unzstd>(*bytes, name);
    return std::make_unique<ThreadedText>(std::move(bytes), std::move(unzstd));
  }
  refuse_other_files(head, name);
  return std::make_unique<PlainText>(std::move(bytes));
}

}  // namespace

std::unique_ptr<TextSource> open_text(const std::string& path) {
  return decode(std::make_unique<FileBytes>(path), shown_name(path));
}

std::unique_ptr<TextSource> text_from_memory(std::string_view bytes, const std::string& name) {
  return decode(std::make_unique<MemoryBytes>(bytes), name);
}

std::uint64_t stored_size(const std::string& path) {
  struct stat info {};
  if (path == "-")
    return ::fstat(STDIN_FILENO, &info) == 0 && S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size) : 0;
  if (::stat(path.c_str(), &info) != 0) fail_to_open(path, errno);
  return S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size) : 0;
}

}  // namespace balassa
