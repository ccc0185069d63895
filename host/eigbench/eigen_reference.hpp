// What the eigen-solver study holds solvers to: A = D^-1/2 M S M^T D^-1/2 applied by straight loops over the links in
// long double (64-bit mantissa, unit roundoff 5e-20), and its second eigenpair by a Lanczos of its own in the same
// arithmetic. Shares no code with any solver.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/solvers/eigen_solver.hpp"

namespace balassa {

using Extended = long double;
using ExtendedVector = std::vector<Extended>;

Extended dot(std::span<const Extended> a, std::span<const Extended> b);

class ReferenceOperator {
 public:
  explicit ReferenceOperator(const SpectralProblem& problem);

  int locations() const { return static_cast<int>(diversity_.size()); }
  std::int64_t links() const { return static_cast<std::int64_t>(product_of_.size()); }  // of positive weight
  const ExtendedVector& diversity() const { return diversity_; }                        // [C] d_c; 0: takes no part
  const ExtendedVector& trivial() const { return trivial_; }                            // [C] q, A q = q, length 1
  void apply(std::span<const Extended> v, std::span<Extended> out) const;

  // Unit vectors, orthogonal to q and each other, that span with it the eigenspace of 1: none where M is connected.
  std::vector<ExtendedVector> component_axes() const;

 private:
  int products_ = 0;
  std::vector<std::int32_t> begin_, product_of_;  // [C + 1], [links] products of a location
  ExtendedVector diversity_, inverse_root_, trivial_, scale_;
  mutable ExtendedVector half_;
};

// What is known of the second eigenpair of a problem, beside the trivial 1.
struct KnownSpectrum {
  static constexpr Extended kNone = std::numeric_limits<Extended>::quiet_NaN();
  Extended lambda2 = kNone, below = kNone;  // the largest, and the largest that is smaller; NaN: there is none
  std::vector<ExtendedVector> axes;         // [multiplicity of lambda2][C] of A, orthonormal
  std::string source;                       // "closed form", "long double Lanczos, residual 1e-19"

  bool tied() const { return axes.size() > 1; }
  Extended lambda3() const { return tied() ? lambda2 : below; }
};

// By Lanczos with full reorthogonalisation, deflated anew for each pair, so that equal eigenvalues are found one by
// one; eigenvalues within 1e-16 of each other are one. Residuals are at most 1e-17 unless `source` says otherwise.
KnownSpectrum solve_reference(const ReferenceOperator& a);

// The leading `count` pairs without the trivial one, in fp64 to 1e-10: what a sweep knows of its baseline.
std::shared_ptr<const BasePairs> leading_pairs(const ReferenceOperator& a, int count);

}  // namespace balassa
