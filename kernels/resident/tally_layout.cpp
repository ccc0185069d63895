#include "kernels/resident/tally_layout.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <utility>

#include "kernels/scenario/tallying.hpp"

namespace balassa {
namespace {

std::size_t pattern_count(const StudyView& view) {
  return static_cast<std::size_t>(view.quantiles) * static_cast<std::size_t>(split_groups(view.splits)) *
         static_cast<std::size_t>(view.locations) * static_cast<std::size_t>(group_patterns(view.splits)) *
         static_cast<std::size_t>(view.cuts + 1);
}

using Counts = std::vector<std::uint64_t>;
// The counters that a worker holds as the tallies do.
constexpr std::pair<std::uint64_t * TallyView::*, Counts Tallies::*> kWorkerCounts[] = {
    {&TallyView::validity, &Tallies::validity},
    {&TallyView::certification, &Tallies::certification},
    {&TallyView::rank, &Tallies::rank},
    {&TallyView::in_p1, &Tallies::in_p1},
    {&TallyView::log_residual, &Tallies::log_residual},
    {&TallyView::log_gap, &Tallies::log_gap},
    {&TallyView::participation, &Tallies::participation}};

const TallyFamily<Counts>& family_of(std::uint64_t* TallyView::*counters) {
  const auto held = std::find_if(std::begin(kWorkerCounts), std::end(kWorkerCounts),
                                 [&](const auto& row) { return row.first == counters; });
  return *std::find_if(std::begin(kTallyCounts), std::end(kTallyCounts),
                       [&](const auto& family) { return family.member == held->second; });
}

template <class To, class From>
void add_counts(std::vector<To>& sum, const From* counts) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += counts[i];
}

// Columns [first, end) of a row that may have counted, from its extremes.
struct Touched {
  int first, end;
};
Touched touched(double minimum, double maximum) {
  if (minimum > maximum) return {0, 0};
  return {score_column(minimum), score_column(maximum) + 1};
}
auto touched_by_location(const TallyView& tallies) {
  return [m = tallies.score_moments](int i) { return touched(m[i].minimum, m[i].maximum); };
}
auto touched_by_product(const TallyView& tallies) {
  return [m = tallies.product_moments](int i) { return touched(m.minimum[i], m.maximum[i]); };
}

// Dense rows, kScoreStride apart.
template <class From, class Range>
SparseHistograms sparse(int rows, const From* counts, Range range) {
  SparseHistograms result(0);
  std::size_t most = 0;
  for (int i = 0; i < rows; ++i) most += static_cast<std::size_t>(range(i).end - range(i).first);
  result.column.reserve(most);
  result.count.reserve(most);
  for (int i = 0; i < rows; ++i) {
    const From* row = counts + static_cast<std::ptrdiff_t>(i) * kScoreStride;
    const Touched columns = range(i);
    for (int k = columns.first; k < columns.end; ++k) {
      if (row[k] != 0) result.put(k, row[k]);
    }
    result.end_row();
  }
  return result;
}

template <class To, class Range>
void clear_histograms(int rows, To* counts, Range range) {
  for (int i = 0; i < rows; ++i) {
    const Touched columns = range(i);
    To* row = counts + static_cast<std::ptrdiff_t>(i) * kScoreStride;
    std::fill(row + columns.first, row + columns.end, To{0});
  }
}

void add_moments(std::vector<Moments>& sum, const Moments* part) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i].add(part[i]);
}

void add_product_moments(std::vector<Moments>& sum, const ProductMoments& part, const SparseHistograms& histograms) {
  const auto wide = [](__int128 value) {
    return Sum128{static_cast<std::uint64_t>(value), static_cast<std::int64_t>(value >> 64)};
  };
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const std::span<const std::uint64_t> counts = histograms.row(i).count;
    Moments of{std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}), part.wide_sum[i], part.wide_square[i],
               part.minimum[i], part.maximum[i]};
    of.sum.add(wide(part.sum[i]));
    of.square.add(wide((static_cast<__int128>(part.square_high[i]) << 32) + part.square_low[i]));
    sum[i].add(of);
  }
}

// What the pattern counters of a location say of split `bit` of its group and of HHI cut `cut`: O, F-O, L. S > split is
// a bit of the pattern, HHI > cut a number of cuts passed beyond it.
std::array<std::uint64_t, kLocationClasses> classes_in(const std::uint32_t* counts, int patterns, int cuts, int bit,
                                                       int cut) {
  std::array<std::uint64_t, kLocationClasses> of{};
  for (int pattern = 0; pattern < patterns; ++pattern) {
    for (int passed = 0; passed <= cuts; ++passed) {
      const LocationClass is = class_of(((pattern >> bit) & 1) != 0, passed > cut);
      of[static_cast<std::size_t>(is)] += counts[pattern * (cuts + 1) + passed];
    }
  }
  return of;
}

// `count` [q, s, h, C, 3]: the counters of every class rule in turn.
void add_classes(const StudyView& view, const std::uint32_t* pattern_counts, std::vector<std::uint64_t>& count) {
  const int groups = split_groups(view.splits), patterns = group_patterns(view.splits);
  const std::ptrdiff_t of_location = static_cast<std::ptrdiff_t>(patterns) * (view.cuts + 1);
  auto out = count.begin();
  const auto add_rule = [&](int quantile, int split, int cut) {
    const std::uint32_t* counts =
        pattern_counts + (quantile * groups + split / kSplitsPerGroup) * view.locations * of_location;
    for (int c = 0; c < view.locations; ++c, counts += of_location) {
      for (const std::uint64_t n : classes_in(counts, patterns, view.cuts, split % kSplitsPerGroup, cut)) *out++ += n;
    }
  };
  for (int q = 0; q < view.quantiles; ++q) {
    for (int s = 0; s < view.splits; ++s) {
      for (int h = 0; h < view.cuts; ++h) add_rule(q, s, h);
    }
  }
}

}  // namespace

TallyShape shape_of(const StudyView& view, bool product_tallies) {
  TallyShape shape;
  shape.locations = static_cast<std::size_t>(view.locations);
  shape.products = static_cast<std::size_t>(view.products);
  shape.scored_products = product_tallies ? shape.products : 0;
  shape.p1_sets = static_cast<std::size_t>(view.quantiles);
  shape.class_rules = shape.p1_sets * static_cast<std::size_t>(view.splits) * static_cast<std::size_t>(view.cuts);
  return shape;
}

TallyView carve_tallies(Arena& arena, const StudyView& view, bool product_tallies) {
  const TallyShape shape = shape_of(view, product_tallies);
  TallyView t{};
  const auto counts = [&](std::uint64_t* TallyView::*counters) {
    t.*counters = arena.take<std::uint64_t>(family_of(counters).size(shape));
  };
  counts(&TallyView::validity);
  counts(&TallyView::certification);
  t.diagnostic = arena.take<std::uint64_t>(kDiagnostics);
  counts(&TallyView::rank);
  t.score_moments = arena.take<Moments>(shape.locations);
  if (product_tallies) {
    const std::size_t p = shape.products;
    ProductMoments& m = t.product_moments;
    for (std::int64_t** words : {&m.sum, &m.square_low, &m.square_high}) *words = arena.take<std::int64_t>(p);
    for (Sum128** words : {&m.wide_sum, &m.wide_square}) *words = arena.take<Sum128>(p);
    for (double** extremes : {&m.minimum, &m.maximum}) *extremes = arena.take<double>(p);
  }
  counts(&TallyView::in_p1);
  t.class_pattern = arena.take<std::uint32_t>(pattern_count(view));
  counts(&TallyView::log_residual);
  counts(&TallyView::log_gap);
  counts(&TallyView::participation);
  t.worst = arena.take<Worst>(kExtremes);
  t.score = arena.take<std::uint64_t>(shape.locations * kScoreStride);
  if (product_tallies) t.product_score = arena.take<std::uint32_t>(shape.products * kScoreStride);
  return t;
}

void open_ranges(int locations, int products, const TallyView& tallies) {
  std::fill_n(tallies.score_moments, locations, Moments{});
  const ProductMoments& m = tallies.product_moments;
  if (m.sum == nullptr) return;
  std::fill_n(m.minimum, products, Moments{}.minimum);
  std::fill_n(m.maximum, products, Moments{}.maximum);
}

void clear_tallies(std::byte* block, const StudyView& view, const TallyView& tallies) {
  clear_histograms(view.locations, tallies.score, touched_by_location(tallies));
  if (tallies.product_score != nullptr)
    clear_histograms(view.products, tallies.product_score, touched_by_product(tallies));
  std::fill(block, reinterpret_cast<std::byte*>(tallies.score), std::byte{0});
  open_ranges(view.locations, view.products, tallies);
}

void add_tallies(const StudyView& view, const TallyView& tallies, Tallies& sum) {
  for (const auto& [counters, member] : kWorkerCounts) add_counts(sum.*member, tallies.*counters);
  for (std::size_t i = 0; i < kValidityCount; ++i) sum.scenarios += tallies.validity[i];
  for (int of = 0; of < kDiagnostics; ++of) sum.*kTallyScalars[1 + of].member += tallies.diagnostic[of];
  sum.score.add(sparse(view.locations, tallies.score, touched_by_location(tallies)));
  add_moments(sum.score_moments, tallies.score_moments);
  if (tallies.product_score != nullptr) {
    SparseHistograms histograms = sparse(view.products, tallies.product_score, touched_by_product(tallies));
    add_product_moments(sum.product_moments, tallies.product_moments, histograms);
    sum.product_score.add(std::move(histograms));
  }
  add_classes(view, tallies.class_pattern, sum.class_count);
  add_worst(tallies.worst, sum);
}

void add_worst(const Worst* worst, Tallies& sum) {
  for (int of = 0; of < kExtremes; ++of) keep_worse(static_cast<Extreme>(of), sum.*kTallyWorsts[of].member, worst[of]);
}

}  // namespace balassa
