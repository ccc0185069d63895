#include "host/cluster/range_dispenser.hpp"

#include <algorithm>

namespace balassa {

std::optional<ScenarioRange> RangeDispenser::take(double rate) {
  if (stop_ != 0 || next_ == round_.end) return std::nullopt;
  const std::uint64_t left = round_.end - next_;
  const std::uint64_t share = left / (2 * static_cast<std::uint64_t>(ranks_));
  const double most = std::min(rate * kTakenSeconds, 1e18);
  const std::uint64_t wanted = std::min(share, static_cast<std::uint64_t>(most));
  const std::uint64_t count = std::min(left, std::max(wanted, kLeastTaken));
  const ScenarioRange taken{next_, next_ + count};
  next_ = taken.end;
  return taken;
}

void RangeDispenser::close(int reason) {
  if (stop_ == 0) stop_ = reason;
}

}  // namespace balassa
