// What a part of a sweep came to, as bytes for files of work. Counters that are mostly zero take little room.
#pragma once

#include <cstddef>

#include "host/plan/plan.hpp"
#include "io/base/byte_stream.hpp"
#include "kernels/study.hpp"
#include "kernels/tally.hpp"

namespace balassa {

void encode_tallies(const Tallies& tallies, ByteWriter& to);
void encode_record(const ScenarioRecord& record, ByteWriter& to);

// Throw BadBytes where the bytes are no such thing, or hold an array of more than `most` counters or rows.
Tallies decode_tallies(ByteReader& from, std::size_t most);
ScenarioRecord decode_record(ByteReader& from);

// Whether tallies and a baseline have the shapes of a study of this plan and year.
bool fits(const Tallies& tallies, const Plan& plan, const Year& year);
bool fits(const ScenarioRecord& baseline, const Plan& plan, const Year& year);

// The longest array of counters that a plan has over a panel of this size.
std::size_t most_counters(const Plan& plan, std::size_t locations, std::size_t products);

}  // namespace balassa
