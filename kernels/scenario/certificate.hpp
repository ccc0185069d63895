// Step 9: is every rank and class decided? Every adjacent pair of scores must be a tie or distinct, and the P1 cut and
// each share and HHI against its cut apart, by more than twice their error bound (DESIGN, Certified; SOLVERS 5).
//
// Error bound of the eigenvector: sin angle <= residual / gap (Davis, Kahan 1970), trivial vector excluded exactly, the
// gap a bound too (gap.hpp); the
// scores come from one further application, which shrinks the error's other components by lambda_3 / lambda_2 < 1.
// So |dK_c| <= lambda_2 e / sqrt(d_c), e = residual / gap, and |dK_p| <= e sqrt(sum_{c in p} 1 / d_c) / k_p
// <= e / sqrt(k_p min d). Differences of standardised scores are those of raw ones times a common factor, so the raw
// ones are compared. Rounding adds less than kRounding of the vector's largest entry.
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

// Undecided pairs, cuts and cells; 0 = certified.
template <class Team>
BALASSA_ONE_COPY BALASSA_HD double count_undecided(Team& team, const StudyView& study, Workspace& work) {
  const Outcome* outcome = work.outcome;
  if (!(outcome->gap > 0.0)) return 1.0;
  const double e = outcome->residual / outcome->gap, lambda = outcome->lambda2;
  const double *k = work.raw, *d = work.diversity, *inv = work.inv_sqrt_d;
  const int rows = outcome->rows, locations = study.locations;
  const std::int32_t* order = work.order;
  const double largest_inv = team.largest(study.padded_locations, [=](int c) { return inv[c]; });
  // |K_c| <= lambda_2 / sqrt(d_c) and |K_p| <= 1 / sqrt(min d), the vector being a unit one.
  const double rounding = kRounding * lambda * largest_inv;
  const double tie = kTie * outcome->deviation;
  double undecided = team.template sums<1>(rows - 1, [=](int i, Sums<1>& s) {
    const int a = order[i], b = order[i + 1];
    const double larger = inv[a] > inv[b] ? inv[a] : inv[b];
    s[0] += pair_decided(k[a], k[b], tie, score_bound(lambda, e, larger, rounding)) ? 0.0 : 1.0;
  })[0];
  if (study.quantiles == 0) return undecided;
  const int quantiles = study.quantiles, stride = study.padded_locations;
  if (!study.p1_given) {
    // -PCI of the last product inside and the first outside; PCI = (K_p - m) / s, bounded with k_p >= 1.
    const double *cut = work.p1_cut, scale = study.specification.pci_scale == PciScale::kOwn
                                                 ? outcome->product_deviation
                                                 : outcome->deviation;
    const double bound = (e + kRounding) * largest_inv / scale;
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
