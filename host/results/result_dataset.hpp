// One dataset of a result file, as a row of a table: its place, its shape, what it means, and where its numbers come
// from. The rows of a file drive its creation, its writing and the estimate of its size: a new dataset is a new row.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "io/hdf5/result_file.hpp"

namespace balassa {

// `Source`: what one part of the file is written from - a cell of a sweep, a year of measures. Parts lie one after the
// other on the leading axes; `dimensions` are those of a part.
template <class Source>
struct ResultDataset {
  std::string name;
  std::vector<std::string> dimensions;
  std::size_t element_bytes = 0;
  // Makes it on all axes of the file.
  std::function<void(ResultFile&, const std::vector<std::string>& all_dimensions, Storage)> begin;
  // Writes one part, a slab of the file.
  std::function<void(ResultFile&, const std::vector<std::size_t>& offset, const std::vector<std::size_t>& count,
                     const Source&)>
      write;
  // Where it is written, other than in the order of the rows: before that dataset. HDF5 gives a chunk its place in the
  // file when it leaves memory, so this is a matter of bytes, not of meaning.
  std::string written_before;
};

// Indices of rows in the order in which a part is written, from their order without `written_before`. A row that is to
// be written before one that is not there keeps its place.
template <class Dataset>
std::vector<std::size_t> writing_order(const std::vector<Dataset>& rows, const std::vector<std::size_t>& plain_order) {
  const auto exists = [&](const std::string& name) {
    return std::any_of(rows.begin(), rows.end(), [&](const Dataset& row) { return row.name == name; });
  };
  std::vector<std::size_t> order;
  for (const std::size_t row : plain_order) {
    if (exists(rows[row].written_before)) continue;
    for (const std::size_t earlier : plain_order) {
      if (rows[earlier].written_before == rows[row].name) order.push_back(earlier);
    }
    order.push_back(row);
  }
  return order;
}

// A dataset of numbers T. `numbers(source)` gives those of a part, all of them in order; `fill` stands for "not
// measured" where T is an integer.
template <class T, class Source, class Numbers>
ResultDataset<Source> field(const std::string& name, std::vector<std::string> dimensions, Attributes attributes,
                            Numbers numbers, std::optional<std::int64_t> fill = std::nullopt) {
  ResultDataset<Source> row{name, std::move(dimensions), sizeof(T), {}, {}, {}};
  row.begin = [name, attributes = std::move(attributes), fill](ResultFile& file, const std::vector<std::string>& all,
                                                               Storage storage) {
    storage.fill = fill;
    file.begin<T>(name, all, attributes, storage);
  };
  row.write = [name, numbers = std::move(numbers)](ResultFile& file, const std::vector<std::size_t>& offset,
                                                   const std::vector<std::size_t>& count, const Source& source) {
    const std::vector<T> values = numbers(source);
    file.write_slab<T>(name, offset, count, std::span<const T>(values));
  };
  return row;
}

// Values of a year's own items to their places in the panel: compact [blocks, item.size(), inner] to
// [blocks, width, inner], `nothing` where the year does not have the item, or there are no values.
template <class To, class From>
std::vector<To> spread(const std::vector<From>& compact, const std::vector<std::int32_t>& item, std::size_t width,
                       std::size_t blocks, std::size_t inner, To nothing) {
  std::vector<To> out(blocks * width * inner, nothing);
  if (compact.empty()) return out;
  const std::size_t n = item.size();
  for (std::size_t b = 0; b < blocks; ++b) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < inner; ++k) {
        out[(b * width + static_cast<std::size_t>(item[i])) * inner + k] =
            static_cast<To>(compact[(b * n + i) * inner + k]);
      }
    }
  }
  return out;
}

}  // namespace balassa
