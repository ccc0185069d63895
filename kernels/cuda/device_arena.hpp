// One allocation on the device, handed out in tagged pieces.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kernels/base/workspace.hpp"
#include "kernels/cuda/handles.hpp"

namespace balassa {

class DeviceArena {
 public:
  DeviceArena(std::size_t bytes, const std::string& what) : block_(bytes, what), bytes_(bytes), arena_(block_.get()) {}

  template <class T>
  T* take(std::size_t count, const char* tag) {
    const std::size_t before = arena_.used();
    T* piece = arena_.take<T>(count);
    tags_.emplace_back(tag, arena_.used() - before);
    if (arena_.used() > bytes_) throw DeviceOutOfMemory("planned device memory exceeded: " + report());
    return piece;
  }

  // Pieces are never given back one by one: the high-water mark is what is used.
  std::size_t high_water() const { return arena_.used(); }
  std::string report() const {
    std::string text = std::to_string(high_water()) + " of " + std::to_string(bytes_) + " bytes";
    for (const auto& [tag, size] : tags_) text += "; " + std::string(tag) + " " + std::to_string(size);
    return text;
  }

 private:
  DeviceBuffer block_;
  std::size_t bytes_;
  Arena arena_;
  std::vector<std::pair<const char*, std::size_t>> tags_;
};

}  // namespace balassa
