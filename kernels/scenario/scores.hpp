// Step 6: sign, standardisation, and the sign statistics (METHODS A1.1.2, A1.2 finding 1, C0.3, C0.5, C0.8).
#pragma once

#include "kernels/scenario/orientation.hpp"
#include "kernels/scenario/team.hpp"

namespace balassa::inline BALASSA_ISA {

// Correlation from the sums of 1, a, b, aa, bb, ab; 0 where a side is constant to rounding.
BALASSA_HD inline double correlation(double n, double a, double b, double aa, double bb, double ab) {
  const double va = aa - a * a / n, vb = bb - b * b / n;
  if (!(va > 1e-14 * aa) || !(vb > 1e-14 * bb)) return 0.0;
  const double r = (ab - a * b / n) / __builtin_sqrt(va * vb);
  return r > 1.0 ? 1.0 : r < -1.0 ? -1.0 : r;  // by rounding
}

// corr(diversity, K), corr(ubiquity, K_p), and corr(diversity, K) weighted by diversity, with their votes; all of the
// raw vectors, whose sign is arbitrary.
template <class Team>
BALASSA_HD void sign_statistics(Team& team, const StudyView& study, Workspace& work) {
  const double *d = work.diversity, *k = work.raw, *u = work.ubiquity, *kp = work.raw_product;
  const int n = study.locations, columns = work.outcome->columns;
  const auto first = team.template sums<4>(n, [=](int c, Sums<4>& s) {
    if (!(d[c] > 0.0)) return;
    s[0] += d[c];
    s[1] += k[c];
    s[2] = fused(d[c], d[c], s[2]);
    s[3] = fused(d[c], k[c], s[3]);
  });
  const auto second = team.template sums<4>(n, [=](int c, Sums<4>& s) {
    if (!(d[c] > 0.0)) return;
    s[0] = fused(k[c], k[c], s[0]);
    s[1] = fused(d[c] * d[c], k[c], s[1]);
    s[2] = fused(d[c] * d[c], d[c], s[2]);
    s[3] = fused(d[c] * k[c], k[c], s[3]);
  });
  const auto third = team.template sums<4>(columns, [=](int i, Sums<4>& s) {
    if (!(u[i] > 0.0)) return;
    s[0] += u[i];
    s[1] += kp[i];
    s[2] = fused(u[i], u[i], s[2]);
    s[3] = fused(u[i], kp[i], s[3]);
  });
  const auto fourth = team.template sums<2>(columns, [=](int i, Sums<2>& s) {
    if (!(u[i] > 0.0)) return;
    s[0] = fused(kp[i], kp[i], s[0]);
    s[1] += 1.0;
  });
  Outcome* outcome = work.outcome;
  team.once([=] {
    const double rows = outcome->rows, products = fourth[1];
    outcome->corr_diversity = correlation(rows, first[0], first[1], first[2], second[0], first[3]);
    outcome->corr_ubiquity = correlation(products, third[0], third[1], third[2], fourth[0], third[3]);
    // Weights d: the sums of 1, d, K, d^2, K^2, dK become those of d, d^2, dK, d^3, dK^2, d^2 K.
    outcome->corr_reflection = correlation(first[0], first[2], first[3], second[2], second[3], second[1]);
    outcome->votes = sign_votes(outcome->corr_diversity, rows, outcome->corr_ubiquity, products,
                                outcome->corr_reflection, first[0] * first[0] / first[2]);
  });
}

// The sign: that of sum_c (K_c - mean K)(ECI_c - mean ECI) over the locations common with the reference (METHODS C0.3);
// without one, or where that is 0, the rule corr(diversity, ECI) > 0, the reverse of it in a study that is turned;
// where that is undefined, the largest |score| positive.
template <class Team>
BALASSA_HD void choose_sign(Team& team, const StudyView& study, Workspace& work) {
  const double *d = work.diversity, *k = work.raw, *reference = study.reference;
  const std::uint8_t* has = study.has_reference;
  const int n = study.locations;
  double alignment = 0.0;
  if (study.any_reference) {
    const auto s = team.template sums<4>(n, [=](int c, Sums<4>& sum) {
      if (!(d[c] > 0.0) || has[c] == 0) return;
      sum[0] += 1.0;
      sum[1] += k[c];
      sum[2] += reference[c];
      sum[3] = fused(k[c], reference[c], sum[3]);
    });
    alignment = s[0] > 0.0 ? s[3] - s[1] * s[2] / s[0] : 0.0;
  }
  Outcome* outcome = work.outcome;
  const int turn = study.turned ? -1 : 1;
  team.once([=] {
    outcome->rule_sign = static_cast<std::int8_t>(turn * rule_sign(outcome->corr_diversity));
    if (alignment != 0.0) {
      outcome->sign = alignment > 0.0 ? 1 : -1;
      return;
    }
    outcome->sign = outcome->rule_sign;
    if (outcome->sign != 0) return;
    double largest = 0.0;
    for (int c = 0; c < n; ++c) {
      if (d[c] > 0.0 && __builtin_fabs(k[c]) > __builtin_fabs(largest)) largest = k[c];
    }
    outcome->sign = static_cast<std::int8_t>(largest >= 0.0 ? turn : -turn);
  });
}

// Mean and deviation over n values; how many rows Stata's long table gives each is `copies`.
struct Scale {
  double mean, deviation;
};
BALASSA_HD inline Scale scale_of(double n, double sum, double centred_square, Deviation rule, double copies) {
  double denominator = n;
  if (rule == Deviation::kSample) denominator = n - 1.0;
  if (rule == Deviation::kLongTable) denominator = (n * copies - 1.0) / copies;
  return {sum / n, __builtin_sqrt(centred_square / denominator)};
}

// ECI and PCI: by ECI's mean and deviation, or each by its own (FORMATS 5). NaN where there is none. Also the
// participation ratio (sum v^2)^2 / sum v^4 of the eigenvector (SOLVERS 5), and whether it is too low for scores.
template <class Team>
BALASSA_HD void standardise(Team& team, const StudyView& study, Workspace& work) {
  const double *d = work.diversity, *k = work.raw, *u = work.ubiquity, *kp = work.raw_product, *x = work.x;
  const int n = study.locations, columns = work.outcome->columns;
  const double nan = __builtin_nan("");
  const auto s = team.template sums<3>(n, [=](int c, Sums<3>& sum) {
    if (!(d[c] > 0.0)) return;
    sum[0] += k[c];
    const double square = x[c] * x[c];
    sum[1] += square;
    sum[2] = fused(square, square, sum[2]);
  });
  const double rows = work.outcome->rows, mean = s[0] / rows;
  const double centred = team.template sums<1>(n, [=](int c, Sums<1>& sum) {
    if (!(d[c] > 0.0)) return;
    sum[0] = fused(k[c] - mean, k[c] - mean, sum[0]);
  })[0];
  const auto product = team.template sums<2>(columns, [=](int i, Sums<2>& sum) {
    if (!(u[i] > 0.0)) return;
    sum[0] += kp[i];
    sum[1] += 1.0;
  });
  const double product_mean = product[0] / (product[1] > 0.0 ? product[1] : 1.0);
  const Deviation rule = study.specification.deviation;
  const Scale location_scale = scale_of(rows, s[0], centred, rule, product[1]);
  Scale product_scale = location_scale;
  if (study.specification.pci_scale == PciScale::kOwn) {
    const double product_centred = team.template sums<1>(columns, [=](int i, Sums<1>& sum) {
      if (!(u[i] > 0.0)) return;
      sum[0] = fused(kp[i] - product_mean, kp[i] - product_mean, sum[0]);
    })[0];
    product_scale = scale_of(product[1], product[0], product_centred, rule, rows);
  }
  const double sign = work.outcome->sign;
  double *eci = work.eci, *pci = work.pci;
  const std::int32_t* column = work.column;
  team.for_each_free(study.padded_locations, [=](int c) {
    eci[c] = c < n && d[c] > 0.0 ? sign * (k[c] - location_scale.mean) / location_scale.deviation : nan;
  });
  team.for_each(study.padded_products, [=](int p) { pci[p] = nan; });
  team.for_each(columns, [=](int i) {
    if (u[i] > 0.0) pci[column[i]] = sign * (kp[i] - product_scale.mean) / product_scale.deviation;
  });
  Outcome* outcome = work.outcome;
  const double fewest = study.specification.min_participation;
  team.once([=] {
    outcome->mean = location_scale.mean;
    outcome->deviation = location_scale.deviation;
    outcome->product_deviation = product_scale.deviation;
    outcome->participation = s[1] * s[1] / s[2];
    if (!(location_scale.deviation > 0.0))
      outcome->validity = Validity::kNoSignal;
    else if (outcome->participation < fewest)
      outcome->validity = Validity::kLocalised;
  });
}

template <class Team>
BALASSA_HD void scores(Team& team, const StudyView& study, Workspace& work) {
  sign_statistics(team, study, work);
  choose_sign(team, study, work);
  standardise(team, study, work);
}

}  // namespace balassa::inline BALASSA_ISA
