// How the rows of a sweep's datasets are put: where a row's numbers go among the panel's items, and the kinds of row.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "host/results/sweep_datasets.hpp"

namespace balassa {

using Names = std::vector<std::string>;

inline Attributes about(const std::string& long_name) {
  return {{"long_name", long_name}};
}

inline Attributes flags(const std::string& meanings, const std::string& long_name) {
  std::vector<std::uint8_t> values(1 + static_cast<std::size_t>(std::count(meanings.begin(), meanings.end(), ' ')));
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = static_cast<std::uint8_t>(k);
  return {{"flag_values", values}, {"flag_meanings", meanings}, {"long_name", long_name}};
}

// What a row gives that is in the panel's places already.
template <class T>
struct InPanel {
  std::vector<T> values;
};

// A row's numbers in the panel's places. It gives a scalar, or an array in the year's own locations or products, or one
// without such an axis, whose end is filled with zeros.
template <class T, class Given>
std::vector<T> placed(const Given& given, const CellStatistics& c, const Names& dimensions, const SweepShape& shape,
                      T nothing) {
  if constexpr (std::is_arithmetic_v<Given>) {
    return {static_cast<T>(given)};
  } else {
    for (std::size_t axis = 0; axis < dimensions.size(); ++axis) {
      const bool by_location = dimensions[axis] == "location";
      if (!by_location && dimensions[axis] != "product") continue;
      const auto here = dimensions.begin() + static_cast<std::ptrdiff_t>(axis);
      return spread<T>(given, by_location ? c.cell.year->location_item : c.cell.year->product_item,
                       shape.extent(dimensions[axis]), shape.size({dimensions.begin(), here}),
                       shape.size({here + 1, dimensions.end()}), nothing);
    }
    std::vector<T> all(given.begin(), given.end());
    all.resize(shape.size(dimensions), T{0});
    return all;
  }
}

template <class T>
T nothing_of(std::optional<std::int64_t> fill) {
  if constexpr (std::is_floating_point_v<T>) return std::numeric_limits<T>::quiet_NaN();
  return static_cast<T>(fill.value_or(0));
}

class Rows {
 public:
  Rows(const Plan& plan, const SweepShape& shape) : plan_(plan), shape_(shape) {}

  template <class T, class Value>
  void add(CellTopic topic, const std::string& name, const Names& dimensions, const Attributes& attributes, Value value,
           std::optional<std::int64_t> fill = std::nullopt) {
    const auto numbers = [value, dimensions, shape = shape_, fill](const CellStatistics& c) {
      using Given = std::remove_cvref_t<decltype(value(c))>;
      if constexpr (std::is_same_v<Given, InPanel<T>>) {
        return value(c).values;
      } else {
        return placed<T>(value(c), c, dimensions, shape, nothing_of<T>(fill));
      }
    };
    datasets_.push_back({field<T, CellStatistics>(name, dimensions, attributes, numbers, fill), topic});
  }
  // Of the row that was added last.
  void written_before(const std::string& name) { datasets_.back().written_before = name; }

  // A row of a histogram is `length` entries from entry `first` on: a column that occurred, and how often it did. The
  // entries of a cell follow those of the one before.
  void add_histograms(CellTopic topic, const std::string& group, const std::string& axis, const std::string& entry,
                      SparseHistograms Tallies::*histograms, const std::string& before) {
    const auto first = [histograms, end = std::uint64_t{0}](const CellStatistics& c) mutable {
      const SparseHistograms& h = c.cell.tallies.*histograms;
      std::vector<std::uint64_t> entries;
      for (std::size_t i = 0; i < h.rows(); ++i) entries.push_back(end + h.start[i]);
      end += h.column.size();
      return entries;
    };
    const auto length = [histograms](const CellStatistics& c) {
      const SparseHistograms& h = c.cell.tallies.*histograms;
      std::vector<std::uint64_t> entries;
      for (std::size_t i = 0; i < h.rows(); ++i) entries.push_back(h.start[i + 1] - h.start[i]);
      return entries;
    };
    add_mutable(topic, group + "/first", {axis}, about("first entry of a histogram"), first);
    written_before(before);
    auto& begin = datasets_.back().begin;
    begin = [entry, begin](ResultFile& file, const Names& all, const Storage& storage) {
      file.growing_dimension(entry);
      begin(file, all, storage);
    };
    add<std::uint64_t>(topic, group + "/length", {axis}, about("entries of a histogram: columns that occurred"),
                       length);
    written_before(before);
    add_entries<std::uint16_t>(topic, group + "/column", {axis, entry}, about("score_column of an entry"),
                               [=](const CellStatistics& c) -> const std::vector<std::uint16_t>& {
                                 return (c.cell.tallies.*histograms).column;
                               });
    written_before(before);
    // In the narrowest type that holds the number of replicates: most counts are 1.
    if (shape_.replicates <= std::numeric_limits<std::uint16_t>::max()) {
      add_counts<std::uint16_t>(topic, group, axis, entry, histograms);
    } else if (shape_.replicates <= std::numeric_limits<std::uint32_t>::max()) {
      add_counts<std::uint32_t>(topic, group, axis, entry, histograms);
    } else {
      add_counts<std::uint64_t>(topic, group, axis, entry, histograms);
    }
    written_before(before);
  }

  void add_moments(CellTopic topic, const std::string& group, const std::string& axis, double scale,
                   std::vector<Moments> Tallies::*moments) {
    const auto each = [moments](auto number) {
      return [=](const CellStatistics& c) {
        std::vector<decltype(number(Moments{}))> all;
        for (const Moments& m : c.cell.tallies.*moments) all.push_back(number(m));
        return all;
      };
    };
    const Attributes units = about(fmt::format(
        "sum of q = round(score x 2^{0}) or of q^2, as two words of 128 bits; scores beyond 2^24 are in neither",
        std::ilogb(scale)));
    add<std::uint64_t>(topic, group + "_count", {axis}, {}, each([](const Moments& m) { return m.count; }));
    add<std::uint64_t>(topic, group + "_sum_low", {axis}, units, each([](const Moments& m) { return m.sum.low; }));
    add<std::int64_t>(topic, group + "_sum_high", {axis}, units, each([](const Moments& m) { return m.sum.high; }));
    add<std::uint64_t>(topic, group + "_square_low", {axis}, units,
                       each([](const Moments& m) { return m.square.low; }));
    add<std::int64_t>(topic, group + "_square_high", {axis}, units,
                      each([](const Moments& m) { return m.square.high; }));
  }

  // Raw scores come a block of replicates at a time (SweepFile::raw).
  void add_raw(const std::string& name, const std::string& axis, const std::string& what) {
    SweepDataset row;
    row.name = name;
    row.dimensions = {"replicate", axis};
    row.element_bytes = sizeof(float);
    row.begin = [name, what, chunk = std::vector<std::size_t>{1, 1, kRawRows, shape_.extent(axis)}](
                    ResultFile& file, const Names& all, const Storage&) {
      file.begin<float>(name, all, about(what), {Compression::kByType, chunk});
    };
    row.write = [](ResultFile&, const std::vector<std::size_t>&, const std::vector<std::size_t>&,
                   const CellStatistics&) {};
    datasets_.push_back(std::move(row));
  }

  const Plan& plan() const { return plan_; }
  const SweepShape& shape() const { return shape_; }
  std::vector<SweepDataset> take() { return std::move(datasets_); }

 private:
  // Numbers that go on from cell to cell.
  template <class Numbers>
  void add_mutable(CellTopic topic, const std::string& name, const Names& dimensions, const Attributes& attributes,
                   Numbers numbers) {
    const auto of_cell = std::make_shared<Numbers>(numbers);
    add<std::uint64_t>(topic, name, dimensions, attributes,
                       [of_cell](const CellStatistics& c) { return (*of_cell)(c); });
  }
  template <class T>
  void add_counts(CellTopic topic, const std::string& group, const std::string& axis, const std::string& entry,
                  SparseHistograms Tallies::*histograms) {
    add_entries<T>(topic, group + "/count", {axis, entry}, about("replicates with a score in that column"),
                   [=](const CellStatistics& c) {
                     const std::vector<std::uint64_t>& counts = (c.cell.tallies.*histograms).count;
                     return std::vector<T>(counts.begin(), counts.end());
                   });
  }
  // On a growing axis alone; in `dimensions` that axis stands for the most that one location or product adds to it.
  template <class T, class Entries>
  void add_entries(CellTopic topic, const std::string& name, const Names& dimensions, const Attributes& attributes,
                   Entries entries) {
    SweepDataset row;
    row.name = name;
    row.dimensions = dimensions;
    row.element_bytes = sizeof(T);
    row.topic = topic;
    row.begin = [=](ResultFile& file, const Names&, const Storage&) {
      file.begin<T>(name, {dimensions.back()}, attributes, {Compression::kShuffleGzip, {}});
    };
    row.write = [=](ResultFile& file, const std::vector<std::size_t>&, const std::vector<std::size_t>&,
                    const CellStatistics& c) {
      const auto& numbers = entries(c);
      file.append(name, std::span<const T>(numbers));
    };
    datasets_.push_back(std::move(row));
  }

  const Plan& plan_;
  SweepShape shape_;
  std::vector<SweepDataset> datasets_;
};

}  // namespace balassa
