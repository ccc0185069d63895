// Number types and shapes as HDF5 names them; io only.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <type_traits>
#include <vector>

namespace balassa::hdf5 {

template <class T>
hid_t native_type() {
  if constexpr (std::is_same_v<T, double>) return H5T_NATIVE_DOUBLE;
  if constexpr (std::is_same_v<T, float>) return H5T_NATIVE_FLOAT;
  if constexpr (std::is_same_v<T, std::uint16_t>) return H5T_NATIVE_UINT16;
  if constexpr (std::is_same_v<T, std::uint32_t>) return H5T_NATIVE_UINT32;
  if constexpr (std::is_same_v<T, std::int32_t>) return H5T_NATIVE_INT32;
  if constexpr (std::is_same_v<T, std::int64_t>) return H5T_NATIVE_INT64;
  if constexpr (std::is_same_v<T, std::uint64_t>) return H5T_NATIVE_UINT64;
  static_assert(sizeof(T) > 1 || std::is_same_v<T, std::uint8_t>);
  return H5T_NATIVE_UINT8;
}

// A dataspace of that shape; no extents: a scalar.
inline hid_t space_of(const std::vector<hsize_t>& shape) {
  return shape.empty() ? H5Screate(H5S_SCALAR)
                       : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
}

}  // namespace balassa::hdf5
