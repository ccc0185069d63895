#include "kernels/device.hpp"

namespace balassa {

std::unique_ptr<Device> make_device(std::string_view name, const DeviceOptions& options) {
  if (name == "cpu") return make_cpu_device(options);
  if (name.starts_with("cuda")) return make_cuda_device(name, options);
  if (name == "auto") {
    try {
      return make_cuda_device("cuda", options);
    } catch (const DeviceUnavailable&) {
      return make_cpu_device(options);
    }
  }
  throw DeviceUnavailable("device '" + std::string(name) + "' is not known; there are auto, cpu, cuda, cuda:N");
}

}  // namespace balassa
