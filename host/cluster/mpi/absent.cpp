// A program without MPI. It must not be started as several ranks: each would run the whole sweep.
#include <fmt/format.h>

#include <cstdlib>

#include "host/cluster/ranks.hpp"
#include "io/base/error.hpp"

namespace balassa {

std::unique_ptr<Ranks> join_ranks() {
  // Open MPI's mpirun; hydra and Slurm's PMI-2.
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    const char* size = std::getenv(name);
    if (size != nullptr && std::atoi(size) > 1) {
      throw Error(
          ExitCode::kDeviceUnavailable,
          fmt::format("found {}={}: started as {} ranks of an MPI job, expected one process, since this program "
                      "was built without MPI; start balassa-mpi in its place",
                      name, size, size));
    }
  }
  return nullptr;
}

void leave_ranks(int) {}

}  // namespace balassa
