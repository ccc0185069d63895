// ECI and PCI with their sign, scale and certificate, and why a year has none (METHODS A1, C0.6).
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernels/base/canonical_sum.hpp"
#include "kernels/formulas/scoring.hpp"
#include "kernels/measures/measure_context.hpp"
#include "kernels/scenario/certificate.hpp"

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kEigenvalueError = 1e-13;  // of LAPACK's and cuSOLVER's: some n eps, |A| = 1

// What the correlation of a and b under weights is made of.
PairSums pair_sums(std::span<const double> weight, std::span<const double> a, std::span<const double> b) {
  const auto sum = [&](auto term) {
    return canonical_sum(a.size(), [&](std::size_t i) { return weight[i] * term(a[i], b[i]); });
  };
  return {.n = sum([](double, double) { return 1.0; }),
          .a = sum([](double x, double) { return x; }),
          .b = sum([](double, double y) { return y; }),
          .aa = sum([](double x, double) { return x * x; }),
          .bb = sum([](double, double y) { return y * y; }),
          .ab = sum([](double x, double y) { return x * y; })};
}

Scale scale_of(std::span<const double> score, Deviation rule, int copies) {
  const std::size_t n = score.size();
  const double count = static_cast<double>(n), sum = canonical_sum(n, [&](std::size_t i) { return score[i]; }),
               mean = sum / count;
  const double square = canonical_sum(n, [&](std::size_t i) { return (score[i] - mean) * (score[i] - mean); });
  return scale_of(count, sum, square, rule, copies);
}

// The three sign statistics of the raw vectors (METHODS A1.2, C0.8), and the sign of the rule corr(diversity, ECI) > 0;
// where that is undefined, sign_of_largest. The reverse of it where `turned`.
int choose_sign(const BipartiteGraph& graph, const DenseSpectrum& spectrum, bool turned, YearMeasures& measures) {
  std::vector<double> diversity, ubiquity;
  for (int r = 0; r < graph.rows(); ++r) diversity.push_back(graph.diversity(r));
  for (int k = 0; k < graph.columns(); ++k) ubiquity.push_back(graph.ubiquity(k));
  const std::vector<double>& raw = spectrum.raw_location;
  const std::vector<double> locations(diversity.size(), 1.0), products(ubiquity.size(), 1.0);
  const PairSums by_location = pair_sums(locations, diversity, raw),
                 by_diversity = pair_sums(diversity, diversity, raw);
  const double corr_diversity = correlation(by_location), corr_reflection = correlation(by_diversity),
               corr_ubiquity = correlation(pair_sums(products, ubiquity, spectrum.raw_product));

  int sign = rule_sign(corr_diversity);
  measures.sign_undefined = sign == 0;
  if (measures.sign_undefined) sign = sign_of_largest(graph.rows(), [&](int r) { return raw[r]; });
  if (turned) sign = -sign;
  measures.turned = turned;
  // + 0.0: no -0 is printed.
  measures.corr_eci_diversity = sign * corr_diversity + 0.0;
  measures.corr_pci_ubiquity = sign * corr_ubiquity + 0.0;
  measures.corr_reflection = sign * corr_reflection + 0.0;
  measures.votes = sign_votes(measures.corr_eci_diversity, by_location.n, measures.corr_pci_ubiquity, graph.columns(),
                              measures.corr_reflection, effective_number(by_location.a, by_location.aa));
  measures.sign_ambiguous = sign_ambiguous(measures.votes, 1);
  return sign;
}

// Neighbours in rank that the error bound of their scores leaves open (certificate.hpp).
int undecided_pairs(const BipartiteGraph& graph, const DenseSpectrum& spectrum, double gap, double deviation) {
  std::vector<int> order(static_cast<std::size_t>(graph.rows()));
  std::iota(order.begin(), order.end(), 0);
  const std::vector<double>& raw = spectrum.raw_location;
  std::sort(order.begin(), order.end(), [&](int a, int b) { return raw[a] > raw[b]; });
  double least = graph.diversity(0);
  for (int r = 1; r < graph.rows(); ++r) least = std::min(least, graph.diversity(r));
  const double e = spectrum.residual / (gap - kEigenvalueError),
               rounding = kRounding * spectrum.lambda[1] / std::sqrt(least);
  int undecided = 0;
  for (std::size_t i = 1; i < order.size(); ++i) {
    const int a = order[i - 1], b = order[i];
    const double smaller = std::min(graph.diversity(a), graph.diversity(b));
    const double bound = score_bound(spectrum.lambda[1], e, 1 / std::sqrt(smaller), rounding);
    undecided += gap > kEigenvalueError && pair_decided(raw[a], raw[b], kTie * deviation, bound) ? 0 : 1;
  }
  return undecided;
}

void score(const BipartiteGraph& graph, const MeasureRequest& request, DenseMachine& machine, YearMeasures& measures) {
  const Specification& specification = request.specification;
  const DenseSpectrum spectrum = spectrum_from(graph, machine.leading_pairs(graph));
  measures.lambda = spectrum.lambda;
  measures.gap = spectrum.lambda[1] - spectrum.lambda[2];
  measures.residual = spectrum.residual;
  measures.validity = spectrum_validity(spectrum.lambda[1], spectrum.lambda[2]);
  if (measures.validity != Validity::kValid) return;
  const Scale location_scale = scale_of(spectrum.raw_location, specification.deviation, graph.columns());
  measures.validity = score_validity(location_scale.deviation, spectrum.participation, specification.min_participation);
  if (!has_axis(measures.validity)) return;
  const Scale product_scale = specification.pci_scale == PciScale::kEci
                                  ? location_scale
                                  : scale_of(spectrum.raw_product, specification.deviation, graph.rows());
  measures.participation = spectrum.participation;
  measures.undecided = undecided_pairs(graph, spectrum, measures.gap, location_scale.deviation);
  if (measures.validity != Validity::kValid) return;
  const int sign = choose_sign(graph, spectrum, request.turned, measures);
  for (int r = 0; r < graph.rows(); ++r) {
    measures.eci[graph.location[r]] = standardised(spectrum.raw_location[r], location_scale, sign);
  }
  for (int k = 0; k < graph.columns(); ++k) {
    measures.pci[graph.product[k]] = standardised(spectrum.raw_product[k], product_scale, sign);
  }
}

// Components before any solve; then the degenerate cases in the order of METHODS C0.6.
void score_if_defined(const BipartiteGraph& graph, const MeasureRequest& request, DenseMachine& machine,
                      YearMeasures& measures) {
  const Components components = connected_components(graph);
  measures.components = components.count;
  for (int r = 0; r < graph.rows(); ++r) measures.location_component[graph.location[r]] = components.of_row[r];
  if (too_small(graph.rows(), graph.columns())) {
    measures.validity = Validity::kTooSmall;
  } else if (components.count == 1) {
    score(graph, request, machine, measures);
  } else if (const auto giant = giant_component(graph, components);
             request.specification.disconnected == Disconnected::kGiant && giant) {
    if (too_small(giant->rows(), giant->columns()))
      measures.validity = Validity::kTooSmall;
    else
      score(*giant, request, machine, measures);
  } else {
    measures.validity = Validity::kDisconnected;
    // Each component has an eigenvalue 1 of its own: known without a solve.
    std::fill_n(measures.lambda.begin(), std::min(components.count, 4), 1.0);
  }
}

}  // namespace

void measure_complexity(MeasureContext& context) {
  YearMeasures& measures = context.measures;
  measures.eci.assign(static_cast<std::size_t>(context.year.locations), kNan);
  measures.pci.assign(static_cast<std::size_t>(context.year.products), kNan);
  measures.location_component.assign(static_cast<std::size_t>(context.year.locations), -1);
  measures.lambda.fill(kNan);
  measures.residual = measures.gap = measures.participation = kNan;
  measures.corr_eci_diversity = measures.corr_pci_ubiquity = measures.corr_reflection = kNan;
  score_if_defined(context.graph, context.request, context.machine, measures);
}

}  // namespace balassa
