// What was written into an HDF5 file, by its hash, and the comparison with what the file holds; io only.
#pragma once

#include <hdf5.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace balassa {

class WrittenParts {
 public:
  // A hyperslab of numbers of a native type, which is never closed; no extents: a scalar.
  void add(const std::string& dataset, const std::vector<hsize_t>& offset, const std::vector<hsize_t>& count,
           hid_t type, const void* values, std::size_t bytes);
  // A chunk as it was packed, with the hash of its bytes.
  void add_chunk(const std::string& dataset, const std::vector<hsize_t>& offset, std::size_t bytes,
                 const std::string& hash);
  // A whole dataset of texts.
  void add(const std::string& dataset, const std::vector<hsize_t>& shape, const std::vector<std::string>& texts);

  // Opens the file `written_to`, which messages call `path`, and reads every part back. Success is never a return code
  // alone: H5Fclose returned 0 on a full disk (FORMATS 7). Throws Error kIo.
  void verify(const std::string& path, const std::string& written_to,
              const std::function<void(std::size_t done, std::size_t parts)>& progress = {});

 private:
  struct Part {
    std::string dataset;
    std::vector<hsize_t> offset, count;
    hid_t type = -1;  // -1: text
    std::string hash;
    std::size_t packed = 0;  // bytes of a chunk; 0: no chunk
  };
  static std::string read_back(hid_t data, const Part& part, const std::string& where);

  std::vector<Part> parts_;
};

}  // namespace balassa
