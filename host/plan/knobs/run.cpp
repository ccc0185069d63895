#include "host/plan/knobs/rows.hpp"
#include "host/plan/knobs/settings.hpp"
#include "host/plan/shards.hpp"
#include "host/terminal/duration.hpp"

namespace balassa {
namespace {

const std::vector<Word>& precisions() {
  static const std::vector<Word> kWords = {
      {"certified", Precision::kCertified}, {"double", Precision::kDouble}, {"fast", Precision::kFast}};
  return kWords;
}

void read_threads(Plan& plan, const PlanValue& value) {
  plan.threads = static_cast<int>(whole(value, single(value, "a whole number"), 65536, "a whole number up to 65536"));
}

void read_batch(Plan& plan, const PlanValue& value) {
  constexpr std::string_view kExpected = "a whole number from 1 to 65536";
  const std::uint64_t batch = whole(value, single(value, "a whole number"), 65536, kExpected);
  if (batch == 0) refuse(value, "0", kExpected);
  plan.batch = static_cast<int>(batch);
}

void read_checkpoint_every(Plan& plan, const PlanValue& value) {
  constexpr std::string_view kExpected = "a time such as \"60s\" or \"10m\", or a number of scenarios >= 1";
  const std::string& text = single(value, kExpected);
  if (const auto seconds = parse_duration(text)) {
    plan.checkpoint_every = {0, *seconds};
    return;
  }
  const std::uint64_t scenarios = whole(value, text, std::uint64_t{1} << 62, kExpected);
  if (scenarios == 0) refuse(value, "0", kExpected);
  plan.checkpoint_every = {scenarios, 0.0};
}

std::string checkpoint_every_text(const Plan& plan) {
  const CheckpointInterval& every = plan.checkpoint_every;
  return every.scenarios > 0 ? fmt::format("{}", every.scenarios) : quoted(fmt::format("{}s", every.seconds));
}

void read_max_time(Plan& plan, const PlanValue& value) {
  constexpr std::string_view kExpected = "a time > 0 such as \"1:55:00\", \"1-00:00:00\", \"90m\" or \"1h30m\"";
  const std::string& text = single(value, kExpected);
  const auto seconds = parse_duration(text);
  if (!seconds || *seconds <= 0.0) refuse(value, quoted(text), kExpected);
  plan.max_seconds = *seconds;
}

std::string max_time_text(const Plan& plan) {
  return plan.max_seconds > 0.0 ? quoted(fmt::format("{}s", plan.max_seconds)) : std::string();
}

void read_shard(Plan& plan, const PlanValue& value) {
  const std::string& text = single(value, "k/N with k from 0 to N - 1, or auto");
  if (!count_of_auto(text)) parse_shard(text, value.where, value.code);
  plan.shard = text;
}

}  // namespace

std::string precision_name(Precision precision) {
  return std::string(word_of(precisions(), static_cast<double>(precision)));
}

std::vector<Knob> run_knobs() {
  return {
      {.table = "run",
       .name = "device",
       .level = Level::kRun,
       .help = "auto, cpu, cuda, cuda:0",
       .setting = text_setting(&Plan::device, "a device"),
       .of_program = true,
       .takes_commas = true},
      {.table = "run",
       .name = "precision",
       .level = Level::kRun,
       .help = "certified | double | fast",
       .setting = word_setting(&Plan::precision, precisions())},
      {.table = "run",
       .name = "arithmetic",
       .level = Level::kRun,
       .help = "canonical | gemm (M fixed)",
       .setting =
           word_setting(&Plan::arithmetic, {{"canonical", Arithmetic::kCanonical}, {"gemm", Arithmetic::kGemm}})},
      {.table = "run",
       .name = "align_years",
       .help = "as the clearest",
       .about = "turn years round to go with the one whose orientation is clearest",
       .setting = truth_setting(&Plan::align_years),
       .of_compute = true,
       .stands_alone = true},
      {.table = "run",
       .name = "threads",
       .level = Level::kRun,
       .help = "worker threads; 0: the cores that the process may use",
       .setting = {read_threads, [](const Plan& plan) { return fmt::format("{}", plan.threads); }},
       .of_program = true},
      {.table = "run",
       .name = "batch",
       .level = Level::kRun,
       .help = "replicates drawn together",
       .setting = {read_batch, [](const Plan& plan) { return fmt::format("{}", plan.batch); }}},
      {.table = "run",
       .name = "checkpoint_every",
       .level = Level::kRun,
       .help = "10m | scenarios",
       .setting = {read_checkpoint_every, checkpoint_every_text}},
      {.table = "run",
       .name = "max_time",
       .level = Level::kRun,
       .help = "1:55:00 | 90m: then exit 75",
       .setting = {read_max_time, max_time_text}},
      {.table = "run",
       .name = "shard",
       .level = Level::kRun,
       .help = "k/N, k from 0 | auto | auto/N",
       .setting = {read_shard,
                   [](const Plan& plan) { return plan.shard.empty() ? std::string() : quoted(plan.shard); }}},
  };
}

}  // namespace balassa
