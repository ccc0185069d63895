#include "kernels/cpu/worker.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace balassa {
namespace {

int tallied_quantiles(const StudyView& view) {
  return view.p1_given ? std::min(view.quantiles, 1) : view.quantiles;
}

std::size_t pattern_count(const StudyView& view) {
  return static_cast<std::size_t>(tallied_quantiles(view)) * static_cast<std::size_t>(split_groups(view.splits)) *
         static_cast<std::size_t>(view.locations) * static_cast<std::size_t>(group_patterns(view.splits)) *
         static_cast<std::size_t>(view.cuts + 1);
}

DrawSlots carve_slots(Arena& arena, const StudyView& view, int batch, int panel_locations, int panel_products) {
  const std::size_t c = static_cast<std::size_t>(view.padded_locations),
                    p = static_cast<std::size_t>(view.padded_products);
  const bool noise = view.resampling.scheme == Scheme::kNoise;
  const std::size_t slots = noise ? 1 : static_cast<std::size_t>(batch);
  DrawSlots s{};
  s.capacity = static_cast<int>(slots);
  s.panel_locations = panel_locations;
  s.panel_products = panel_products;
  s.weight = arena.take<std::int32_t>(slots * p);
  s.weight64 = arena.take<double>(slots * p);
  s.location_total = arena.take<double>(slots * c);
  s.grand_total = arena.take<double>(slots);
  s.word = arena.take<std::uint32_t>(std::max(p, static_cast<std::size_t>(panel_products)) + 8);
  if (noise) {
    s.noisy = arena.take<double>(p * c);
    s.noisy_product_total = arena.take<double>(p);
    s.location_part = arena.take<double>(c);
    s.product_part = arena.take<double>(p);
  }
  return s;
}

TallyView carve_tallies(Arena& arena, const StudyView& view, bool product_tallies) {
  const std::size_t c = static_cast<std::size_t>(view.locations), p = static_cast<std::size_t>(view.products);
  TallyView t{};
  t.validity = arena.take<std::uint64_t>(kValidityCount);
  t.certification = arena.take<std::uint64_t>(4);
  t.diagnostic = arena.take<std::uint64_t>(4);
  t.rank = arena.take<std::uint64_t>(c * (c + 1));
  t.score = arena.take<std::uint64_t>(c * kScoreStride);
  t.score_moments = arena.take<Moments>(c);
  if (product_tallies) {
    t.product_score = arena.take<std::uint32_t>(p * kScoreStride);
    t.product_moments = {arena.take<std::int64_t>(p), arena.take<std::int64_t>(p), arena.take<std::int64_t>(p),
                         arena.take<double>(p), arena.take<double>(p)};
  }
  t.in_p1 = arena.take<std::uint64_t>(static_cast<std::size_t>(tallied_quantiles(view)) * p);
  t.class_pattern = arena.take<std::uint32_t>(pattern_count(view));
  t.log_residual = arena.take<std::uint64_t>(kLogBins);
  t.log_gap = arena.take<std::uint64_t>(kLogBins);
  t.participation = arena.take<std::uint64_t>(c + 1);
  t.worst = arena.take<Worst>(3);
  return t;
}

// Zeroed, on huge pages where the system gives them: a scenario touches more small pages of the counters than the
// translation buffer holds.
std::byte* block_of(std::size_t bytes) {
  const std::size_t whole = (bytes + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
  auto* block = static_cast<std::byte*>(::operator new[](whole, std::align_val_t{kBlockAlignment}));
  madvise(block, whole, MADV_HUGEPAGE);
  std::memset(block, 0, bytes);
  return block;
}

template <class To, class From>
void add_counts(std::vector<To>& sum, const From* counts) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += counts[i];
}

// Rows kScoreStride apart to rows of kScoreColumns.
template <class From>
void add_histograms(std::vector<std::uint64_t>& sum, const From* counts) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += counts[i / kScoreColumns * kScoreStride + i % kScoreColumns];
}

void add_moments(std::vector<Moments>& sum, const Moments* part) {
  for (std::size_t i = 0; i < sum.size(); ++i) {
    sum[i].count += part[i].count;
    sum[i].sum.add(part[i].sum);
    sum[i].square.add(part[i].square);
    sum[i].minimum = std::min(sum[i].minimum, part[i].minimum);
    sum[i].maximum = std::max(sum[i].maximum, part[i].maximum);
  }
}

// Minima and maxima that any score replaces.
void open_ranges(const ProductMoments& m, int products) {
  if (m.count == nullptr) return;
  std::fill_n(m.minimum, products, Moments{}.minimum);
  std::fill_n(m.maximum, products, Moments{}.maximum);
}

// To the units of Moments: 2^-32, and 2^-64 for squares.
void add_product_moments(std::vector<Moments>& sum, const ProductMoments& part) {
  const auto wide = [](std::int64_t value, int shift) {
    const __int128 scaled = static_cast<__int128>(value) << shift;
    return Sum128{static_cast<std::uint64_t>(scaled), static_cast<std::int64_t>(scaled >> 64)};
  };
  for (std::size_t i = 0; i < sum.size(); ++i) {
    sum[i].count += static_cast<std::uint64_t>(part.count[i]);
    sum[i].sum.add(wide(part.sum[i], 8));
    sum[i].square.add(wide(part.square[i], 44));
    sum[i].minimum = std::min(sum[i].minimum, part.minimum[i]);
    sum[i].maximum = std::max(sum[i].maximum, part.maximum[i]);
  }
}

void add_worst(Worst& sum, const Worst& part, bool largest) {
  if (!part.any) return;
  const bool beyond = largest ? part.value > sum.value : part.value < sum.value;
  if (!sum.any || beyond || (part.value == sum.value && part.replicate < sum.replicate)) sum = part;
}

// Pattern counters to O, FO, L of every cell: S > split is a bit of the pattern, HHI > cut a column beyond the cut.
void add_classes(const StudyView& view, const std::uint32_t* pattern_counts, std::vector<std::uint64_t>& count) {
  const int quantiles = tallied_quantiles(view), groups = split_groups(view.splits),
            patterns = group_patterns(view.splits);
  const int columns = view.cuts + 1;
  for (int q = 0; q < quantiles; ++q) {
    for (int s = 0; s < view.splits; ++s) {
      for (int c = 0; c < view.locations; ++c) {
        const std::uint32_t* cells =
            pattern_counts +
            ((static_cast<std::ptrdiff_t>(q) * groups + s / kSplitsPerGroup) * view.locations + c) * patterns * columns;
        for (int h = 0; h < view.cuts; ++h) {
          std::uint64_t of[3] = {0, 0, 0};
          for (int pattern = 0; pattern < patterns; ++pattern) {
            const bool beyond_split = ((pattern >> (s % kSplitsPerGroup)) & 1) != 0;
            for (int passed = 0; passed < columns; ++passed) {
              of[!beyond_split ? 2 : passed > h ? 0 : 1] += cells[pattern * columns + passed];
            }
          }
          std::uint64_t* out =
              count.data() +
              (((static_cast<std::size_t>(q) * static_cast<std::size_t>(view.splits) + static_cast<std::size_t>(s)) *
                    static_cast<std::size_t>(view.cuts) +
                static_cast<std::size_t>(h)) *
                   static_cast<std::size_t>(view.locations) +
               static_cast<std::size_t>(c)) *
                  3;
          for (int k = 0; k < 3; ++k) out[k] += of[k];
        }
      }
    }
  }
}

}  // namespace

Tallies shaped_tallies(const StudyView& view, bool product_tallies) {
  const std::size_t c = static_cast<std::size_t>(view.locations), p = static_cast<std::size_t>(view.products);
  const std::size_t q = static_cast<std::size_t>(tallied_quantiles(view));
  Tallies t;
  t.validity.assign(kValidityCount, 0);
  t.certification.assign(4, 0);
  t.rank.assign(c * (c + 1), 0);
  t.score.assign(c * kScoreColumns, 0);
  t.score_moments.assign(c, {});
  if (product_tallies) {
    t.product_score.assign(p * kScoreColumns, 0);
    t.product_moments.assign(p, {});
  }
  t.in_p1.assign(q * p, 0);
  t.class_count.assign(q * static_cast<std::size_t>(view.splits) * static_cast<std::size_t>(view.cuts) * c * 3, 0);
  t.log_residual.assign(kLogBins, 0);
  t.log_gap.assign(kLogBins, 0);
  t.participation.assign(c + 1, 0);
  return t;
}

Worker::Worker(const StudyView& view, const Year& year, int batch, bool product_tallies) {
  Arena measure;
  carve_workspace(measure, view.locations, view.products, view.quantiles);
  carve_slots(measure, view, batch, year.panel_locations, year.panel_products);
  scratch_block_.reset(block_of(measure.used()));
  Arena place(scratch_block_.get());
  work_ = carve_workspace(place, view.locations, view.products, view.quantiles);
  slots_ = carve_slots(place, view, batch, year.panel_locations, year.panel_products);

  Arena tally_measure;
  carve_tallies(tally_measure, view, product_tallies);
  tally_bytes_ = tally_measure.used();
  tally_block_.reset(block_of(tally_bytes_));
  Arena tally_place(tally_block_.get());
  tallies_ = carve_tallies(tally_place, view, product_tallies);
  std::fill_n(tallies_.score_moments, view.locations, Moments{});
  open_ranges(tallies_.product_moments, view.products);
}

std::size_t Worker::bytes(const StudyView& view, int panel_products, int batch, bool product_tallies) {
  Arena arena;
  carve_workspace(arena, view.locations, view.products, view.quantiles);
  carve_slots(arena, view, batch, 0, panel_products);
  carve_tallies(arena, view, product_tallies);
  return arena.used();
}

void Worker::hand_over(const StudyView& view, Tallies& sum) {
  add_counts(sum.validity, tallies_.validity);
  for (std::size_t i = 0; i < kValidityCount; ++i) sum.scenarios += tallies_.validity[i];
  add_counts(sum.certification, tallies_.certification);
  sum.sign_disagree += tallies_.diagnostic[0];
  sum.sign_undefined += tallies_.diagnostic[1];
  sum.axis_swap += tallies_.diagnostic[2];
  sum.giant_component += tallies_.diagnostic[3];
  add_counts(sum.rank, tallies_.rank);
  add_histograms(sum.score, tallies_.score);
  add_moments(sum.score_moments, tallies_.score_moments);
  add_histograms(sum.product_score, tallies_.product_score);
  add_product_moments(sum.product_moments, tallies_.product_moments);
  add_counts(sum.in_p1, tallies_.in_p1);
  add_classes(view, tallies_.class_pattern, sum.class_count);
  add_counts(sum.log_residual, tallies_.log_residual);
  add_counts(sum.log_gap, tallies_.log_gap);
  add_counts(sum.participation, tallies_.participation);
  add_worst(sum.worst_residual, tallies_.worst[0], true);
  add_worst(sum.worst_gap, tallies_.worst[1], false);
  add_worst(sum.worst_participation, tallies_.worst[2], false);
  std::memset(tally_block_.get(), 0, tally_bytes_);
  std::fill_n(tallies_.score_moments, view.locations, Moments{});
  open_ranges(tallies_.product_moments, view.products);
}

}  // namespace balassa
