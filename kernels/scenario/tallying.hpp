// Step 10: the scenario adds itself to integer counters (SOLVERS 6). The teams of a device may share
// them, so each addition is a verb; only `worst` is a team's own.
#pragma once

#include <bit>

#include "kernels/scenario/typology.hpp"

namespace balassa::inline BALASSA_ISA {

// Column of a score histogram (tally.hpp). Beyond 8, exponent and first six bits of the mantissa number the bins of
// |x|; below -8 these are open at the end that is nearer to zero, hence the one that is taken off.
BALASSA_HD inline int score_column(double x) {
  const double scaled = (x - kScoreLow) * kScoreBinsPerUnit;
  if (scaled >= 0.0 && scaled < kScoreBins) return 1 + kBinsBeyond + static_cast<int>(scaled);
  constexpr int kDropped = 52 - std::countr_zero(unsigned{kBinsPerOctave});
  constexpr int kFirst = static_cast<int>(std::bit_cast<std::uint64_t>(-kScoreLow) >> kDropped);
  const std::uint64_t magnitude = std::bit_cast<std::uint64_t>(x < 0.0 ? -x : x) - (x < 0.0 ? 1 : 0);
  const int bin = static_cast<int>(magnitude >> kDropped) - kFirst, held = bin < kBinsBeyond ? bin : kBinsBeyond;
  return x < 0.0 ? kBinsBeyond - held : 1 + kBinsBeyond + kScoreBins + held;
}

// Adds q = round(x scale) and q^2, |x| <= kMomentLimit.
template <class Team>
BALASSA_HD void add_powers(Sum128& sum, Sum128& squares, double x, double scale) {
  const std::int64_t q = static_cast<std::int64_t>(x * scale + (x < 0.0 ? -0.5 : 0.5));
  const __int128 square = static_cast<__int128>(q) * q;
  Team::add_wide(&sum, {static_cast<std::uint64_t>(q), q < 0 ? -1 : 0});
  Team::add_wide(&squares, {static_cast<std::uint64_t>(square), static_cast<std::int64_t>(square >> 64)});
}

template <class Team>
BALASSA_HD void add_moment(Moments& m, double x) {
  Team::count(&m.count);
  if (x >= -kMomentLimit && x <= kMomentLimit) add_powers<Team>(m.sum, m.square, x, kMomentScale);
  Team::widen(&m.minimum, &m.maximum, x + 0.0);  // of 0 and -0 one, whichever came first
}

// Nearest integer of |x| < 2^51, by the constant 1.5 2^52 whose low bits then hold it; a form that vectorises.
BALASSA_HD inline std::int64_t rounded_integer(double x) {
  constexpr double kShift = 6755399441055744.0;
  return std::bit_cast<std::int64_t>(x + kShift) - std::bit_cast<std::int64_t>(kShift);
}

// Whether the square of a product's integer fits 64 bits; not so for NaN.
BALASSA_HD inline bool is_narrow(double x) {
  return x > -kNarrowLimit && x < kNarrowLimit;
}

// Quarter decades from 10^-16 up.
BALASSA_HD inline int log_bin(double x) {
  if (!(x > 1e-16)) return 0;
  const int bin = static_cast<int>((log_positive(x) * 0.43429448190325182765 - kLogLow) * kLogBinsPerUnit);
  return bin < 0 ? 0 : bin >= kLogBins ? kLogBins - 1 : bin;
}

template <class Team>
BALASSA_HD void tally_classes(Team& team, const StudyView& study, Workspace& work, const TallyView& tallies) {
  const int locations = study.locations, products = study.products, stride = study.padded_locations;
  const int quantiles = study.quantiles, splits = study.splits, cuts = study.cuts;
  const std::uint8_t* group = work.p1_group;
  for (int q = 0; q < quantiles; ++q) {
    std::uint64_t* count = tallies.in_p1 + static_cast<std::ptrdiff_t>(q) * products;
    team.for_each_free(products,
                       [=](int p) { Team::count(&count[p], std::uint64_t{in_p1_set(group[p], q, quantiles)}); });
  }
  const int groups = split_groups(splits), patterns = group_patterns(splits);
  const double* d = work.diversity;
  double *passed = work.cuts_passed(), *code = work.class_pattern();  // the latter: splits (cuts + 1) + cuts passed
  for (int q = 0; q < quantiles; ++q) {
    const double *share = work.share + static_cast<std::ptrdiff_t>(q) * stride,
                 *hhi = work.hhi + static_cast<std::ptrdiff_t>(q) * stride;
    // A pass per cut and per split, which vectorises over locations.
    team.for_each_free(locations, [=](int c) { passed[c] = 0.0; });
    for (int i = 0; i < cuts; ++i) {
      const double cut = study.cut[i];
      team.for_each_free(locations, [=](int c) { passed[c] += exceeds(hhi[c], cut) ? 1.0 : 0.0; });
    }
    for (int g = 0; g < groups; ++g) {
      team.for_each_free(locations, [=](int c) { code[c] = passed[c]; });
      for (int i = g * kSplitsPerGroup; i < splits && i < (g + 1) * kSplitsPerGroup; ++i) {
        const double split = work.split_value[q * splits + i], bit = (cuts + 1) * (1 << (i - g * kSplitsPerGroup));
        team.for_each_free(locations, [=](int c) { code[c] += exceeds(share[c], split) ? bit : 0.0; });
      }
      std::uint32_t* counts =
          tallies.class_pattern + (static_cast<std::ptrdiff_t>(q) * groups + g) * locations * patterns * (cuts + 1);
      team.for_each(locations, [=](int c) {
        if (d[c] > 0.0)
          Team::count(&counts[static_cast<std::ptrdiff_t>(c) * patterns * (cuts + 1) + static_cast<int>(code[c])]);
      });
    }
  }
}

template <class Team>
BALASSA_HD void tally(Team& team, const StudyView& study, std::uint64_t replicate, Workspace& work,
                      const TallyView& tallies) {
  const Outcome* outcome = work.outcome;
  const int locations = study.locations, products = study.products;
  const bool valid = outcome->validity == Validity::kValid;
  team.once([=] {
    Team::count(&tallies.validity[static_cast<int>(outcome->validity)]);
    if (!valid) return;
    Team::count(&tallies.certification[static_cast<int>(outcome->certification)]);
    if (outcome->rule_sign == 0)
      Team::count(&tallies.diagnostic[kSignUndefined]);
    else if (outcome->rule_sign != outcome->sign)
      Team::count(&tallies.diagnostic[kSignDisagree]);
    Team::count(&tallies.diagnostic[kAxisSwap], std::uint64_t{outcome->axis_swap});
    Team::count(&tallies.diagnostic[kGiantComponent], std::uint64_t{outcome->components > 1});
    Team::count(&tallies.log_residual[log_bin(outcome->residual)]);
    Team::count(&tallies.log_gap[log_bin(outcome->gap)]);
    Team::count(&tallies.participation[static_cast<int>(outcome->participation)]);
    const auto note = [=](Extreme of, double value) { keep_worse(of, tallies.worst[of], {value, replicate, true}); };
    note(kWorstResidual, outcome->residual);
    note(kWorstGap, outcome->gap);
    note(kWorstParticipation, outcome->participation);
  });
  const std::int32_t* rank = work.rank;
  const double *eci = work.eci, *pci = work.pci;
  // Counters lie far apart in large tables: a core asks for their lines before their turn.
  constexpr int kAheadCounters = 32;
  team.for_each_free(locations, [=](int c) {
    const int later = c + kAheadCounters;
    if (Team::kAlone && valid && later < locations) {
      Team::Product::prefetch(&tallies.rank[static_cast<std::ptrdiff_t>(later) * (locations + 1) + rank[later]]);
      Team::Product::prefetch(
          &tallies.score[static_cast<std::ptrdiff_t>(later) * kScoreStride + score_column(eci[later])]);
    }
    const int r = valid ? rank[c] : 0;
    Team::count(&tallies.rank[static_cast<std::ptrdiff_t>(c) * (locations + 1) + r]);
    if (r == 0) return;
    Team::count(&tallies.score[static_cast<std::ptrdiff_t>(c) * kScoreStride + score_column(eci[c])]);
    add_moment<Team>(tallies.score_moments[c], eci[c]);
  });
  if (!valid) {
    team.barrier();
    return;
  }
  if (tallies.product_score != nullptr) {
    const ProductMoments m = tallies.product_moments;
    team.for_each_free(products, [=](int p) {
      const double x = pci[p];
      const std::int64_t q = rounded_integer(is_narrow(x) ? x * kProductScale : 0.0);
      const std::uint64_t square = static_cast<std::uint64_t>(q) * static_cast<std::uint64_t>(q);
      Team::count(&m.sum[p], q);
      Team::count(&m.square_low[p], static_cast<std::int64_t>(square & 0xFFFFFFFFu));
      Team::count(&m.square_high[p], static_cast<std::int64_t>(square >> 32));
      Team::widen(&m.minimum[p], &m.maximum[p], x + 0.0);
    });
    std::int32_t* column = work.scratch_index;
    std::uint32_t* counts = tallies.product_score;
    team.for_each_free(products, [=](int p) { column[p] = score_column(pci[p]); });
    team.for_each_free(products, [=](int p) {
      const int later = p + kAheadCounters;
      if (Team::kAlone && later < products)
        Team::Product::prefetch(&counts[static_cast<std::ptrdiff_t>(later) * kScoreStride + column[later]]);
      const double x = pci[p];
      if (x != x) return;
      Team::count(&counts[static_cast<std::ptrdiff_t>(p) * kScoreStride + column[p]]);
      if (!is_narrow(x) && x >= -kMomentLimit && x <= kMomentLimit)
        add_powers<Team>(m.wide_sum[p], m.wide_square[p], x, kProductScale);
    });
  }
  team.barrier();
  if (study.quantiles > 0) tally_classes(team, study, work, tallies);
}

}  // namespace balassa::inline BALASSA_ISA
