// Step 6: sign, standardisation, and the sign statistics (METHODS A1.1.2, A1.2 finding 1, C0.3, C0.5, C0.8).
#pragma once

#include "kernels/formulas/scoring.hpp"
#include "kernels/scenario/team.hpp"

namespace balassa::inline BALASSA_ISA {

// corr(d, K) weighted by m_c = v_c d_c, the stationary vector of W (METHODS C0.8), and how many weights that are equal
// it is worth.
struct Reflection {
  double correlation, effective;
};
template <class Team>
BALASSA_HD Reflection reflection_of_weighted_rows(Team& team, const StudyView& study, const Draw& draw,
                                                  const Workspace& work) {
  const double *d = work.diversity, *k = work.raw;
  const std::int32_t* v = draw.location_weight;
  const auto first = team.template sums<4>(study.locations, [=](int c, Sums<4>& s) {
    if (!(d[c] > 0.0)) return;
    const double m = v[c] * d[c];
    s[0] += m;
    s[1] = fused(m, d[c], s[1]);
    s[2] = fused(m, k[c], s[2]);
    s[3] = fused(m, m, s[3]);
  });
  const auto second = team.template sums<3>(study.locations, [=](int c, Sums<3>& s) {
    if (!(d[c] > 0.0)) return;
    const double m = v[c] * d[c];
    s[0] = fused(m * d[c], d[c], s[0]);
    s[1] = fused(m * k[c], k[c], s[1]);
    s[2] = fused(m * d[c], k[c], s[2]);
  });
  return {correlation({.n = first[0], .a = first[1], .b = first[2], .aa = second[0], .bb = second[1], .ab = second[2]}),
          effective_number(first[0], first[3])};
}

// corr(diversity, K), corr(ubiquity, K_p), and corr(diversity, K) weighted by diversity, with their votes; all of the
// raw vectors, whose sign is arbitrary.
template <class Team>
BALASSA_HD void sign_statistics(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
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
  // Weighted by d: the sums of 1, d, K, d^2, K^2, dK become those of d, d^2, dK, d^3, dK^2, d^2 K.
  Reflection reflection{
      correlation({.n = first[0], .a = first[2], .b = first[3], .aa = second[2], .bb = second[3], .ab = second[1]}),
      effective_number(first[0], first[2])};
  if (draw.location_weight != nullptr) reflection = reflection_of_weighted_rows(team, study, draw, work);
  Outcome* outcome = work.outcome;
  team.once([=] {
    const double rows = outcome->rows, products = fourth[1];
    outcome->corr_diversity =
        correlation({.n = rows, .a = first[0], .b = first[1], .aa = first[2], .bb = second[0], .ab = first[3]});
    outcome->corr_ubiquity =
        correlation({.n = products, .a = third[0], .b = third[1], .aa = third[2], .bb = fourth[0], .ab = third[3]});
    outcome->corr_reflection = reflection.correlation;
    outcome->votes = sign_votes(outcome->corr_diversity, rows, outcome->corr_ubiquity, products, reflection.correlation,
                                reflection.effective);
  });
}

// The sign: that of sum_c (K_c - mean K)(ECI_c - mean ECI) over the locations common with the reference (METHODS C0.3);
// without one, or where that is 0, the rule corr(diversity, ECI) > 0, the reverse of it in a study that is turned;
// where that is undefined, sign_of_largest.
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
    outcome->sign = static_cast<std::int8_t>(turn * sign_of_largest(n, [=](int c) { return d[c] > 0.0 ? k[c] : 0.0; }));
  });
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
  team.for_each_free(study.padded_locations,
                     [=](int c) { eci[c] = c < n && d[c] > 0.0 ? standardised(k[c], location_scale, sign) : nan; });
  team.for_each(study.padded_products, [=](int p) { pci[p] = nan; });
  team.for_each(columns, [=](int i) {
    if (u[i] > 0.0) pci[column[i]] = standardised(kp[i], product_scale, sign);
  });
  Outcome* outcome = work.outcome;
  const double fewest = study.specification.min_participation;
  team.once([=] {
    outcome->mean = location_scale.mean;
    outcome->deviation = location_scale.deviation;
    outcome->product_deviation = product_scale.deviation;
    outcome->participation = s[1] * s[1] / s[2];
    outcome->validity = score_validity(location_scale.deviation, outcome->participation, fewest);
  });
}

template <class Team>
BALASSA_HD void scores(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  sign_statistics(team, study, draw, work);
  choose_sign(team, study, work);
  standardise(team, study, work);
}

}  // namespace balassa::inline BALASSA_ISA
