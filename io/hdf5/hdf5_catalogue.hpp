// What an HDF5 file holds: its tree, texts and attributes, read in a child process because HDF5 1.10 may crash or hang
// on damaged variable-length data (measured: 32 of 4,000 mutants, FORMATS 9).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "io/hdf5/result_file.hpp"

namespace balassa::hdf5 {

struct Catalogue {
  struct Entry {
    ResultReader::Dataset dataset;
    std::vector<std::string> texts;  // of a text dataset
    std::string problem;             // why its values may not be read; "" = they may
  };
  std::vector<Entry> entries;                    // in the order of creation
  std::map<std::string, Attributes> attributes;  // by object; "" = the root
};

// Throws Error: kInputMissing, kPermission, kBadData (not HDF5, truncated, damaged), kIo (no process to be had).
Catalogue read_catalogue(const std::string& path);

}  // namespace balassa::hdf5
