// One attribute of an open HDF5 object; io only.
#pragma once

#include <hdf5.h>

#include <string>

#include "io/hdf5/result_file.hpp"

namespace balassa {

// `where` is the place that a message names. Throws Error kIo.
void write_attribute(hid_t object, const std::string& where, const std::string& name, const AttributeValue& value);

}  // namespace balassa
