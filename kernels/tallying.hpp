// Step 9: the scenario adds itself to integer counters (DESIGN, Tallies are integers).
#pragma once

#include "kernels/typology.hpp"

namespace balassa::inline BALASSA_ISA {

// Column of a score histogram: 0 below -8, 1 + floor((x + 8) 256), kScoreBins + 1 from 8 up.
BALASSA_HD inline int score_column(double x) {
  const double scaled = (x - kScoreLow) * kScoreBinsPerUnit;
  if (!(scaled >= 0.0)) return 0;
  return scaled >= kScoreBins ? kScoreBins + 1 : 1 + static_cast<int>(scaled);
}

BALASSA_HD inline void add_moment(Moments& m, double x) {
  const std::int64_t q = static_cast<std::int64_t>(x * kMomentScale + (x < 0.0 ? -0.5 : 0.5));
  const __int128 square = static_cast<__int128>(q) * q;
  ++m.count;
  m.sum.add({static_cast<std::uint64_t>(q), q < 0 ? -1 : 0});
  m.square.add({static_cast<std::uint64_t>(square), static_cast<std::int64_t>(square >> 64)});
  m.minimum = x < m.minimum ? x : m.minimum;
  m.maximum = x > m.maximum ? x : m.maximum;
}

// Quarter decades from 10^-16 up.
BALASSA_HD inline int log_bin(double x) {
  if (!(x > 1e-16)) return 0;
  const int bin = static_cast<int>((log_positive(x) * 0.43429448190325182765 - kLogLow) * kLogBinsPerUnit);
  return bin < 0 ? 0 : bin >= kLogBins ? kLogBins - 1 : bin;
}

// Keeps the extreme: the largest where `sense` > 0, else the smallest; ties to the smaller replicate.
BALASSA_HD inline void note_worst(Worst& worst, double value, std::uint64_t replicate, int sense) {
  const bool beyond = sense > 0 ? value > worst.value : value < worst.value;
  if (!worst.any || beyond || (value == worst.value && replicate < worst.replicate)) worst = {value, replicate, true};
}

template <class Team>
BALASSA_HD void tally_classes(Team& team, const StudyView& study, Workspace& work, const TallyView& tallies) {
  const int locations = study.locations, products = study.products, stride = study.padded_locations;
  const int quantiles = study.p1_given ? 1 : study.quantiles, splits = study.splits, cuts = study.cuts;
  const std::uint8_t* group = work.p1_group;
  team.for_each_free(products, [=](int p) {
    for (int g = group[p]; g != 0 && g <= quantiles; ++g) ++tallies.in_p1[static_cast<std::ptrdiff_t>(quantiles - g) * products + p];
  });
  const int groups = split_groups(splits), patterns = group_patterns(splits);
  const double *share = work.share, *hhi = work.hhi, *value = work.split_value, *d = work.diversity;
  const StudyView view = study;
  team.for_each(locations, [=](int c) {
    if (!(d[c] > 0.0)) return;
    for (int q = 0; q < quantiles; ++q) {
      const double mine = share[q * stride + c], spread = hhi[q * stride + c];
      int passed = 0;
      for (int i = 0; i < cuts; ++i) passed += spread > view.cut[i] ? 1 : 0;
      for (int g = 0; g < groups; ++g) {
        int pattern = 0;
        for (int i = g * kSplitsPerGroup; i < splits && i < (g + 1) * kSplitsPerGroup; ++i) {
          pattern |= (mine > value[q * splits + i] ? 1 : 0) << (i - g * kSplitsPerGroup);
        }
        ++tallies.class_pattern[(((static_cast<std::ptrdiff_t>(q) * groups + g) * locations + c) * patterns + pattern) * (cuts + 1) + passed];
      }
    }
  });
}

template <class Team>
BALASSA_HD void tally(Team& team, const StudyView& study, std::uint64_t replicate, Workspace& work, const TallyView& tallies) {
  const Outcome* outcome = work.outcome;
  const int locations = study.locations, products = study.products;
  const bool valid = outcome->validity == Validity::kValid;
  team.once([=] {
    ++tallies.validity[static_cast<int>(outcome->validity)];
    if (!valid) return;
    ++tallies.certification[static_cast<int>(outcome->certification)];
    if (outcome->rule_sign == 0) ++tallies.signs[1];
    else if (outcome->rule_sign != outcome->sign) ++tallies.signs[0];
    tallies.signs[2] += outcome->axis_swap;
    ++tallies.log_residual[log_bin(outcome->residual)];
    ++tallies.log_gap[log_bin(outcome->gap)];
    ++tallies.participation[static_cast<int>(outcome->participation)];
    note_worst(tallies.worst[0], outcome->residual, replicate, 1);
    note_worst(tallies.worst[1], outcome->gap, replicate, -1);
    note_worst(tallies.worst[2], outcome->participation, replicate, -1);
  });
  const std::int32_t* rank = work.rank;
  const double *eci = work.eci, *pci = work.pci;
  team.for_each_free(locations, [=](int c) {
    const int r = valid ? rank[c] : 0;
    ++tallies.rank[static_cast<std::ptrdiff_t>(c) * (locations + 1) + r];
    if (r == 0) return;
    ++tallies.score[static_cast<std::ptrdiff_t>(c) * kScoreColumns + score_column(eci[c])];
    add_moment(tallies.score_moments[c], eci[c]);
  });
  if (!valid) {
    team.barrier();
    return;
  }
  if (tallies.product_score != nullptr) {
    team.for_each_free(products, [=](int p) {
      if (pci[p] != pci[p]) return;
      ++tallies.product_score[static_cast<std::ptrdiff_t>(p) * kScoreColumns + score_column(pci[p])];
      add_moment(tallies.product_moments[p], pci[p]);
    });
  }
  team.barrier();
  if (study.quantiles > 0) tally_classes(team, study, work, tallies);
}

}  // namespace balassa::inline BALASSA_ISA
