// Step 9: is every rank and class decided? Every adjacent pair of scores must be a tie or distinct, and the P1 cut and
// each share and HHI against its cut apart, by more than twice their error bound (SOLVERS 5).
//
// Error bound of the eigenvector: sin angle <= residual / gap (Davis, Kahan 1970), trivial vector excluded exactly, the
// gap a bound too (gap.hpp); the
// scores come from one further application, which shrinks the error's other components by lambda_3 / lambda_2 < 1.
// So |dK_c| <= lambda_2 e / sqrt(d_c), e = residual / gap, and |dK_p| <= e sqrt(sum_{c in p} 1 / d_c) / k_p
// <= e / sqrt(k_p min d). Differences of standardised scores are those of raw ones times a common factor, so the raw
// ones are compared. Rounding adds less than kRounding of the vector's largest entry.
//
// Under location weights v a drawn location has |dK_c| <= lambda_2 e / sqrt(v_c d_c) likewise. Any location, drawn or
// projected, has K_c = s_c . B^T z / d_c, with B = V^1/2 D^-1/2 M S^1/2 and s_cp = M_cp (w_p / k_p)^1/2, so that A = B
// B^T. An error dz is orthogonal to the first two axes, hence |B^T dz| <= lambda_3^1/2 |dz| <= lambda_2^1/2 e, and
// |dK_c| <= (lambda_2 f_c)^1/2 e / d_c, f_c = |s_c|^2 = sum_p M_cp w_p / k_p (<= d_c / min k_p). The smaller of the two
// bounds holds: the first one is no use where v_c is next to nothing. And
// |dK_p| <= e sqrt(sum_{c in p} v_c / d_c) / k_p <= e / sqrt(k_p min d) as before, with the smallest k_p, and the
// smallest d of the drawn.
#pragma once

#include "kernels/scenario/typology.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr double kRounding = 4e-15;  // of the largest |K|: canonical sums of < 2^13 terms, 5 roundings more

BALASSA_HD inline bool apart(double a, double b, double bound) {
  return __builtin_fabs(a - b) > 2.0 * bound;
}

// Of |dK_c|, of an eigenvector within the angle e: lambda_2 e / sqrt(d_c), and rounding.
BALASSA_HD inline double score_bound(double lambda2, double e, double inv_sqrt_d, double rounding) {
  return fused(lambda2 * e, inv_sqrt_d, rounding);
}

// Whether neighbours in rank are decided: identical rows, an exact tie; or a tie or distinct beyond their bound.
BALASSA_HD inline bool pair_decided(double a, double b, double tie, double bound) {
  return a == b || apart(__builtin_fabs(a - b), tie, bound);
}

// Whether a share or HHI lies so near to a split or cut that rounding could make a tie of it, or not (typology.hpp).
BALASSA_HD inline bool near_tie(double a, double b) {
  const double distance = __builtin_fabs(a - b), rounding = kClassRounding * (a + b);
  return distance > 0.5 * rounding && distance < 2.0 * rounding;
}

// How far the scores can be from those of the axis, in units of the vector's error: |dK_c| <= lambda_2 e location[c],
// |dK_p| <= e product.
struct ErrorBounds {
  const double* location;  // [Cp]
  double largest_location, product;
};

template <class Team>
BALASSA_HD ErrorBounds error_bounds(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  const double* inv = work.row_inv_sqrt_d;
  if (draw.location_weight == nullptr) {
    const double largest = team.largest(study.padded_locations, [=](int c) { return inv[c]; });
    return {inv, largest, largest};  // k_p >= 1
  }
  const double *sqrt_d = work.sqrt_d, *feed = work.row_feed, *ubiquity = work.ubiquity;
  const double lambda = work.outcome->lambda2;
  double* bound = work.key;  // free between classes and the next scenario
  team.for_each(study.padded_locations, [=](int c) {
    const double projected = __builtin_sqrt(feed[c] / lambda) * inv[c] * inv[c],
                 drawn = sqrt_d[c] > 0.0 ? 1.0 / sqrt_d[c] : projected;
    bound[c] = drawn < projected ? drawn : projected;
  });
  const double largest_drawn =
      team.largest(study.padded_locations, [=](int c) { return sqrt_d[c] > 0.0 ? inv[c] : 0.0; });
  const double rarest =
      team.largest(work.outcome->columns, [=](int i) { return ubiquity[i] > 0.0 ? 1.0 / ubiquity[i] : 0.0; });
  return {bound, team.largest(study.padded_locations, [=](int c) { return bound[c]; }),
          largest_drawn * __builtin_sqrt(rarest)};
}

// Undecided pairs, cuts and cells; 0 = certified.
template <class Team>
BALASSA_ONE_COPY BALASSA_HD double count_undecided(Team& team, const StudyView& study, const Draw& draw,
                                                   Workspace& work) {
  const Outcome* outcome = work.outcome;
  if (!(outcome->gap > 0.0)) return 1.0;
  const double e = outcome->residual / outcome->gap, lambda = outcome->lambda2;
  const double *k = work.raw, *d = work.diversity;
  const int rows = outcome->rows, locations = study.locations;
  const std::int32_t* order = work.order;
  const ErrorBounds bounds = error_bounds(team, study, draw, work);
  const double* of_location = bounds.location;
  // |K_c| <= lambda_2 of_location and |K_p| <= its bound, the vector being a unit one.
  const double rounding = kRounding * lambda * bounds.largest_location;
  const double tie = kTie * outcome->deviation;
  double undecided = team.template sums<1>(rows - 1, [=](int i, Sums<1>& s) {
    const int a = order[i], b = order[i + 1];
    const double larger = of_location[a] > of_location[b] ? of_location[a] : of_location[b];
    s[0] += pair_decided(k[a], k[b], tie, score_bound(lambda, e, larger, rounding)) ? 0.0 : 1.0;
  })[0];
  if (study.quantiles == 0) return undecided;
  const int quantiles = study.quantiles, stride = study.padded_locations;
  if (!study.p1_given) {
    // -PCI of the last product inside and the first outside; PCI = (K_p - m) / s.
    const double *cut = work.p1_cut, scale = study.specification.pci_scale == PciScale::kOwn
                                                 ? outcome->product_deviation
                                                 : outcome->deviation;
    const double bound = (e + kRounding) * bounds.product / scale;
    const double* pci = work.pci;
    const int products = study.products;
    for (int g = 0; g < quantiles; ++g) {
      const double at = cut[2 * g];
      double inside = at, outside = cut[2 * g + 1], reach = 1e300;
      if (outside <= at + kTie) {
        // Ties at the cut went up together: the last of them, and the first beyond.
        reach = 1.0 + team.largest(products, [=](int p) { return __builtin_fabs(pci[p]); });
        inside = team.largest(products, [=](int p) { return -pci[p] <= at + kTie ? reach - pci[p] : 0.0; }) - reach;
        outside = reach - team.largest(products, [=](int p) { return -pci[p] > at + kTie ? reach + pci[p] : 0.0; });
      }
      const bool decided =
          (inside == at || apart(inside - at, kTie, bound)) && (outside >= reach || apart(outside - at, kTie, bound));
      undecided += decided ? 0.0 : 1.0;
    }
  }
  const int splits = study.splits, cuts = study.cuts;
  // Marks per location, one pass per split and cut.
  double* mark = work.near_cuts();
  for (int q = 0; q < quantiles; ++q) {
    const double *share = work.share + static_cast<std::ptrdiff_t>(q) * stride,
                 *hhi = work.hhi + static_cast<std::ptrdiff_t>(q) * stride;
    team.for_each_free(locations, [=](int c) { mark[c] = 0.0; });
    for (int i = 0; i < splits; ++i) {
      const double split = work.split_value[q * splits + i];
      team.for_each_free(locations, [=](int c) { mark[c] += near_tie(share[c], split) ? 1.0 : 0.0; });
    }
    for (int i = 0; i < cuts; ++i) {
      const double cut = study.cut[i];
      team.for_each_free(locations, [=](int c) { mark[c] += near_tie(hhi[c], cut) ? 1.0 : 0.0; });
    }
    team.barrier();
    undecided += team.template sums<1>(locations, [=](int c, Sums<1>& s) { s[0] += d[c] > 0.0 ? mark[c] : 0.0; })[0];
  }
  return undecided;
}

}  // namespace balassa::inline BALASSA_ISA
