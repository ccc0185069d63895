// RAII and checks over the HDF5 C API. Nothing outside io/hdf5 sees hdf5.h.
#pragma once

#include <hdf5.h>

#include <string>
#include <string_view>
#include <utility>

#include "io/base/error.hpp"

namespace balassa::hdf5 {

// What the library's error stack says, innermost first, on one line; clears the stack.
std::string error_text();

// Throws Error(code, "WHERE: WHAT: text of HDF5").
[[noreturn]] void fail(ExitCode code, std::string_view where, std::string_view what);

// An identifier that is closed once.
template <herr_t (*Close)(hid_t)>
class Handle {
 public:
  Handle() = default;
  explicit Handle(hid_t id) : id_(id) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Handle() { close(); }

  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }
  herr_t close() { return id_ < 0 ? 0 : Close(std::exchange(id_, -1)); }

 private:
  hid_t id_ = -1;
};

using File = Handle<H5Fclose>;
using Group = Handle<H5Gclose>;
using Data = Handle<H5Dclose>;
using Space = Handle<H5Sclose>;
using Type = Handle<H5Tclose>;
using Attribute = Handle<H5Aclose>;
using Properties = Handle<H5Pclose>;
using Object = Handle<H5Oclose>;

// File access: library bounds V18..V110 (read by everything since 2016), locking as far as the file system has it.
Properties file_access();

// Variable-length UTF-8: fixed-length strings crash netCDF-C 4.9 (FORMATS 9).
Type text_type();

}  // namespace balassa::hdf5
