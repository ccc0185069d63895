// RAII over the HDF5 C API; the only header that knows hid_t lives behind io/hdf5.cpp.
#pragma once

namespace balassa::hdf5 {

// Silences HDF5's own printing and its atexit handler (it crashes after a failed write); call first in main.
void initialise();

}  // namespace balassa::hdf5
