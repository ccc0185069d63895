#include "kernels/cpu/lock_step_solver.hpp"

#include <cblas.h>

#include <algorithm>
#include <array>
#include <new>

#include "kernels/base/blas.hpp"
#include "kernels/scenario/lock_step.hpp"

namespace balassa {
namespace {

constexpr std::size_t kLine = 64;
constexpr int kColumns = kLockStepColumns;

LockStep shaped(const StudyView& view) {
  LockStep s{};
  s.locations = view.locations;
  s.products = view.products;
  s.columns = kColumns;
  s.padded_locations = view.padded_locations;
  s.padded_products = view.padded_products;
  return s;
}

}  // namespace

struct LockStepSolver::Machine {
  explicit Machine(const StudyView& view) : s(shaped(view)) {
    Arena measure;
    carve_lock_step(measure, s);
    block.reset(static_cast<std::byte*>(::operator new[](measure.used(), std::align_val_t{kLine})));
    std::fill_n(block.get(), measure.used(), std::byte{0});
    Arena place(block.get());
    carve_lock_step(place, s);
  }

  void to_products(const double* in, double* out) const {
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, s.products, kColumns, s.locations, 1.0, s.presence, s.products,
                in, kColumns, 0.0, out, kColumns);
  }
  void to_locations(const double* in, double* out) const {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, s.locations, kColumns, s.products, 1.0, s.presence,
                s.products, in, kColumns, 0.0, out, kColumns);
  }
  template <class Step>
  void cells(int rows, const Step& step) const {
    for (int row = 0; row < rows; ++row) {
#pragma GCC ivdep
      for (int r = 0; r < kColumns; ++r) step(row, r);
    }
  }
  template <class Step>
  void sums(int rows, const Step& step) const {
    constexpr int kSums = Step::kSums;
    // A few columns at a time, so that their sums stay in registers.
    constexpr int kTogether = 4;
    for (int from = 0; from < kColumns; from += kTogether) {
      double all[kTogether][kSums] = {};
      for (int slice = 0; slice < kRowSlices; ++slice) {
        double sum[kTogether][kSums] = {};
        for (int row = slice; row < rows; row += kRowSlices) {
          for (int r = 0; r < kTogether; ++r) step(row, from + r, sum[r]);
        }
        for (int r = 0; r < kTogether; ++r) {
          for (int k = 0; k < kSums; ++k) all[r][k] += sum[r][k];
        }
      }
      for (int r = 0; r < kTogether; ++r) {
        for (int k = 0; k < kSums; ++k) s.total[k * kColumns + from + r] = all[r][k];
      }
    }
  }
  template <class Step>
  void columns(const Step& step) const {
    for (int r = 0; r < kColumns; ++r) step(r);
  }
  bool any_open() const {
    return std::any_of(s.open, s.open + kColumns, [](std::int32_t open) { return open != 0; });
  }

  struct Release {
    void operator()(std::byte* bytes) const { ::operator delete[](bytes, std::align_val_t{kLine}); }
  };
  LockStep s;
  std::unique_ptr<std::byte[], Release> block;
};

LockStepSolver::LockStepSolver(const StudyView& view) : machine_(std::make_unique<Machine>(view)) {
  hold_blas_to_one_thread();
}

LockStepSolver::~LockStepSolver() = default;

void LockStepSolver::take(const StudyView& view, const DensePresence& presence) {
  LockStep& s = machine_->s;
  s.presence = presence.cell.data();
  s.ubiquity = presence.ubiquity.data();
  s.start = view.start;
  s.start_noise = view.start_noise;
}

void LockStepSolver::solve(std::uint64_t first, int count, const std::int32_t* weight) {
  machine_->s.first = column_of(first);
  machine_->s.count = count;
  machine_->s.weight = weight;
  solve_together(*machine_, machine_->s);
}

const SolvedAxis* LockStepSolver::axis(std::uint64_t replicate) const {
  return machine_->s.axis + column_of(replicate);
}

std::size_t LockStepSolver::bytes(int locations, int products) {
  StudyView view{};
  view.locations = locations;
  view.products = products;
  view.padded_locations = padded(locations);
  LockStep s = shaped(view);
  Arena measure;
  carve_lock_step(measure, s);
  return measure.used();
}

std::size_t LockStepSolver::shared_bytes(int locations, int products) {
  return static_cast<std::size_t>(locations + 1) * static_cast<std::size_t>(products) * sizeof(double);
}

}  // namespace balassa
