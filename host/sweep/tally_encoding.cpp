#include "host/sweep/tally_encoding.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace balassa {
namespace {

using Counts = std::vector<std::uint64_t>;

// The count of counters, then each as a varint; zeros as 0 and how many more follow.
void encode(const Counts& counts, ByteWriter& to) {
  to.varint(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    to.varint(counts[i]);
    if (counts[i] != 0) continue;
    std::size_t run = i + 1;
    while (run < counts.size() && counts[run] == 0) ++run;
    to.varint(run - i - 1);
    i = run - 1;
  }
}

void decode(Counts& into, ByteReader& from, std::size_t most) {
  const std::uint64_t size = from.varint();
  if (size > most) throw BadBytes("more counters than the plan has");
  Counts counts(size, 0);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts[i] = from.varint();
    if (counts[i] != 0) continue;
    const std::uint64_t more = from.varint();
    if (more > counts.size() - i - 1) throw BadBytes("zeros beyond the last counter");
    i += more;
  }
  into = std::move(counts);
}

// The count of rows; of each row the count of its columns, then each as its distance from the one before and its count.
void encode(const SparseHistograms& histograms, ByteWriter& to) {
  to.varint(histograms.rows());
  for (std::size_t i = 0; i < histograms.rows(); ++i) {
    const SparseHistograms::Row row = histograms.row(i);
    to.varint(row.column.size());
    for (std::size_t k = 0; k < row.column.size(); ++k) {
      to.varint(row.column[k] - (k == 0 ? 0 : row.column[k - 1]));
      to.varint(row.count[k]);
    }
  }
}

void decode(SparseHistograms& into, ByteReader& from, std::size_t most) {
  const std::uint64_t rows = from.varint();
  if (rows > most) throw BadBytes("more histograms than the plan has");
  SparseHistograms histograms;
  if (rows > 0) histograms.start.assign(1, 0);
  for (std::uint64_t i = 0; i < rows; ++i) {
    const std::uint64_t columns = from.varint();
    std::uint64_t column = 0;
    for (std::uint64_t k = 0; k < columns; ++k) {
      const std::uint64_t step = from.varint(), count = from.varint();
      if (step >= kScoreColumns || column + step >= kScoreColumns || (k > 0 && step == 0) || count == 0)
        throw BadBytes("a column that a histogram does not have");
      column += step;
      histograms.put(static_cast<int>(column), count);
    }
    histograms.end_row();
  }
  into = std::move(histograms);
}

void encode(const std::vector<Moments>& moments, ByteWriter& to) {
  to.varint(moments.size());
  for (const Moments& m : moments) {
    to.put(m.count);
    for (const Sum128& sum : {m.sum, m.square}) {
      to.put(sum.low);
      to.put(sum.high);
    }
    to.put(m.minimum);
    to.put(m.maximum);
  }
}

void decode(std::vector<Moments>& into, ByteReader& from, std::size_t most) {
  const std::uint64_t size = from.varint();
  if (size > most) throw BadBytes("more moments than the plan has");
  std::vector<Moments> moments(size);
  for (Moments& m : moments) {
    m.count = from.take<std::uint64_t>();
    for (Sum128* sum : {&m.sum, &m.square}) {
      sum->low = from.take<std::uint64_t>();
      sum->high = from.take<std::int64_t>();
    }
    m.minimum = from.take<double>();
    m.maximum = from.take<double>();
  }
  into = std::move(moments);
}

void encode(std::uint64_t count, ByteWriter& to) {
  to.put(count);
}
void decode(std::uint64_t& count, ByteReader& from, std::size_t) {
  count = from.take<std::uint64_t>();
}

void encode(const Worst& worst, ByteWriter& to) {
  to.put(worst.value);
  to.put(worst.replicate);
  to.put(static_cast<std::uint8_t>(worst.any));
}
void decode(Worst& worst, ByteReader& from, std::size_t) {
  worst.value = from.take<double>();
  worst.replicate = from.take<std::uint64_t>();
  worst.any = from.take<std::uint8_t>() != 0;
}

// Calls `visit(member)` for every scalar of a record, and `array(member)` for every array.
template <class Record, class Visit, class Array>
void each_member(Record& r, Visit visit, Array array) {
  visit(r.replicate);
  visit(r.validity);
  visit(r.certification);
  for (auto* x : {&r.lambda2, &r.lambda3, &r.residual, &r.gap, &r.participation}) visit(*x);
  visit(r.lambda3_found);
  visit(r.components);
  visit(r.axis_swap);
  for (auto* x : {&r.corr_eci_diversity, &r.corr_pci_ubiquity, &r.corr_reflection}) visit(*x);
  for (auto* x : {&r.votes.diversity, &r.votes.ubiquity, &r.votes.reflection}) visit(*x);
  visit(r.sign);
  visit(r.rule_sign);
  visit(r.turned);
  array(r.eci);
  array(r.pci);
  array(r.rank);
  array(r.weight);
  array(r.diversity);
  array(r.ubiquity);
  array(r.weighted_diversity);
  array(r.share);
  array(r.hhi_p1);
  array(r.split_value);
  array(r.in_p1);
  array(r.location_class);
}

TallyShape shape_of(const Plan& plan, std::size_t locations, std::size_t products, bool product_tallies) {
  const ClassGrid classes = class_grid_of(plan);
  return {locations, products, product_tallies ? products : 0, classes.p1_sets(), classes.rules()};
}

}  // namespace

void encode_tallies(const Tallies& tallies, ByteWriter& to) {
  each_tally([&](const auto& family) { encode(tallies.*family.member, to); });
}

Tallies decode_tallies(ByteReader& from, std::size_t most) {
  Tallies tallies;
  each_tally([&](const auto& family) { decode(tallies.*family.member, from, most); });
  return tallies;
}

void encode_record(const ScenarioRecord& record, ByteWriter& to) {
  each_member(
      record, [&](const auto& value) { to.put(value); },
      [&]<class T>(const std::vector<T>& values) { to.array(std::span<const T>(values)); });
}

ScenarioRecord decode_record(ByteReader& from) {
  ScenarioRecord record;
  each_member(
      record, [&]<class T>(T& value) { value = from.take<T>(); },
      [&]<class T>(std::vector<T>& values) { values = from.array<T>(); });
  if (static_cast<int>(record.validity) >= kValidityCount || record.certification > Certification::kUnchecked) {
    throw BadBytes("a validity or certification that does not exist");
  }
  return record;
}

bool fits(const Tallies& tallies, const Plan& plan, const Year& year) {
  return has_shape(tallies,
                   shape_of(plan, year.location_item.size(), year.product_item.size(), plan.tally_product_score));
}

bool fits(const ScenarioRecord& b, const Plan& plan, const Year& year) {
  const std::size_t c = year.location_item.size(), p = year.product_item.size();
  const ClassGrid classes = class_grid_of(plan);
  // A baseline without scores may leave an array empty, except the two that every report reads.
  const auto either = [](std::size_t found, std::size_t expected) { return found == expected || found == 0; };
  return b.eci.size() == c && b.rank.size() == c && either(b.diversity.size(), c) && either(b.pci.size(), p) &&
         either(b.ubiquity.size(), p) && either(b.share.size(), classes.quantiles.size() * c) &&
         either(b.hhi_p1.size(), classes.quantiles.size() * c) && either(b.location_class.size(), classes.rules() * c);
}

std::size_t most_counters(const Plan& plan, std::size_t locations, std::size_t products) {
  const TallyShape shape = shape_of(plan, locations, products, true);
  std::size_t most = 0;
  each_tally([&](const auto& family) {
    if (family.size != nullptr) most = std::max(most, family.size(shape));
  });
  return most;
}

}  // namespace balassa
