#include <fmt/format.h>
#include <fmt/ranges.h>

#include "host/help/rows.hpp"
#include "host/plan/shards.hpp"
#include "host/sweep/sweep_journal.hpp"
#include "host/terminal/manifest.hpp"

namespace balassa {
namespace {

std::string text() {
  constexpr std::size_t kWidth = 23;
  std::string text =
      paragraph(
          "Panels and results are HDF5 that h5py, xarray, R and Julia read; balassa info FILE says what one holds.") +
      "\n" + defined("panel", kWidth, "years, locations, products, values: import and synth make it") +
      defined("measures", kWidth, "the result of compute") + defined("sweep", kWidth, "the result of sweep and merge") +
      defined("plan.toml", kWidth, "what a sweep varies; balassa plan prints every key") + "\nBeside an output OUT:\n" +
      defined(manifest_of("OUT"), kWidth, "inputs with hashes, plan, versions, machine, times") +
      defined(shard_name("OUT", {0, 8}), kWidth, "a finished shard: input of balassa merge OUT");
  for (const std::string& name : SweepJournal::names("OUT")) {
    if (!name.ends_with(".new")) text += defined(name, kWidth, "work of a sweep that is not finished");
  }
  text += defined("OUT.lock", kWidth, "two runs never share an output");
  return text + "\n" +
         paragraph(
             "A sweep that was stopped goes on by the same command, and then removes its saved work. Tables: "
             "balassa export FILE --list names them, --describe says what each column is.");
}

}  // namespace

HelpTopic files_topic() {
  return {"files", "panels, results, manifests, shards, saved work", text};
}

}  // namespace balassa
