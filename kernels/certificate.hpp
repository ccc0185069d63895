// Step 8: is every rank and class decided? Every adjacent pair of distinct scores, the P1 cut, and each share and HHI
// against its cut must be apart by more than twice their error bound (DESIGN, Certified; SOLVERS 5).
//
// Error bound of the eigenvector: sin angle <= residual / gap (Davis, Kahan 1970), trivial vector excluded exactly; the
// scores come from one further application, which shrinks the error's other components by lambda_3 / lambda_2 < 1.
// So |dK_c| <= lambda_2 e / sqrt(d_c), e = residual / gap, and |dK_p| <= e sqrt(sum_{c in p} 1 / d_c) / k_p
// <= e / sqrt(k_p min d). Differences of standardised scores are those of raw ones times a common factor, so the raw
// ones are compared. Rounding adds less than kRounding of the vector's largest entry.
#pragma once

#include "kernels/typology.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr double kRounding = 4e-15;        // of the largest |K|: canonical sums of < 2^13 terms, 5 roundings more
inline constexpr double kClassRounding = 1e-12;   // relative, of shares, HHI and splits: sums of < 2^13 products

BALASSA_HD inline bool apart(double a, double b, double bound) { return __builtin_fabs(a - b) > 2.0 * bound; }

// Undecided pairs, cuts and cells; 0 = certified.
template <class Team>
BALASSA_HD double count_undecided(Team& team, const StudyView& study, Workspace& work) {
  const Outcome* outcome = work.outcome;
  if (!(outcome->gap > 0.0)) return 1.0;
  const double e = outcome->residual / outcome->gap, lambda = outcome->lambda2;
  const double *k = work.raw, *kp = work.raw_product, *d = work.diversity, *u = work.ubiquity, *inv = work.inv_sqrt_d;
  const int rows = outcome->rows, columns = outcome->columns, locations = study.locations;
  const std::int32_t *order = work.order, *column = work.column;
  // Largest entries and the smallest diversity, by one member: a few hundred comparisons.
  double* shared = work.shared;
  team.once([=] {
    double largest = 0.0, largest_inv = 0.0, largest_product = 0.0;
    for (int c = 0; c < locations; ++c) {
      largest = __builtin_fabs(k[c]) > largest && d[c] > 0.0 ? __builtin_fabs(k[c]) : largest;
      largest_inv = inv[c] > largest_inv ? inv[c] : largest_inv;
    }
    for (int i = 0; i < columns; ++i) largest_product = __builtin_fabs(kp[i]) > largest_product ? __builtin_fabs(kp[i]) : largest_product;
    shared[8] = largest;
    shared[9] = largest_inv;
    shared[10] = largest_product;
  });
  const double rounding = kRounding * shared[8], largest_inv = shared[9], product_rounding = kRounding * shared[10];
  double undecided = team.template sums<1>(rows - 1, [=](int i, Sums<1>& s) {
    const int a = order[i], b = order[i + 1];
    if (k[a] == k[b]) return;  // identical rows: an exact tie
    const double larger = inv[a] > inv[b] ? inv[a] : inv[b];
    s[0] += apart(k[a], k[b], fused(lambda * e, larger, rounding)) ? 0.0 : 1.0;
  })[0];
  if (study.quantiles == 0) return undecided;
  const int quantiles = study.p1_given ? 1 : study.quantiles, stride = study.padded_locations;
  if (!study.p1_given) {
    // Lowest raw score inside each P1 set and highest outside, in the direction of the sign.
    const std::uint8_t* group = work.p1_group;
    const double sign = outcome->sign;
    double* edge = work.part;  // [quantiles, 2], free by now
    team.for_each(quantiles, [=](int g) {
      double inside = 1e300, outside = -1e300;
      int at = -1, beyond = -1;
      for (int i = 0; i < columns; ++i) {
        if (!(u[i] > 0.0)) continue;
        const double score = sign * kp[i];
        const std::uint8_t in = group[column[i]];
        if (in != 0 && in <= g + 1) {
          if (score < inside) inside = score, at = i;
        } else if (score > outside) {
          outside = score, beyond = i;
        }
      }
      edge[g] = 0.0;
      if (at < 0 || beyond < 0) return;
      const double fewer = u[at] < u[beyond] ? u[at] : u[beyond];
      const double bound = fused(e * largest_inv, 1.0 / __builtin_sqrt(fewer), product_rounding);
      edge[g] = apart(inside, outside, bound) ? 0.0 : 1.0;
    });
    undecided += team.template sums<1>(quantiles, [=](int g, Sums<1>& s) { s[0] += edge[g]; })[0];
  }
  const int splits = study.splits, cuts = study.cuts;
  const double *share = work.share, *hhi = work.hhi, *value = work.split_value;
  const StudyView view = study;
  undecided += team.template sums<1>(locations, [=](int c, Sums<1>& s) {
    if (!(d[c] > 0.0)) return;
    for (int q = 0; q < quantiles; ++q) {
      const double mine = share[q * stride + c], spread = hhi[q * stride + c];
      for (int i = 0; i < splits; ++i) {
        const double split = value[q * splits + i];
        // A location at the median is the median: the same number, by the definition of the strict comparison L.
        if (mine != split && !apart(mine, split, kClassRounding * (mine + split))) s[0] += 1.0;
      }
      for (int i = 0; i < cuts; ++i) {
        if (spread != view.cut[i] && !apart(spread, view.cut[i], kClassRounding * view.cut[i])) s[0] += 1.0;
      }
    }
  })[0];
  return undecided;
}

}  // namespace balassa::inline BALASSA_ISA
