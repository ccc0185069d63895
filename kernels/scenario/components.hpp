// Step 4: the components of the bipartite graph of presence, and what becomes of a disconnected one (METHODS C0.6 iii,
// E1): with more than one, the second axis would only label them.
#pragma once

#include "kernels/scenario/margins.hpp"

namespace balassa::inline BALASSA_ISA {

struct ComponentCount {
  int components = 0;
  int largest = 0;      // locations of the largest
  bool unique = false;  // no other is as large
};

// Components of valid locations and drawn products, found from the bits alone. One pass where every location shares a
// product with the most diverse one, as on every trade panel. Where there are several, work.giant is the largest.
template <class Team>
BALASSA_HD ComponentCount count_components(Team& team, const StudyView& study, Workspace& work) {
  const BitMatrix m = work.by_location;
  const int locations = study.locations, words = m.words;
  const double* diversity = work.diversity;
  std::uint32_t *reach = work.reached, *giant = work.giant;
  std::uint32_t* among = reinterpret_cast<std::uint32_t*>(work.scratch_index);  // [Cp] all bits: of this component
  std::uint8_t* label = work.component_label;                                   // [C] 0 new, 1 this component, 2 done
  team.for_each(locations, [=](int c) { label[c] = diversity[c] > 0.0 ? 0 : 2; });
  ComponentCount found;
  for (;;) {
    // The most diverse location not yet in a component starts the next; the first of equals.
    const double most = team.largest(locations, [=](int c) { return label[c] == 0 ? diversity[c] : 0.0; });
    if (most == 0.0) break;
    const int start = locations - static_cast<int>(team.largest(locations, [=](int c) {
                        return label[c] == 0 && diversity[c] == most ? static_cast<double>(locations - c) : 0.0;
                      }));
    team.once([=] { label[start] = 1; });
    ++found.components;
    const std::uint32_t* first = m.bits + static_cast<std::ptrdiff_t>(start / kTile) * words * kTile + start % kTile;
    team.for_each(words, [=](int w) { reach[w] = first[w * kTile]; });
    int size = 0;
    bool last = false;
    for (;;) {
      team.for_rows(m.tiles, [=](int t, int first_row, int last_row) {
        std::uint32_t met[kTile];
        for (int l = first_row; l < last_row; ++l) met[l - first_row] = 0;
        for (int w = 0; w < words; ++w) {
          const std::uint32_t* rows = m.bits + (static_cast<std::ptrdiff_t>(t) * words + w) * kTile;
          const std::uint32_t mask = reach[w];
          for (int l = first_row; l < last_row; ++l) met[l - first_row] |= rows[l] & mask;
        }
        for (int l = first_row; l < last_row && t * kTile + l < locations; ++l) {
          std::uint8_t& mine = label[t * kTile + l];
          mine = mine == 0 && met[l - first_row] != 0 ? std::uint8_t{1} : mine;
        }
      });
      const auto counts = team.template sums<2>(locations, [=](int c, Sums<2>& sum) {
        sum[0] += label[c] == 0 ? 1.0 : 0.0;
        sum[1] += label[c] == 1 ? 1.0 : 0.0;
      });
      const int before = size;
      size = static_cast<int>(counts[1]);
      last = counts[0] == 0.0;
      if (last || size == before) break;
      team.for_each(m.tiles * kTile, [=](int c) { among[c] = c < locations && label[c] == 1 ? ~0u : 0u; });
      team.for_each(words, [=](int w) {
        std::uint32_t all = reach[w];
        for (int t = 0; t < m.tiles; ++t) {
          const std::uint32_t* rows = m.bits + (static_cast<std::ptrdiff_t>(t) * words + w) * kTile;
          for (int l = 0; l < kTile; ++l) all |= rows[l] & among[t * kTile + l];
        }
        reach[w] = all;
      });
    }
    if (last && found.components == 1) return {1, size, true};
    found.unique = size > found.largest || (size < found.largest && found.unique);
    if (size > found.largest) {
      found.largest = size;
      team.for_each(m.tiles, [=](int t) {
        std::uint32_t word = 0;
        for (int l = 0; l < kTile; ++l) {
          const int c = t * kTile + l;
          word |= static_cast<std::uint32_t>(c < locations && label[c] == 1) << l;
        }
        giant[t] = word;
      });
    }
    if (last) return found;
    team.for_each(locations, [=](int c) { label[c] = label[c] == 1 ? 2 : label[c]; });
  }
  return found;
}

// Invalid where disconnected, unless the study asks for the giant component and one holds at least half of the
// locations; two halves have none. Then the margins are those of the giant, as if it were the whole matrix.
template <class Team>
BALASSA_HD void components(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  const ComponentCount found = count_components(team, study, work);
  Outcome* outcome = work.outcome;
  const bool connected = found.components == 1;
  const bool giant =
      study.specification.disconnected == Disconnected::kGiant && is_giant(found.largest, found.unique, outcome->rows);
  team.once([=] {
    outcome->components = found.components;
    if (!connected && !giant) outcome->validity = Validity::kDisconnected;
  });
  if (!connected && giant) margins(team, study, draw, work, work.giant);
}

}  // namespace balassa::inline BALASSA_ISA
