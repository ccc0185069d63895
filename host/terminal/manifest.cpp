#include "host/terminal/manifest.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "host/terminal/version.hpp"
#include "io/base/atomic_file.hpp"
#include "io/base/content_hash.hpp"

namespace balassa {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

std::string now_text() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

double seconds(Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

Json file_entry(const std::string& path) {
  Json entry{{"path", path}};
  std::error_code error;
  if (path == "-" || !std::filesystem::is_regular_file(path, error)) return entry;
  entry["bytes"] = std::filesystem::file_size(path);
  entry["xxh3_128"] = file_hash(path);
  return entry;
}

}  // namespace

std::string manifest_of(const std::string& output) {
  return output.empty() ? "" : output + ".manifest.json";
}

struct Manifest::State {
  Json json;
  Clock::time_point start = Clock::now(), phase_start = start;
  std::string phase;
  bool verbose = false;
};

Manifest::Manifest(const std::string& command, bool verbose) : state_(std::make_unique<State>()) {
  state_->verbose = verbose;
  utsname system{};
  uname(&system);
  state_->json = {{"format", "balassa-manifest"},
                  {"version", 1},
                  {"command", command},
                  {"balassa", version()},
                  {"build", version_text()},
                  {"host", system.nodename},
                  {"system", fmt::format("{} {} {}", system.sysname, system.release, system.machine)},
                  {"process", static_cast<std::int64_t>(getpid())},
                  {"start", now_text()},
                  {"inputs", Json::array()}};
}

Manifest::~Manifest() = default;

void Manifest::input(const std::string& path, const std::string& content_hash) {
  Json entry = file_entry(path);
  if (!content_hash.empty()) entry["content_xxh3_128"] = content_hash;
  if (state_->verbose) {
    fmt::print(stderr, "{}: input {}: {}\n", state_->json["command"].get<std::string>(), path,
               entry.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  state_->json["inputs"].push_back(std::move(entry));
}

void Manifest::plan(const std::string& resolved, const std::string& hash) {
  state_->json["plan"] = resolved;
  state_->json["plan_hash"] = hash;
}

void Manifest::device(const std::string& name, const std::string& model, const std::string& simd,
                      const std::string& arithmetic, int threads) {
  state_->json["device"] = {
      {"name", name}, {"model", model}, {"simd", simd}, {"arithmetic", arithmetic}, {"threads", threads}};
}

void Manifest::set(const std::string& key, const std::string& value) {
  state_->json[key] = value;
}
void Manifest::set(const std::string& key, std::int64_t value) {
  state_->json[key] = value;
}
void Manifest::set(const std::string& key, double value) {
  state_->json[key] = value;
}
void Manifest::set_json(const std::string& key, const std::string& json) {
  state_->json[key] = Json::parse(json);
}

void Manifest::phase(const std::string& name) {
  const Clock::time_point now = Clock::now();
  if (!state_->phase.empty()) {
    Json& spent = state_->json["seconds_by_phase"][state_->phase];
    spent = (spent.is_number() ? spent.get<double>() : 0.0) + seconds(now - state_->phase_start);
    if (state_->verbose) {
      fmt::print(stderr, "{}: {}: {:.3f} s\n", state_->json["command"].get<std::string>(), state_->phase,
                 seconds(now - state_->phase_start));
    }
  }
  state_->phase = name;
  state_->phase_start = now;
}

void Manifest::certificates(const std::vector<std::uint64_t>& by_certification) {
  static constexpr const char* kNames[] = {"first_pass", "fp64", "not_certified", "unchecked"};
  for (std::size_t i = 0; i < by_certification.size() && i < std::size(kNames); ++i) {
    Json& count = state_->json["certificates"][kNames[i]];
    count = (count.is_number() ? count.get<std::uint64_t>() : 0) + by_certification[i];
  }
}

void Manifest::write(const std::string& output) {
  phase("");
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  Json& json = state_->json;
  json["end"] = now_text();
  json["wall_seconds"] = seconds(Clock::now() - state_->start);
  json["user_seconds"] = seconds(usage.ru_utime);
  json["system_seconds"] = seconds(usage.ru_stime);
  json["memory_high_water_bytes"] = static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
  json["outputs"] = Json::array({file_entry(output)});
  AtomicFile file(manifest_of(output), true);
  // Paths of a user need not be UTF-8; they must not make the run fail at its end.
  file.write(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  file.commit();
}

}  // namespace balassa
