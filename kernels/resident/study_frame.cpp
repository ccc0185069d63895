#include "kernels/resident/study_frame.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "kernels/base/philox.hpp"
#include "kernels/formulas/baskets.hpp"
#include "kernels/scenario/typology.hpp"

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Uniform on (-1, 1), a function of the location only, so that years and seeds share it; 0 in the padding. [Cp]
std::vector<double> location_noise(const ResidentYear& layout, Purpose purpose) {
  std::vector<double> noise(static_cast<std::size_t>(layout.padded_locations), 0.0);
  for (std::size_t c = 0; c < static_cast<std::size_t>(layout.locations); ++c) {
    const std::uint32_t item = static_cast<std::uint32_t>(layout.location_item[c]);
    noise[c] = (static_cast<double>(draw_block(0, 0, item / 4, purpose).word[item % 4]) + 0.5) * 0x1p-31 - 1.0;
  }
  return noise;
}

// Presence by RPOP (METHODS A1), bits by location [C / 32, P / 32, 32].
std::vector<std::uint32_t> rpop_presence(const Year& year, const ResidentYear& layout,
                                         const Specification& specification) {
  const std::size_t words = static_cast<std::size_t>(layout.padded_products / kTile), products = layout.products;
  std::vector<std::uint32_t> bits(static_cast<std::size_t>(layout.padded_locations) * words, 0);
  const double all = all_population(year);
  const bool above = specification.tie == TieRule::kAbove;
  for (std::size_t c = 0; c < year.population.size(); ++c) {
    std::uint32_t* row = bits.data() + c / kTile * words * kTile + c % kTile;
    for (std::size_t p = 0; p < products; ++p) {
      if (present_per_head(year.value[c * products + p], layout.product_total[p], year.population[c], all,
                           specification.rpop_threshold, above))
        row[p / kTile * kTile] |= 1u << (p % kTile);
    }
  }
  return bits;
}

}  // namespace

StudyView view_of(const CellStudy& study) {
  StudyView view{};
  if (study.arithmetic == Arithmetic::kGemm &&
      (study.resampling.recompute_presence || study.resampling.draws != Draws(Scheme::kProducts) ||
       study.precision != Precision::kCertified)) {
    throw std::invalid_argument("gemm arithmetic is for product weights on a fixed presence, certified");
  }
  if (study.specification.presence != Presence::kRca &&
      (study.resampling.draws.cell_noise || study.resampling.draws.location_weights)) {
    throw std::invalid_argument("presence by RPOP is for product weights alone");
  }
  view.specification = study.specification;
  view.resampling = study.resampling;
  view.precision = study.precision;
  view.arithmetic = study.arithmetic;
  view.turned = study.turned;
  view.p1_given = study.classes.p1_given;
  view.quantiles = study.classes.rules() == 0 ? 0 : static_cast<int>(study.classes.p1_sets());
  view.splits = static_cast<int>(study.classes.splits.size());
  view.cuts = static_cast<int>(study.classes.hhi_cuts.size());
  if (view.quantiles > kMaxQuantiles || view.splits > kMaxSplits || view.cuts > kMaxCuts) {
    throw std::invalid_argument("a class grid has at most " + std::to_string(kMaxQuantiles) + " P1 quantiles, " +
                                std::to_string(kMaxSplits) + " splits and " + std::to_string(kMaxCuts) + " HHI cuts");
  }
  std::copy_n(study.classes.quantiles.begin(), view.quantiles, view.quantile);
  std::copy(study.classes.splits.begin(), study.classes.splits.end(), view.split);
  std::copy(study.classes.hhi_cuts.begin(), study.classes.hhi_cuts.end(), view.cut);
  for (int q = 1; q < view.quantiles; ++q) {
    const Quantile &a = view.quantile[q - 1], &b = view.quantile[q];
    if (a.numerator * b.denominator >= b.numerator * a.denominator)
      throw std::invalid_argument("P1 quantiles must rise");
  }
  return view;
}

StudyFrame::StudyFrame(const CellStudy& of) : study(of), year(*of.year), layout(*of.year), view(view_of(of)) {
  start_noise = location_noise(layout, Purpose::kStartVector);
  probe = location_noise(layout, Purpose::kGapProbe);
  open();
}

void StudyFrame::become(const CellStudy& of) {
  const StudyView next = view_of(of);
  if (of.year != &year || next.resampling.draws != view.resampling.draws || next.arithmetic != view.arithmetic ||
      next.quantiles != view.quantiles || next.splits != view.splits || next.cuts != view.cuts ||
      next.p1_given != view.p1_given || of.product_tallies != study.product_tallies) {
    throw std::invalid_argument("a resident study can become one of the same year and shape only");
  }
  study = of;
  view = next;
  baseline = {};
  open();
}

void StudyFrame::open() {
  layout.attach(view);
  const std::size_t padded_c = static_cast<std::size_t>(view.padded_locations);
  start.assign(padded_c, 0.0);
  reference.assign(padded_c, 0.0);
  has_reference.assign(padded_c, 0);
  view.start = start.data();
  view.start_noise = start_noise.data();
  view.probe = probe.data();
  view.reference = reference.data();
  view.has_reference = has_reference.data();
  if (study.specification.presence != Presence::kRca) {
    rpop_by_location = rpop_presence(year, layout, study.specification);
    view.rpop_by_location = rpop_by_location.data();
  }
  align_with(study.reference);
}

void StudyFrame::align_with(const std::vector<double>& eci) {
  view.any_reference = false;
  for (std::size_t c = 0; c < eci.size(); ++c) {
    has_reference[c] = std::isnan(eci[c]) ? 0 : 1;
    reference[c] = std::isnan(eci[c]) ? 0.0 : eci[c];
    view.any_reference = view.any_reference || has_reference[c] != 0;
  }
}

StudyView StudyFrame::cold_view() const {
  StudyView cold = view;
  cold.has_start = cold.any_reference = false;
  if (cold.precision == Precision::kFast) cold.precision = Precision::kDouble;
  return cold;
}

void StudyFrame::take_baseline(ScenarioRecord found, const Workspace& work) {
  baseline = std::move(found);
  const std::size_t words =
      static_cast<std::size_t>(view.padded_locations / kTile) * static_cast<std::size_t>(view.padded_products);
  base_by_location.assign(work.block_location_full, work.block_location_full + words);
  base_by_product.assign(work.block_product_full, work.block_product_full + words);
  view.base_by_location = base_by_location.data();
  view.base_by_product = base_by_product.data();
  if (baseline.validity != Validity::kValid) return;
  for (std::size_t c = 0; c < baseline.eci.size(); ++c) start[c] = std::isnan(baseline.eci[c]) ? 0.0 : baseline.eci[c];
  view.has_start = true;
  if (study.reference.empty()) align_with(baseline.eci);
}

// Of the whole matrix, from its bits: the margins in the workspace are the giant component's where that is scored.
void StudyFrame::record_margins(const Workspace& work, ScenarioRecord& r) const {
  const BitMatrix m = work.by_location_full;
  const auto present = [m](int c, int p) {
    return (m.bits[(static_cast<std::ptrdiff_t>(c / kTile) * m.words + p / kTile) * kTile + c % kTile] >> (p % kTile)) &
           1u;
  };
  const auto location_weight = [&r](int c) {
    return r.location_weight.empty() ? 1 : r.location_weight[static_cast<std::size_t>(c)];
  };
  // A product that no drawn location has is not in the matrix.
  std::vector<std::uint8_t> had(static_cast<std::size_t>(view.products), 0);
  for (int c = 0; c < view.locations; ++c) {
    for (int p = 0; p < view.products && location_weight(c) > 0; ++p)
      had[static_cast<std::size_t>(p)] |= static_cast<std::uint8_t>(present(c, p));
  }
  for (int c = 0; c < view.locations; ++c) {
    std::int64_t diversity = 0, weighted = 0;
    for (int p = 0; p < view.products; ++p) {
      const bool counts = present(c, p) != 0 && had[static_cast<std::size_t>(p)] != 0;
      const std::int64_t weight = counts ? r.weight[static_cast<std::size_t>(p)] : 0;
      diversity += weight > 0 ? 1 : 0;
      weighted += weight;
    }
    r.diversity.push_back(diversity);
    r.weighted_diversity.push_back(weighted);
  }
  // Nor are locations without any drawn product.
  r.ubiquity.assign(static_cast<std::size_t>(view.products), 0);
  r.weighted_ubiquity.assign(r.location_weight.empty() ? 0 : static_cast<std::size_t>(view.products), 0);
  for (int c = 0; c < view.locations; ++c) {
    const std::int64_t weight = location_weight(c);
    if (r.diversity[static_cast<std::size_t>(c)] == 0 || weight == 0) continue;
    for (int p = 0; p < view.products; ++p) {
      r.ubiquity[static_cast<std::size_t>(p)] += present(c, p);
      if (!r.location_weight.empty()) r.weighted_ubiquity[static_cast<std::size_t>(p)] += present(c, p) * weight;
    }
  }
}

ScenarioRecord StudyFrame::record(const Workspace& work, const std::int32_t* weight,
                                  const std::int32_t* location_weight, std::uint64_t replicate) const {
  const Outcome& outcome = *work.outcome;
  const std::size_t c_count = static_cast<std::size_t>(view.locations),
                    p_count = static_cast<std::size_t>(view.products);
  const bool valid = outcome.validity == Validity::kValid;
  ScenarioRecord r;
  r.replicate = replicate;
  r.validity = outcome.validity;
  r.certification = outcome.certification;
  r.components = outcome.components;
  r.lambda2 = outcome.lambda2;
  r.lambda3 = outcome.lambda3;
  r.residual = outcome.residual;
  r.gap = outcome.gap;
  r.lambda3_found = outcome.lambda3_found;
  r.participation = outcome.participation;
  r.axis_swap = outcome.axis_swap;
  r.corr_eci_diversity = outcome.corr_diversity;
  r.corr_pci_ubiquity = outcome.corr_ubiquity;
  r.corr_reflection = outcome.corr_reflection;
  r.votes = outcome.votes;
  r.sign = outcome.sign;
  r.rule_sign = outcome.rule_sign;
  r.turned = view.turned ? 1 : 0;
  r.weight.assign(weight, weight + p_count);
  if (location_weight != nullptr) r.location_weight.assign(location_weight, location_weight + c_count);
  record_margins(work, r);
  r.eci.assign(c_count, kNan);
  r.pci.assign(p_count, kNan);
  r.rank.assign(c_count, 0);
  const std::size_t quantiles = static_cast<std::size_t>(view.quantiles),
                    splits = static_cast<std::size_t>(view.splits), cuts = static_cast<std::size_t>(view.cuts);
  r.share.assign(quantiles * c_count, kNan);
  r.hhi_p1.assign(quantiles * c_count, kNan);
  r.split_value.assign(quantiles * splits, kNan);
  r.in_p1.assign(quantiles * p_count, 0);
  r.location_class.assign(quantiles * splits * cuts * c_count, 255);
  if (!valid) return r;
  r.eci.assign(work.eci, work.eci + c_count);
  r.pci.assign(work.pci, work.pci + p_count);
  r.rank.assign(work.rank, work.rank + c_count);
  if (quantiles == 0) return r;
  r.split_value.assign(work.split_value, work.split_value + quantiles * splits);
  const std::size_t stride = static_cast<std::size_t>(view.padded_locations);
  for (std::size_t q = 0; q < quantiles; ++q) {
    for (std::size_t p = 0; p < p_count; ++p)
      r.in_p1[q * p_count + p] = in_p1_set(work.p1_group[p], static_cast<int>(q), view.quantiles) ? 1 : 0;
    for (std::size_t c = 0; c < c_count; ++c) {
      if (r.rank[c] == 0) continue;
      const double share = r.share[q * c_count + c] = work.share[q * stride + c];
      const double hhi = r.hhi_p1[q * c_count + c] = work.hhi[q * stride + c];
      for (std::size_t s = 0; s < splits; ++s) {
        for (std::size_t h = 0; h < cuts; ++h) {
          r.location_class[((q * splits + s) * cuts + h) * c_count + c] =
              static_cast<std::uint8_t>(class_of(share, r.split_value[q * splits + s], hhi, view.cut[h]));
        }
      }
    }
  }
  return r;
}

}  // namespace balassa
