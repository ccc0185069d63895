// `balassa merge`: the result file of a sweep from its shards, the same to the byte as of one process.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "host/commands/command.hpp"
#include "host/results/sweep_result.hpp"
#include "host/terminal/manifest.hpp"
#include "host/terminal/stop_request.hpp"
#include "io/base/atomic_file.hpp"
#include "io/base/file_lock.hpp"
#include "io/base/output_places.hpp"
#include "io/panel/panel_file.hpp"

namespace balassa {
namespace {

using Json = nlohmann::ordered_json;

struct MergeFlags {
  std::vector<std::string> inputs;
  std::string output, panel;
  bool classes = false;
};

struct MergeInputs {
  std::string plan_file, output, panel;
  bool classes = false;
  std::vector<std::string> shards;
};

// A plan by its ending, a shard by its name or its first bytes; what is left is the output.
MergeInputs sort_inputs(const MergeFlags& flags) {
  MergeInputs inputs;
  inputs.output = flags.output;
  inputs.panel = flags.panel;
  inputs.classes = flags.classes;
  for (const std::string& input : flags.inputs) {
    if (input.ends_with(".toml")) {
      inputs.plan_file = input;
    } else if (shard_of_name(input) || is_work_file(input)) {
      inputs.shards.push_back(input);
    } else if (inputs.output.empty()) {
      inputs.output = input;
    } else {
      throw Error(ExitCode::kUsage,
                  fmt::format("{}: found neither plan nor shard, expected OUTPUT.shard-k-of-N", input));
    }
  }
  return inputs;
}

// Every shard is of one plan, panel, arithmetic and version. Throws Error kBadData naming the first that is not.
void require_same(const std::vector<std::string>& shards, const WorkHeader& expected, const std::string& of) {
  for (const std::string& shard : shards) {
    const WorkHeader found = decode_header(WorkReader(shard));
    const std::string other = difference(found, expected);
    if (other.empty()) continue;
    throw Error(ExitCode::kBadData, fmt::format("{}: found a shard of {} as of {}; leave it out", shard, other, of));
  }
}

// Where every name is a shard of the same N, those of 0 .. N - 1 that lack. Throws Error kBadData naming them.
void require_every_shard(const std::vector<std::string>& shards, const std::string& output) {
  constexpr std::size_t kNamed = 8;
  std::set<std::uint64_t> found;
  std::uint64_t count = 0;
  for (const std::string& shard : shards) {
    const auto named = shard_of_name(shard);
    if (!named || (count > 0 && named->count != count)) return;  // the scenarios decide
    count = named->count;
    found.insert(named->index);
  }
  if (found.size() == count) return;
  std::vector<std::string> missing;
  for (std::uint64_t index = 0; index < count && missing.size() < kNamed; ++index) {
    if (found.count(index) == 0) missing.push_back(shard_name(output, {index, count}));
  }
  const std::uint64_t more = count - found.size() - missing.size();
  throw Error(ExitCode::kBadData,
              fmt::format("{}: found {} of {} shards, expected all; missing: {}{}; run them", output, found.size(),
                          count, fmt::join(missing, ", "), more > 0 ? fmt::format(" and {} more", more) : ""));
}

// What each shard's run said of itself; a shard without a manifest is named alone.
std::string manifests_of(const std::vector<std::string>& shards) {
  Json all = Json::array();
  for (const std::string& shard : shards) {
    std::ifstream file(manifest_of(shard));
    Json one = Json::parse(file, nullptr, false);
    if (one.is_discarded() || !one.is_object()) one = Json{{"outputs", Json::array({Json{{"path", shard}}})}};
    one.erase("plan");  // the same in all
    all.push_back(std::move(one));
  }
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The plan that the shards were made with; `panel` wins over where they read it from.
Plan plan_of(const MergeInputs& inputs, const WorkHeader& header) {
  Plan plan = parse_plan(header.plan, inputs.shards.front() + ": plan");
  for (const Precision precision : {Precision::kCertified, Precision::kDouble, Precision::kFast}) {
    if (header.precision == precision_name(precision)) plan.precision = precision;
  }
  if (header.arithmetic.starts_with("gemm")) plan.arithmetic = Arithmetic::kGemm;
  resolve_plan(plan);
  if (plan_hash(plan) != header.plan_hash) {
    throw Error(ExitCode::kBadData, fmt::format("{}: found a plan of hash {}, expected {}; run it again",
                                                inputs.shards.front(), plan_hash(plan), header.plan_hash));
  }
  plan.panel = inputs.panel.empty() ? header.panel : inputs.panel;
  plan.file = inputs.output;
  return plan;
}

ExitCode merge(MergeInputs inputs, const GlobalOptions& global) {
  std::optional<Plan> given;
  if (!inputs.plan_file.empty()) {
    given = read_plan(inputs.plan_file);
    resolve_plan(*given);
    if (inputs.output.empty()) inputs.output = given->file;
    if (inputs.panel.empty()) inputs.panel = given->panel;
  }
  if (inputs.output.empty()) {
    throw Error(ExitCode::kUsage, "output: found none, expected the name that the shards were made for; give -o FILE");
  }
  require_new_file(inputs.output, global.force);
  if (inputs.shards.empty()) inputs.shards = find_shards(inputs.output);
  if (inputs.shards.empty()) {
    throw Error(ExitCode::kInputMissing,
                fmt::format("{0}: found no shards, expected {0}.shard-0-of-N and so on; run sweep --shard k/N first",
                            inputs.output));
  }
  require_every_shard(inputs.shards, inputs.output);
  const StopRequest stop(0.0);
  Manifest manifest("merge", global.verbose);
  manifest.phase("read");
  const WorkHeader header = decode_header(WorkReader(inputs.shards.front()));
  if (given && plan_hash(*given) != header.plan_hash) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found a shard of plan hash {}, expected {} as of {}; leave it out",
                            inputs.shards.front(), header.plan_hash, plan_hash(*given), inputs.plan_file));
  }
  require_same(inputs.shards, header, inputs.shards.front());
  const Plan plan = plan_of(inputs, header);
  std::vector<std::string> read = inputs.shards;
  read.insert(read.end(), {inputs.plan_file, plan.panel});
  require_apart(read, {inputs.output, manifest_of(inputs.output), inputs.output + ".lock"});
  Panel whole = read_panel(plan.panel);
  const std::string hash = panel_hash(whole);
  if (hash != header.panel_hash) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found a panel with content hash {}, expected {} as of {}; give the right --panel",
                            plan.panel, hash, header.panel_hash, inputs.shards.front()));
  }
  const Panel panel = apply_lists(std::move(whole), plan.sample, plan.panel, ExitCode::kBadData).panel;
  const SweepYears years(plan, panel);
  const SpecificationGrid grid(plan, years.count());
  const FileLock lock(inputs.output + ".lock");
  remove_stale_temporaries(inputs.output);
  SweepAssembly work(plan, grid, panel.locations.size(), panel.products.size());
  for (const std::string& shard : inputs.shards) work.add(shard);
  work.require_whole();

  const SweepStudy study{plan, grid, panel, years, hash, header.arithmetic, threads_on_cores(global.threads)};
  manifest.phase("write");
  SweepSummary summary(plan, grid, panel);
  if (const int reason = write_result(
          study, global.force, work, summary, [&] { return stop.signal(); }, global.quiet)) {
    fmt::print(stderr, "balassa: stopped by {}; {} was not written; run the same command again\n", reason_text(reason),
               plan.file);
    return exit_code_of(reason);
  }
  manifest.phase("");
  manifest.input(plan.panel, hash);
  for (const std::string& shard : inputs.shards) manifest.input(shard);
  manifest.plan(plan_text(plan), header.plan_hash);
  const std::array<std::uint64_t, 4> certification = summary.certification();
  manifest.certificates({certification.begin(), certification.end()});
  manifest.set("scenarios", static_cast<std::int64_t>(grid.scenarios()));
  manifest.set_json("shards", manifests_of(inputs.shards));
  manifest.write(plan.file);
  print_summary(study, summary, global, inputs.classes);
  if (!global.quiet) {
    fmt::print(stderr, "{} shards merged; they are kept, and may be removed\n", inputs.shards.size());
  }
  return global.strict && summary.not_certified() + certification.back() > 0 ? ExitCode::kNotCertified
                                                                             : ExitCode::kDone;
}

}  // namespace

void add_merge_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  CLI::App* command = program.add_subcommand("merge", "Make the result of a sweep from its shards");
  const auto flags = std::make_shared<MergeFlags>();
  command->add_option("inputs", flags->inputs,
                      "plan.toml or the output, and shards; no shards: all that are named after the output");
  command->add_option("-o,--output", flags->output, "the result file; default: the plan's");
  command->add_option("--panel", flags->panel, "the panel; default: where the shards read it from");
  command->add_flag("--classes", flags->classes, "probabilities of the classes in the table too");
  command->footer("Example: balassa merge world-sweep.h5");
  command->callback([flags, &global, &run] { run = [flags, &global] { return merge(sort_inputs(*flags), global); }; });
}

}  // namespace balassa
