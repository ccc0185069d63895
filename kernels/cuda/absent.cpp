// The one stub of a build without the CUDA device.
#include "kernels/device.hpp"

namespace balassa {

std::unique_ptr<Device> make_cuda_device(std::string_view name, const DeviceOptions&) {
  throw DeviceUnavailable("device '" + std::string(name) + "': this build has no CUDA device; use --device cpu");
}

}  // namespace balassa
