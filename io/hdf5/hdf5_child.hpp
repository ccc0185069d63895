// Reads files that may be damaged in a child process. HDF5 1.10 crashed or hung on 32 of 4,000 mutants at their
// variable-length texts (FORMATS 9), and reads beyond its buffer where a chunk's filter mask is damaged.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "io/base/error.hpp"

namespace balassa::hdf5 {

// Runs `work` in a child with limits of memory, processor and time, and returns its text. `bytes`: what the work
// unpacks beside the file itself. Throws Error kBadData with the message of what `work` throws, or "is damaged" where
// the child dies; kInputMissing, kPermission; kIo where there is no process to be had.
std::string run_in_child(const std::string& path, std::uint64_t bytes, const std::function<std::string()>& work);

// The file's bytes. Throws Error: kInputMissing, kPermission, kBadData for what is no regular file.
std::uint64_t size_of_readable(const std::string& path);

// What to throw of a file that makes no sense.
Error damaged(const std::string& path);

}  // namespace balassa::hdf5
