// What varies from run to run and so may not stand in a result: `<output>.manifest.json` beside it (FORMATS section 6).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace balassa {

// "OUTPUT.manifest.json"; "" of no output.
std::string manifest_of(const std::string& output);

// Collects what a run used and did. Start, host, process and versions are taken at construction.
class Manifest {
 public:
  // `verbose`: also says on stderr what is read, and the time of each phase when it ends.
  explicit Manifest(const std::string& command, bool verbose = false);
  ~Manifest();
  Manifest(const Manifest&) = delete;
  Manifest& operator=(const Manifest&) = delete;

  // An input file; the hash of its bytes is taken here ("-" = stdin has none). `content_hash`: of what it holds
  // (panel_hash), "" = not known.
  void input(const std::string& path, const std::string& content_hash = "");
  // The resolved plan as TOML, and its hash.
  void plan(const std::string& resolved, const std::string& hash);
  void device(const std::string& name, const std::string& model, const std::string& simd, const std::string& arithmetic,
              int threads);

  // Anything else under a key; replaces what was there. `set_json` takes a JSON text.
  void set(const std::string& key, const std::string& value);
  void set(const std::string& key, std::int64_t value);
  void set(const std::string& key, double value);
  void set_json(const std::string& key, const std::string& json);

  // From here on time counts for phase `name` ("read", "solve", "write"), until the next call; "" = for none.
  // A phase may come back: its times add up.
  void phase(const std::string& name);

  // Adds to the counts of valid scenarios by Certification: first pass, fp64, not certified, unchecked.
  void certificates(const std::vector<std::uint64_t>& by_certification);

  // Writes `<output>.manifest.json` atomically with the hash of the output's bytes, end time, wall and processor
  // seconds and memory high-water. An older manifest is replaced. Throws Error kIo, kCannotCreate, kPermission.
  void write(const std::string& output);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace balassa
