// Where a worker's counters lie, and how they are added to a study's tallies; the same for every device.
#pragma once

#include "kernels/base/workspace.hpp"

namespace balassa {

// The most replicates that one set of counters takes between two hand-overs, so that none overflows.
inline constexpr std::uint64_t kMostBetweenHandovers = 1ull << 28;

// Carves the counters of a study, histograms last; the same calls measure and place. They start as zero bytes with open
// ranges.
TallyView carve_tallies(Arena& arena, const StudyView& view, bool product_tallies);

// Minima and maxima that any score replaces.
void open_ranges(int locations, int products, const TallyView& tallies);

// Back to zero with open ranges. Of the histograms only what lies between a row's extremes is touched, so that a worker
// pays for the columns that it used.
void clear_tallies(std::byte* block, const StudyView& view, const TallyView& tallies);

TallyShape shape_of(const StudyView& view, bool product_tallies);

// Adds a worker's counters to `sum` (shaped).
void add_tallies(const StudyView& view, const TallyView& tallies, Tallies& sum);

// Adds one more team's worst[kExtremes] alone.
void add_worst(const Worst* worst, Tallies& sum);

}  // namespace balassa
