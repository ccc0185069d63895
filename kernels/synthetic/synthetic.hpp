// A trade-like panel of any size, drawn from a model whose constants were fitted to real world trade.
//
//   ln x[c,p,t] = S[c,t] + B[p,t] + sigma exp(-gamma h[c] - delta k[p]) y[c,p,t] - (mean over p of the last factor)
//   y           = w1 a[c] b[p] + w2..4 f[c] g[p] + w5 n[c,p,t],   all standard normal, n an AR(1) over years
//
// S: size (population and income), B: size of the world market, a: capability, h: diversification (rises with a and S),
// b: sophistication (half of it by HS section), k: concentration. The heavy-tailed factor makes presence by RCA nested,
// w1 makes the second axis, w2 the third. sigma is searched so that the density of RCA >= 1 is the one asked for. Cells
// below the customs threshold are zero.
#pragma once

#include <cstdint>
#include <vector>

namespace balassa {

struct SyntheticRequest {
  int locations = 240;  // countries
  int products = 1240;
  std::vector<std::int32_t> years{2015, 2016, 2017};  // ascending, unique
  std::uint64_t seed = 42;
  double density = 0.15;  // share of cells with RCA >= 1 in the first year, among the countries
  int regions = 0;        // rows added: parts of the largest countries
};

// L = countries, then regions; T years; P products.
struct SyntheticTrade {
  int locations = 0;                 // L
  std::vector<double> value;         // [T, L, P] USD, whole numbers; no empty row or column
  std::vector<double> population;    // [T, L] persons, whole numbers
  std::vector<std::int32_t> parent;  // [L] -1 = a country
  std::vector<int> chapter;          // [P] HS chapter 1..97 without 77, ascending
  double density = 0;                // reached in the first year
};

// Draws the panel. Every number is a function of the request only (Philox, explicit fp64 operations): the same bytes on
// any machine. The values of a split country are the sums of its regions', exactly. Throws std::invalid_argument where
// sizes are not positive, years not ascending, the density is not in [0.02, 0.3], or there are fewer than 2 regions.
SyntheticTrade draw_synthetic(const SyntheticRequest& request);

// Section I..XXI (1..21) of an HS chapter.
int section_of_chapter(int chapter);

}  // namespace balassa
