// The numbers of a chunked dataset on their way into whole chunks; io only.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "io/hdf5/chunk_queue.hpp"

namespace balassa {

// Collects hyperslabs until a chunk is full, and hands it to the queue. Where slabs come in the order of the file, a
// dataset has one row of chunks open at a time.
class ChunkedData {
 public:
  // `number`: of the dataset in the queue. `shape`: 0 on the first axis: it grows. `fill`: a number's bytes that stand
  // where nothing is written; empty: zeros.
  ChunkedData(std::size_t number, std::vector<std::size_t> shape, std::vector<std::size_t> chunk, ChunkFilters filters,
              std::vector<std::byte> fill);

  // Numbers of a hyperslab, row-major. Each number is written once; false where one was written before.
  bool write(const std::vector<std::size_t>& offset, const std::vector<std::size_t>& count, const std::byte* values,
             ChunkQueue& queue);
  // Hands on what is not full.
  void finish(ChunkQueue& queue);

 private:
  struct Open {
    std::vector<std::byte> bytes;
    std::size_t left = 0;  // numbers that are not written
  };
  // Of the chunk at `corner`, those that are in the dataset.
  std::size_t numbers_in(const std::vector<std::size_t>& corner) const;
  Open begin(const std::vector<std::size_t>& corner, bool whole, ChunkQueue& queue) const;
  void hand_on(const std::vector<std::size_t>& corner, std::vector<std::byte> bytes, ChunkQueue& queue);

  std::size_t number_;
  std::vector<std::size_t> shape_, chunk_;
  ChunkFilters filters_;
  std::vector<std::byte> fill_;
  std::size_t chunk_numbers_ = 1;
  std::map<std::vector<std::size_t>, Open> open_;  // by corner, in the order of the file
};

}  // namespace balassa
