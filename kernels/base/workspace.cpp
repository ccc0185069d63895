#include "kernels/base/workspace.hpp"

namespace balassa {

WorkspaceBytes workspace_bytes(const Placement& placement, int locations, int products, int quantiles) {
  Arena fast, slow;
  carve_workspace(fast, slow, placement, locations, products, quantiles);
  return {placement.fast == 0 ? 0 : fast.used(), slow.used()};
}

Placement plan_placement(int locations, int products, int quantiles, std::size_t fast_bytes, Precision precision,
                         int columns) {
  Placement chosen{0, 2, columns};
  const auto place = [&](Piece piece) {
    Placement tried = chosen;
    tried.fast |= 1u << static_cast<int>(piece);
    // The fp32 tables share the place of the fp64 ones once these are fast.
    if (tried.has(Piece::kTable)) tried.fast &= ~(1u << static_cast<int>(Piece::kTableFp32));
    if (workspace_bytes(tried, locations, products, quantiles).fast <= fast_bytes) chosen = tried;
  };
  if (columns > 0) {
    for (const Piece piece : {Piece::kScalars, Piece::kSumLanes, Piece::kTableFp32, Piece::kBitsByProduct,
                              Piece::kBitsByLocation, Piece::kProductFp32, Piece::kLocationFp32})
      place(piece);
  } else if (precision == Precision::kDouble) {
    for (const Piece piece : {Piece::kScalars, Piece::kSumLanes, Piece::kTable, Piece::kLocationFp64,
                              Piece::kBitsByProduct, Piece::kBitsByLocation, Piece::kProductFp64})
      place(piece);
  }
  for (int k = 0; k < kPieces; ++k) {
    const Piece piece = static_cast<Piece>(k);
    if (columns == 0 || piece != Piece::kTable) place(piece);  // few products' tables share the place of the fp32 ones
  }
  return chosen;
}

}  // namespace balassa
