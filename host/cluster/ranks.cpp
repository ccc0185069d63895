#include "host/cluster/ranks.hpp"

#include <sstream>

namespace balassa {

std::string device_of_rank(const std::string& name, int rank_here, int gpus) {
  if (name == "cpu" || (name == "auto" && gpus == 0)) return "cpu";
  std::vector<std::string> named;
  if (name.starts_with("cuda:") && name != "cuda:all") {
    std::istringstream list(name.substr(5));
    for (std::string gpu; std::getline(list, gpu, ',');) named.push_back("cuda:" + gpu);
  }
  if (!named.empty()) return named[static_cast<std::size_t>(rank_here) % named.size()];
  return gpus == 0 ? name : "cuda:" + std::to_string(rank_here % gpus);  // with no GPU the device says why
}

}  // namespace balassa
