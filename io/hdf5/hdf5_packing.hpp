// A catalogue as bytes, for the pipe from the child process that read it (io/hdf5/hdf5_catalogue.hpp).
#pragma once

#include <optional>
#include <string>

#include "io/hdf5/hdf5_catalogue.hpp"

namespace balassa::hdf5 {

std::string pack(const Catalogue& catalogue);

// Nothing where the bytes are no whole catalogue: a damaged file may have led the child astray.
std::optional<Catalogue> unpack(const std::string& bytes);

}  // namespace balassa::hdf5
