#include "io/hdf5/result_attributes.hpp"

#include <fmt/format.h>

#include "io/hdf5/hdf5_handle.hpp"
#include "io/hdf5/hdf5_numbers.hpp"

namespace balassa {

void write_attribute(hid_t object, const std::string& where, const std::string& name, const AttributeValue& value) {
  const auto store = [&](hid_t type, const hdf5::Space& space, const void* data) {
    hdf5::Attribute attribute(H5Acreate2(object, name.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT));
    if (!attribute || H5Awrite(attribute.get(), type, data) < 0 || attribute.close() < 0) {
      hdf5::fail(ExitCode::kIo, where, fmt::format("attribute {} cannot be written", name));
    }
  };
  const auto scalar = [&](hid_t type, const void* data) { store(type, hdf5::Space(H5Screate(H5S_SCALAR)), data); };
  const auto vector = [&]<class T>(const std::vector<T>& values) {
    const hsize_t size = values.size();
    store(hdf5::native_type<T>(), hdf5::Space(H5Screate_simple(1, &size, nullptr)), values.data());
  };
  if (const auto* text = std::get_if<std::string>(&value)) {
    const char* data = text->c_str();
    const hdf5::Type type = hdf5::text_type();
    scalar(type.get(), &data);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    scalar(H5T_NATIVE_INT64, integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    scalar(H5T_NATIVE_DOUBLE, real);
  } else if (const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&value)) {
    vector(*bytes);
  } else if (const auto* words = std::get_if<std::vector<std::int32_t>>(&value)) {
    vector(*words);
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value)) {
    vector(*integers);
  } else {
    vector(std::get<std::vector<double>>(value));
  }
}

}  // namespace balassa
