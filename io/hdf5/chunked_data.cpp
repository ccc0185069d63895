#include "io/hdf5/chunked_data.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace balassa {
namespace {

using Extents = std::vector<std::size_t>;

// The next corner of a chunk within [first, last], the last axis fastest; false after the last one.
bool advance(Extents& corner, const Extents& first, const Extents& last, const Extents& step) {
  for (std::size_t axis = corner.size(); axis-- > 0;) {
    corner[axis] += step[axis];
    if (corner[axis] <= last[axis]) return true;
    corner[axis] = first[axis];
  }
  return false;
}

// Copies the box [low, high) of the dataset from a slab into a chunk. Both are row-major boxes with a corner.
void copy_box(const Extents& low, const Extents& high, const std::byte* slab, const Extents& slab_corner,
              const Extents& slab_extent, std::byte* chunk, const Extents& chunk_corner, const Extents& chunk_extent,
              std::size_t element) {
  const std::size_t axes = low.size();
  // The last axes that are whole in both are one run.
  std::size_t outer = axes, run = element;
  while (outer > 0) {
    --outer;
    run *= high[outer] - low[outer];
    if (high[outer] - low[outer] != slab_extent[outer] || slab_extent[outer] != chunk_extent[outer]) break;
  }
  const auto place = [axes](const Extents& at, const Extents& corner, const Extents& extent) {
    std::size_t number = 0;
    for (std::size_t axis = 0; axis < axes; ++axis) number = number * extent[axis] + at[axis] - corner[axis];
    return number;
  };
  const Extents one(outer, 1);
  const Extents first(low.begin(), low.begin() + static_cast<std::ptrdiff_t>(outer));
  Extents last(outer), at(first), full(low);
  for (std::size_t axis = 0; axis < outer; ++axis) last[axis] = high[axis] - 1;
  do {
    std::copy(at.begin(), at.end(), full.begin());
    std::memcpy(chunk + element * place(full, chunk_corner, chunk_extent),
                slab + element * place(full, slab_corner, slab_extent), run);
  } while (advance(at, first, last, one));
}

}  // namespace

ChunkedData::ChunkedData(std::size_t number, Extents shape, Extents chunk, ChunkFilters filters,
                         std::vector<std::byte> fill)
    : number_(number), shape_(std::move(shape)), chunk_(std::move(chunk)), filters_(filters), fill_(std::move(fill)) {
  if (shape_[0] == 0) shape_[0] = std::numeric_limits<std::size_t>::max() - chunk_[0];
  for (const std::size_t extent : chunk_) chunk_numbers_ *= extent;
}

std::size_t ChunkedData::numbers_in(const Extents& corner) const {
  std::size_t numbers = 1;
  for (std::size_t axis = 0; axis < chunk_.size(); ++axis)
    numbers *= std::min(chunk_[axis], shape_[axis] - corner[axis]);
  return numbers;
}

ChunkedData::Open ChunkedData::begin(const Extents& corner, bool whole, ChunkQueue& queue) const {
  Open open{queue.room(chunk_numbers_ * filters_.element), numbers_in(corner)};
  if (whole) return open;
  if (fill_.empty()) {
    std::fill(open.bytes.begin(), open.bytes.end(), std::byte{0});
  } else {
    for (std::size_t at = 0; at < open.bytes.size(); at += fill_.size())
      std::memcpy(open.bytes.data() + at, fill_.data(), fill_.size());
  }
  return open;
}

void ChunkedData::hand_on(const Extents& corner, std::vector<std::byte> bytes, ChunkQueue& queue) {
  queue.add({number_, corner, std::move(bytes), filters_, {}});
}

bool ChunkedData::write(const Extents& offset, const Extents& count, const std::byte* values, ChunkQueue& queue) {
  const std::size_t axes = shape_.size();
  Extents first(axes), last(axes), low(axes), high(axes);
  for (std::size_t axis = 0; axis < axes; ++axis) {
    if (count[axis] == 0) return true;
    first[axis] = offset[axis] / chunk_[axis] * chunk_[axis];
    last[axis] = offset[axis] + count[axis] - 1;
  }
  Extents corner = first;
  do {
    std::size_t numbers = 1;
    for (std::size_t axis = 0; axis < axes; ++axis) {
      low[axis] = std::max(offset[axis], corner[axis]);
      high[axis] = std::min(offset[axis] + count[axis], corner[axis] + chunk_[axis]);
      numbers *= high[axis] - low[axis];
    }
    auto found = open_.find(corner);
    if (found == open_.end()) found = open_.emplace(corner, begin(corner, numbers == chunk_numbers_, queue)).first;
    Open& open = found->second;
    if (numbers > open.left) return false;
    copy_box(low, high, values, offset, count, open.bytes.data(), corner, chunk_, filters_.element);
    open.left -= numbers;
    if (open.left > 0) continue;
    std::vector<std::byte> bytes = std::move(open.bytes);
    open_.erase(found);
    hand_on(corner, std::move(bytes), queue);
  } while (advance(corner, first, last, chunk_));
  return true;
}

void ChunkedData::finish(ChunkQueue& queue) {
  for (auto& [corner, open] : open_) hand_on(corner, std::move(open.bytes), queue);
  open_.clear();
}

}  // namespace balassa
