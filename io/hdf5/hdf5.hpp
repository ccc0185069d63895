// The HDF5 library as a whole; handles and checks are in io/hdf5/hdf5_handle.hpp, which only io/*.cpp may include.
#pragma once

#include <string>

namespace balassa::hdf5 {

// Silences HDF5's own printing and its atexit handler (it crashes after a failed write), and ignores SIGXFSZ, so that a
// file-size limit is an error like a full disk; call first in main. Calling again does nothing.
void initialise();

// "1.10.8": the library that is linked.
std::string library_version();

}  // namespace balassa::hdf5
