#include "kernels/cuda/batch_plan.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels/cuda/batch.hpp"
#include "kernels/cuda/choices.hpp"
#include "kernels/resident/resident_year.hpp"
#include "kernels/resident/tally_layout.hpp"

namespace balassa {
namespace {

std::string gigabytes(std::size_t bytes) {
  const std::size_t tenths = (bytes + 99'999'999) / 100'000'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

}  // namespace

std::size_t draw_words_needed(const StudyView& view, int panel_items) {
  return static_cast<std::size_t>(padded(std::max({view.locations, view.products, panel_items})) + kTile);
}

BatchNeed batch_need(const StudyView& view, const Placement& placement, int panel_items, bool product_tallies,
                     std::size_t lock_step_bytes) {
  const std::size_t c = static_cast<std::size_t>(view.padded_locations),
                    p = static_cast<std::size_t>(view.padded_products);
  const auto slow_bytes = [&](const Placement& of) {
    Arena fast, slow;
    carve_workspace(fast, slow, of, view.locations, view.products, view.quantiles);
    if (view.resampling.draws.cell_noise) carve_noise(slow, view);
    return (slow.used() + 255) / 256 * 256;
  };
  BatchNeed need;
  need.slow_bytes = slow_bytes(placement);
  need.replay_bytes = slow_bytes({0, 2});
  Arena tallies;
  carve_tallies(tallies, view, product_tallies);
  constexpr std::size_t kAlignment = 64 * 64;  // of the pieces of one allocation
  need.resident = ResidentYear::bytes(view.locations, view.products) + 3 * c / 32 * p * 4 + (c + p) * 64 +
                  tallies.used() + need.replay_bytes + lock_step_bytes + draw_words_needed(view, panel_items) * 4 +
                  kAlignment;
  need.per_block = need.slow_bytes + draw_words_needed(view, panel_items) * 4 + 3 * sizeof(Worst);
  const std::size_t of_locations = view.resampling.draws.location_weights ? c * 4 + p * 8 : 0;
  need.per_replicate = 2 * (p * 4 + c * 8 + of_locations + (c + p) * 4);
  return need;
}

int likely_columns(const StudyView& view) {
  const Resampling& how = view.resampling;
  if (!how.draws.product_weights || how.weights == Weights::kBayesian) return view.padded_products;
  const double n = view.products, drawn = 1 - 1 / std::numbers::e;
  const double most = n * drawn + 6 * std::sqrt(n * drawn / std::numbers::e);
  return std::min(view.padded_products, padded(static_cast<int>(most) + 1));
}

namespace {

BlockShape shaped(const StudyView& view, std::size_t limit, int threads, int columns) {
  const Placement placement =
      plan_placement(view.locations, view.products, view.quantiles, limit, view.precision, columns);
  return {placement, workspace_bytes(placement, view.locations, view.products, view.quantiles).fast, threads};
}

}  // namespace

BlockShape plan_whole_block(const StudyView& view, std::size_t fast_limit) {
  return shaped(view, fast_limit, kScenarioThreads, 0);
}

BlockShape plan_block(const StudyView& view, std::size_t fast_limit, std::size_t shared_bytes,
                      std::size_t static_bytes) {
  const auto holds = [](const BlockShape& block, std::initializer_list<Piece> pieces) {
    return std::all_of(pieces.begin(), pieces.end(), [&](Piece piece) { return block.placement.has(piece); });
  };
  const std::size_t half = shared_bytes / 2 > static_bytes ? shared_bytes / 2 - static_bytes : 0,
                    of_two = std::min(half, fast_limit);
  const BlockShape small = shaped(view, of_two, kScenarioThreads / 2, 0);
  if (holds(small, {Piece::kBitsByProduct, Piece::kBitsByLocation})) return small;
  const int columns = likely_columns(view);
  if (chosen(Choice::kTwoBlocks) && columns < view.padded_products && view.precision != Precision::kDouble) {
    const BlockShape narrow = shaped(view, of_two, kScenarioThreads / 2, columns);
    if (holds(narrow, {Piece::kTableFp32, Piece::kBitsByProduct, Piece::kBitsByLocation, Piece::kProductFp32,
                       Piece::kLocationFp32}))
      return narrow;
  }
  return plan_whole_block(view, fast_limit);
}

BatchPlan fit_batch(const BatchNeed& need, int blocks_wanted, int each, std::size_t free_bytes) {
  BatchPlan plan;
  plan.need = need;
  if (free_bytes < need.resident) return plan;
  const std::size_t left = free_bytes - need.resident, at_least = need.per_block + need.per_replicate;
  plan.blocks = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(blocks_wanted), left / at_least));
  if (plan.blocks == 0) return plan;
  const std::size_t blocks = static_cast<std::size_t>(plan.blocks);
  plan.replicates = static_cast<unsigned>(std::min<std::size_t>(blocks * static_cast<std::size_t>(each),
                                                                (left - blocks * need.per_block) / need.per_replicate));
  return plan;
}

std::string memory_message(const std::string& device, const BatchNeed& need, std::size_t free_bytes) {
  return device + ": the study takes " + gigabytes(need.resident) + " and " +
         gigabytes(need.per_block + need.per_replicate) + " for one block of threads, but " + gigabytes(free_bytes) +
         " of its memory can be had; free some, leave out product_score in [output] tallies, or use --device cpu";
}

}  // namespace balassa
