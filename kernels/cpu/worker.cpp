#include "kernels/cpu/worker.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <memory>
#include <new>

namespace balassa {
namespace {

DrawSlots carve_slots(Arena& arena, const StudyView& view, int batch, int panel_locations, int panel_products) {
  const std::size_t c = static_cast<std::size_t>(view.padded_locations),
                    p = static_cast<std::size_t>(view.padded_products);
  const Draws draws = view.resampling.draws;
  const std::size_t slots = draws.cell_noise ? 1 : static_cast<std::size_t>(batch);
  const std::size_t panel = static_cast<std::size_t>(std::max(panel_locations, panel_products));
  DrawSlots s{};
  s.capacity = static_cast<int>(slots);
  s.panel_locations = panel_locations;
  s.panel_products = panel_products;
  s.weight = arena.take<std::int32_t>(slots * p);
  s.weight64 = arena.take<double>(slots * std::max(c, p));
  s.weight32 = arena.take<float>(slots * std::max(c, p));
  s.location_total = arena.take<double>(slots * c);
  s.grand_total = arena.take<double>(slots);
  s.word = arena.take<std::uint32_t>(std::max({c, p, panel}) + 8);
  if (draws.location_weights) {
    s.location_weight = arena.take<std::int32_t>(slots * c);
    s.product_total = arena.take<double>(slots * p);
  }
  if (draws.cell_noise) {
    s.noisy = arena.take<double>(p * c);
    s.noisy_location_total = arena.take<double>(c);
    s.noisy_product_total = arena.take<double>(p);
    if (draws.product_weights) s.raw_location_total = arena.take<double>(c);
    s.location_part = arena.take<double>(c);
    s.product_part = arena.take<double>(p);
  }
  return s;
}

// Zeroed, on huge pages where the system gives them: a scenario touches more small pages of the counters than the
// translation buffer holds.
MappedBlock block_of(std::size_t bytes) {
  const std::size_t whole = (bytes + kHugePage - 1) / kHugePage * kHugePage, mapped = whole + kHugePage;
  void* const start = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) throw std::bad_alloc();
  void* block = start;
  std::size_t room = mapped;
  std::align(kHugePage, whole, block, room);
  madvise(block, whole, MADV_HUGEPAGE);
  return {static_cast<std::byte*>(block), {start, mapped}};
}

}  // namespace

void Unmap::operator()(std::byte*) const {
  munmap(start, bytes);
}

Worker::Worker(const StudyView& view, const Year& year, int batch, bool product_tallies) {
  Arena measure;
  carve_workspace(measure, measure, {}, view.locations, view.products, view.quantiles);
  carve_slots(measure, view, batch, year.panel_locations, year.panel_products);
  scratch_block_ = block_of(measure.used());
  Arena place(scratch_block_.get());
  work_ = carve_workspace(place, place, {}, view.locations, view.products, view.quantiles);
  slots_ = carve_slots(place, view, batch, year.panel_locations, year.panel_products);

  Arena tally_measure;
  carve_tallies(tally_measure, view, product_tallies);
  tally_block_ = block_of(tally_measure.used());
  Arena tally_place(tally_block_.get());
  tallies_ = carve_tallies(tally_place, view, product_tallies);
  open_ranges(view.locations, view.products, tallies_);
}

std::size_t Worker::bytes(const StudyView& view, int panel_locations, int panel_products, int batch,
                          bool product_tallies) {
  Arena arena;
  carve_workspace(arena, arena, {}, view.locations, view.products, view.quantiles);
  carve_slots(arena, view, batch, panel_locations, panel_products);
  carve_tallies(arena, view, product_tallies);
  return arena.used();
}

void Worker::hand_over(const StudyView& view, Tallies& sum) {
  add_tallies(view, tallies_, sum);
  clear_tallies(tally_block_.get(), view, tallies_);
}

}  // namespace balassa
