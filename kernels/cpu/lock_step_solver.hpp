// The lock-step solve of a worker, its products by the BLAS.
#pragma once

#include <cstddef>
#include <memory>

#include "kernels/resident/dense_presence.hpp"

namespace balassa {

// Replicates of one solve. Fixed, since the bits of a product depend on its shape and on a column's place in it:
// replicate r is column (r - 1) mod kLockStepColumns, whatever the range, batch or worker.
inline constexpr int kLockStepColumns = 64;

class LockStepSolver {
 public:
  // view: sizes.
  explicit LockStepSolver(const StudyView& view);
  ~LockStepSolver();
  LockStepSolver(const LockStepSolver&) = delete;
  LockStepSolver& operator=(const LockStepSolver&) = delete;

  // What replicates start from and share; both outlive the solves.
  void take(const StudyView& view, const DensePresence& presence);

  // Solves for the replicates [first, first + count) under weight [count, Pp]; all in one set of columns.
  void solve(std::uint64_t first, int count, const std::int32_t* weight);
  // What the last solve found for one of them.
  const SolvedAxis* axis(std::uint64_t replicate) const;

  static int column_of(std::uint64_t replicate) { return static_cast<int>((replicate - 1) % kLockStepColumns); }
  // Bytes of one solver and of what the solvers of a study share.
  static std::size_t bytes(int locations, int products);
  static std::size_t shared_bytes(int locations, int products);

 private:
  struct Machine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace balassa
