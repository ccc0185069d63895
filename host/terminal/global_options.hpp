// Options that every command takes (io/FORMATS.md, section 6).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace balassa {

class Ranks;

struct GlobalOptions {
  std::string device = "auto";
  int threads = 0;  // 0: the cores that the process may use
  std::uint64_t seed = 42;
  bool seed_given = false;
  bool force = false, strict = false, quiet = false, verbose = false, json = false;
  std::string log;
  std::unique_ptr<Ranks> (*join_ranks)() = nullptr;  // of the program: with MPI or without (host/cluster/ranks.hpp)
};

}  // namespace balassa
