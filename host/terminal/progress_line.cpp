#include "host/terminal/progress_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "io/text/utf8.hpp"

namespace balassa {
namespace {

constexpr std::size_t kBar = 24;

// "400/s"; slower than one a second by the minute or hour, so that it is never 0.
std::string rate_text(double rate) {
  if (!(rate > 0)) return "";
  if (rate >= 9.5) return fmt::format("{:.0f}/s", rate);
  if (rate >= 1) return fmt::format("{:.1f}/s", rate);
  if (rate * 60 >= 1) return fmt::format("{:.1f}/min", rate * 60);
  return fmt::format("{:.2g}/h", rate * 3600);
}

std::string joined(const std::string& text, const std::string& more) {
  return more.empty() ? text : text + ", " + more;
}

std::string left_text(const ProgressState& state) {
  if (state.total <= state.done || !(state.rate > 0)) return "";
  const std::string left = time_left(static_cast<double>(state.total - state.done) / state.rate + state.seconds_after);
  return left.empty() ? "" : left + " left" + (state.seconds_after >= 1.0 ? " with writing" : "");
}

std::string share_text(const ProgressState& state) {
  return state.total > 0
             ? fmt::format("{:.0f} %", 100.0 * static_cast<double>(state.done) / static_cast<double>(state.total))
             : fmt::format("{} {}", state.done, state.unit);
}

std::string count_text(const ProgressState& state) {
  return state.total > 0 ? fmt::format("{}/{} {} ({})", state.done, state.total, state.unit, share_text(state))
                         : share_text(state);
}

}  // namespace

std::string time_left(double seconds) {
  constexpr double kYear = 365.0 * 86400.0;
  if (!(seconds < kYear)) return "";
  const auto whole = static_cast<long>(std::lround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
  return fmt::format("{} d {} h", whole / 86400, whole / 3600 % 24);
}

std::string progress_text(const ProgressState& state) {
  return joined(joined(fmt::format("{}: {}", state.title, count_text(state)), rate_text(state.rate)), left_text(state));
}

std::string progress_line(const ProgressState& state, std::size_t columns) {
  const std::string text = progress_text(state);
  // A line that fills the last column makes some terminals begin the next.
  const std::size_t room = columns > 1 ? columns - 1 : 1;
  if (display_width(text) + kBar + 3 <= room) {
    const std::size_t full =
        state.total > 0 ? static_cast<std::size_t>(static_cast<double>(kBar) * static_cast<double>(state.done) /
                                                   static_cast<double>(state.total))
                        : 0;
    return fmt::format("[{}{}] {}", std::string(std::min(full, kBar), '#'),
                       std::string(kBar - std::min(full, kBar), '.'), text);
  }
  const std::string head = fmt::format("{}: ", state.title);
  for (const std::string& shorter : {text, joined(head + count_text(state), left_text(state)),
                                     joined(head + share_text(state), left_text(state)), head + share_text(state)}) {
    if (display_width(shorter) <= room) return shorter;
  }
  const std::string share = share_text(state);
  const std::string cut = fitted(share, room);
  return cut.substr(0, cut.find_last_not_of(' ') + 1);
}

}  // namespace balassa
