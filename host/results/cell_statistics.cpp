#include "host/results/cell_statistics.hpp"

#include <limits>
#include <span>

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

LocationStatistics of_location(const Tallies& t, std::size_t i, std::size_t locations,
                               const std::vector<Quantile>& quantiles) {
  const Moments& moments = t.score_moments[i];
  const std::span<const std::uint64_t> ranks(t.rank.data() + i * (locations + 1), locations + 1);
  const ScoreOrder scores(t.score.row(i), moments);
  LocationStatistics l;
  l.score = score_statistics(moments, kMomentScale);
  l.minimum = moments.count > 0 ? moments.minimum : kNan;
  l.maximum = moments.count > 0 ? moments.maximum : kNan;
  l.rank = rank_statistics(ranks);
  l.rank_low = rank_quantile(ranks, kIntervalLow);
  l.rank_high = rank_quantile(ranks, kIntervalHigh);
  l.score_low = score_quantile(scores, kIntervalLow);
  l.score_high = score_quantile(scores, kIntervalHigh);
  l.top10 = top_share(ranks, kTopRanks);
  l.top10_error = probability_error(l.top10, l.rank.valid);
  for (const Quantile& q : quantiles) {
    l.score_quantile.push_back(score_quantile(scores, q));
    l.rank_quantile.push_back(rank_quantile(ranks, q));
  }
  return l;
}

ProductStatistics of_product(const Tallies& t, std::size_t i, const std::vector<Quantile>& quantiles) {
  const Moments& moments = t.product_moments[i];
  const ScoreOrder scores(t.product_score.row(i), moments);
  ProductStatistics p;
  p.score = score_statistics(moments, kProductScale);
  p.minimum = moments.count > 0 ? moments.minimum : kNan;
  p.maximum = moments.count > 0 ? moments.maximum : kNan;
  p.valid = moments.count;
  for (const Quantile& q : quantiles) p.score_quantile.push_back(score_quantile(scores, q));
  return p;
}

}  // namespace

CellStatistics::CellStatistics(const SweepCell& finished, const Plan& plan)
    : cell(finished), diagnostic(diagnose(finished, plan.precision)) {
  const Tallies& t = cell.tallies;
  const std::size_t n = cell.year->location_item.size();
  for (std::size_t i = 0; i < n && !t.rank.empty(); ++i) location.push_back(of_location(t, i, n, plan.quantiles));
  for (std::size_t i = 0; i < t.product_moments.size(); ++i) product.push_back(of_product(t, i, plan.quantiles));
}

}  // namespace balassa
