#include "kernels/device.hpp"

#include <cstdlib>

namespace balassa {

std::string device_name(std::string_view asked) {
  const char* environment = std::getenv("BALASSA_DEVICE");
  return asked == "auto" && environment != nullptr && *environment != '\0' ? environment : std::string(asked);
}

std::unique_ptr<Device> make_device(std::string_view asked, const DeviceOptions& options) {
  const std::string name = device_name(asked);
  if (name == "cpu") return make_cpu_device(options);
  if (name.starts_with("cuda")) return make_cuda_device(name, options);
  if (name == "auto") {
    try {
      return make_cuda_device("cuda", options);
    } catch (const DeviceUnavailable&) {
      return make_cpu_device(options);
    }
  }
  throw DeviceUnavailable("device '" + name + "' is not known; there are auto, cpu, cuda, cuda:N");
}

}  // namespace balassa
