// Bytes from the child that reads a file, which a damaged file may have led astray: a catalogue that packs to itself,
// or none.
#include <cstddef>
#include <cstdint>
#include <string>

#include "io/hdf5/hdf5_packing.hpp"
#include "tests/fuzz/violation.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace balassa;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::optional<hdf5::Catalogue> catalogue = hdf5::unpack(bytes);
  if (!catalogue) return 0;
  const std::string packed = hdf5::pack(*catalogue);
  const std::optional<hdf5::Catalogue> again = hdf5::unpack(packed);
  fuzz::expect(again.has_value(), "packed, but not unpacked");
  fuzz::expect(hdf5::pack(*again) == packed, "packs to other bytes");
  return 0;
}
