// Formulas of a pair of products by the locations that they share, or of a pair of locations by their products
// (METHODS B5): DenseMachine::pairs evaluates them on any machine. A new one is a struct here, its value_of, and its
// name in PairFormula.
#pragma once

#include <variant>

#include "kernels/base/hd.hpp"

namespace balassa {

// Neighbours of a pair: shared, of the first, of the second, and all that there are.
struct Pair {
  double shared, first, second, all;
};

struct Symmetric {  // the pair turned round gives the same
  static constexpr bool kSymmetric = true;
};
struct Directed {
  static constexpr bool kSymmetric = false;
};
struct DiscreteOfPair : Symmetric {};
struct AsymmetricOfPair : Directed {};
struct AssociationOfPair : Symmetric {};
struct CosineOfPair : Symmetric {};
struct JaccardOfPair : Symmetric {};
struct SharedOfPair : Symmetric {};        // the count itself
struct NestedOfPair : Directed {};         // of one with more neighbours and one with fewer: the share of the fewer
struct StableNestedOfPair : Symmetric {};  // the same whichever has more, or where neither has
using PairFormula = std::variant<DiscreteOfPair, AsymmetricOfPair, AssociationOfPair, CosineOfPair, JaccardOfPair,
                                 SharedOfPair, NestedOfPair, StableNestedOfPair>;

}  // namespace balassa

namespace balassa::inline BALASSA_ISA {

// min(P(a | b), P(b | a)).
BALASSA_HD inline double value_of(const DiscreteOfPair&, const Pair& x) {
  return x.shared / (x.first > x.second ? x.first : x.second);
}
// P(b | a).
BALASSA_HD inline double value_of(const AsymmetricOfPair&, const Pair& x) {
  return x.shared / x.first;
}
// Over what independent neighbours would share.
BALASSA_HD inline double value_of(const AssociationOfPair&, const Pair& x) {
  return x.shared * x.all / (x.first * x.second);
}
BALASSA_HD inline double value_of(const CosineOfPair&, const Pair& x) {
  return x.shared / __builtin_sqrt(x.first * x.second);
}
BALASSA_HD inline double value_of(const JaccardOfPair&, const Pair& x) {
  return x.shared / (x.first + x.second - x.shared);
}
BALASSA_HD inline double value_of(const SharedOfPair&, const Pair& x) {
  return x.shared;
}
BALASSA_HD inline double value_of(const NestedOfPair&, const Pair& x) {
  return x.first > x.second ? x.shared / x.second : 0.0;
}
BALASSA_HD inline double value_of(const StableNestedOfPair&, const Pair& x) {
  return x.shared / (x.first < x.second ? x.first : x.second);
}

}  // namespace balassa::inline BALASSA_ISA
