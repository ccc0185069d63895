#include "kernels/workspace.hpp"

namespace balassa {

WorkspaceBytes workspace_bytes(const Placement& placement, int locations, int products, int quantiles) {
  Arena fast, slow;
  carve_workspace(fast, slow, placement, locations, products, quantiles);
  return {placement.fast == 0 ? 0 : fast.used(), slow.used()};
}

Placement plan_placement(int locations, int products, int quantiles, std::size_t fast_bytes) {
  Placement chosen{0, 2};
  for (int k = 0; k < kPieces; ++k) {
    Placement tried = chosen;
    tried.fast |= 1u << k;
    // The fp32 tables share the place of the fp64 ones once these are fast.
    if (static_cast<Piece>(k) == Piece::kTable) tried.fast &= ~(1u << static_cast<int>(Piece::kTableFp32));
    if (workspace_bytes(tried, locations, products, quantiles).fast <= fast_bytes) chosen = tried;
  }
  return chosen;
}

}  // namespace balassa
