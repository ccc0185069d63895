// Output files that are whole or absent: written under a temporary name in the same directory and renamed when whole
// (FORMATS section 7, promises 2 and 5).
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace balassa {

// Refuses an output that exists (unless `force`), a directory that is not there (both kCannotCreate) or may not be
// written (kPermission). Call it before any work is done; nothing is left behind.
void require_absent(const std::string& path, bool force);

// Syncs the directory that holds `path`, so that a rename in it outlives a power cut. Throws Error kIo.
void sync_directory_of(const std::string& path);

// Removes what killed runs left of AtomicFiles of this path; for who holds the output's lock.
void remove_stale_temporaries(const std::string& path);

// From now on SIGINT, SIGTERM, SIGHUP and SIGXCPU remove the temporaries of this process before they end it, where they
// are not ignored and nobody else waits for them.
void remove_temporaries_on_signals();

// One output file. Until commit() the final name is untouched; without commit() the destructor removes the temporary.
// A device or FIFO as `path` (/dev/null, /dev/full) is written directly; of a link, the file that it leads to is
// replaced.
class AtomicFile {
 public:
  // Creates the temporary. Throws Error as require_absent does, and kIo where the disk is full.
  AtomicFile(std::string path, bool force);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::string& path() const { return path_; }
  // The name to write to, for libraries that open files themselves; it exists and is empty.
  const std::string& temporary() const { return temporary_; }
  bool is_device() const { return device_; }

  // Appends text. Throws Error kIo where it can't be written.
  void write(std::string_view text);

  // Runs `verify(temporary)` if given (throws to refuse), fsyncs, renames, fsyncs the directory. Without `force`, an
  // output that appeared meanwhile is not replaced (kCannotCreate).
  void commit(const std::function<void(const std::string&)>& verify = {});

 private:
  std::string path_, final_, temporary_;  // final_: where path_ leads
  bool force_ = false, device_ = false, committed_ = false;
  int descriptor_ = -1, slot_ = -1;  // slot_: among the names that a signal removes
};

}  // namespace balassa
