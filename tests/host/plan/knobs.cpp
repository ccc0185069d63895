// Walks the table of knobs: whatever reads a plan, a flag or a specification knows each of them.
#include "host/plan/knobs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "host/commands/knob_flags.hpp"
#include "host/plan/specification_grid.hpp"
#include "host/results/specification_json.hpp"
#include "tests/host/knob_values.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;

Plan resolved(const std::string& text) {
  Plan plan = parse_plan(text, "p.toml");
  resolve_plan(plan);
  return plan;
}

constexpr const char* kPerHead = "[specification]\npresence = \"either\"\n";

Plan with_value(const Knob& knob, const std::string& text, const std::string& companions = "") {
  Plan plan = parse_plan(companions, "p.toml");
  knob.read(plan, flag_value(knob, knob.flag(), text));
  resolve_plan(plan);
  return plan;
}

// Another value than the default for what is not of a specification, and what has to be said with it.
const std::map<std::string_view, std::pair<const char*, const char*>> kSettings = {
    {"panel", {"w.h5", ""}},
    {"seed", {"43", ""}},
    {"years", {"1990-2000", ""}},
    {"locations", {"DEU,JPN", ""}},
    {"products", {"0101,9999", ""}},
    {"drop_locations", {"TUV", ""}},
    {"drop_products", {"9999", ""}},
    {"min_total", {"1000000", ""}},
    {"min_product_total", {"0.5", ""}},
    {"convention", {"stata", ""}},
    {"scheme", {"none", ""}},
    {"weights", {"poisson", ""}},
    {"location_weights", {"poisson", "[resample]\nscheme = \"locations\"\n"}},
    {"recompute_presence", {"false", ""}},
    {"replicates", {"7", ""}},
    {"sigma", {"0.5", "[resample]\nscheme = \"noise\"\nsigma = 0.1\n"}},
    {"rho_location", {"0.5", "[resample]\nscheme = \"noise\"\nsigma = 0.1\n"}},
    {"rho_product", {"0.5", "[resample]\nscheme = \"noise\"\nsigma = 0.1\n"}},
    {"units", {"all", ""}},
    {"p1_quantile", {"0.5,0.7", ""}},
    {"split", {"mean,q40", ""}},
    {"hhi_cut", {"1500", ""}},
    {"file", {"out,1.h5", ""}},
    {"keep", {"eci", ""}},
    {"quantiles", {"0.5", ""}},
    {"tallies", {"rank", ""}},
    {"device", {"cuda:0,1", ""}},
    {"precision", {"fast", ""}},
    {"arithmetic", {"gemm", "[resample]\nrecompute_presence = false\n"}},
    {"align_years", {"true", ""}},
    {"threads", {"3", ""}},
    {"batch", {"5", ""}},
    {"checkpoint_every", {"10m", ""}},
    {"max_time", {"90m", ""}},
    {"shard", {"1/4", ""}},
};

// Where a knob has one value alone, that.
std::pair<std::string, std::string> another_value(const Knob& knob) {
  if (knob.is_choice()) return {flag_text(knob, {values_to_try(knob).back()}), ""};
  const auto found = kSettings.find(knob.name);
  if (found == kSettings.end()) {
    ADD_FAILURE() << knob.path() << ": no value to try in tests/host/plan/knobs.cpp";
    return {"", ""};
  }
  return {found->second.first, found->second.second};
}

bool can_vary(const Knob& knob) {
  return !knob.is_choice() || values_to_try(knob).size() > 1;
}

TEST(Knobs, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  std::set<std::string> flags;
  for (const Knob& knob : knobs()) {
    EXPECT_TRUE(names.insert(knob.name).second) << knob.name;
    EXPECT_TRUE(flags.insert(knob.flag()).second) << knob.flag();
    EXPECT_EQ(&knob_named(knob.name), &knob);
  }
  EXPECT_THROW(knob_named("rca_treshold"), std::out_of_range);
}

TEST(Knobs, AreReadFromPlansAndWrittenToThem) {
  for (const Knob& knob : knobs()) {
    const auto [text, companions] = another_value(knob);
    const Plan plan = with_value(knob, text, companions);
    const std::string once = plan_text(plan);
    EXPECT_THAT("\n" + once, HasSubstr(fmt::format("\n{} = ", knob.name)));
    EXPECT_EQ(plan_text(resolved(once)), once) << knob.path();
    if (!can_vary(knob)) continue;
    EXPECT_NE(once, plan_text(resolved(companions))) << knob.path();
  }
}

TEST(Knobs, EnterTheHashWhereTheyDecideNumbers) {
  for (const Knob& knob : knobs()) {
    if (!can_vary(knob)) continue;
    const auto [text, companions] = another_value(knob);
    EXPECT_EQ(plan_hash(with_value(knob, text, companions)) != plan_hash(resolved(companions)),
              knob.level != Level::kRun)
        << knob.path();
  }
}

struct Program {
  CLI::App app{"program", "balassa"};
  CLI::App* sweep = app.fallthrough()->add_subcommand("sweep", "");
  CLI::App* compute = app.add_subcommand("compute", "");
  std::string device, threads, seed;
  Program() {
    app.add_option("--device", device);
    app.add_option("--threads", threads);
    app.add_option("--seed", seed);
  }
};

TEST(Knobs, HaveAFlagInBothCommands) {
  for (const Knob& knob : knobs()) {
    const auto [text, companions] = another_value(knob);
    const std::string line = knob.flag() + (knob.stands_alone ? "" : " '" + text + "'");
    Program program;
    const KnobFlags sweep(*program.sweep, program.app, FlagsOf::kSweep),
        compute(*program.compute, program.app, FlagsOf::kCompute);
    program.app.parse("sweep " + line);
    Plan plan = parse_plan(companions, "p.toml");
    sweep.read_into(plan);
    resolve_plan(plan);
    EXPECT_EQ(plan_text(plan), plan_text(with_value(knob, text, companions))) << line;

    const bool specifies =
        knob.level == Level::kPreparation || knob.level == Level::kMatrix || knob.level == Level::kScale;
    EXPECT_EQ(program.compute->get_option_no_throw(knob.flag()) != nullptr, specifies || knob.of_compute) << line;
    if (!specifies) continue;
    program.app.clear();
    program.app.parse("compute " + line);
    Plan of_compute;
    compute.read_into(of_compute);
    resolve_plan(of_compute);
    EXPECT_EQ(plan_text(of_compute), plan_text(with_value(knob, text))) << line;
  }
}

TEST(Knobs, OlderFlagsAreStillRead) {
  Program program;
  const KnobFlags compute(*program.compute, program.app, FlagsOf::kCompute);
  program.app.parse("compute --values float32");
  Plan plan;
  compute.read_into(plan);
  resolve_plan(plan);
  EXPECT_TRUE(SpecificationGrid(plan, 1).reading(0).read_as_float32);
}

TEST(Knobs, ComputeTakesOneValueOfEach) {
  for (const Knob& knob : knobs()) {
    if (!knob.spans_grid() || !can_vary(knob)) continue;
    Program program;
    const KnobFlags compute(*program.compute, program.app, FlagsOf::kCompute);
    program.app.parse("compute " + knob.flag() + " '" + flag_text(knob, values_to_try(knob)) + "'");
    Plan plan;
    try {
      compute.read_into(plan);
      FAIL() << knob.path();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      EXPECT_THAT(error.what(), HasSubstr(knob.flag() + ": found "));
      EXPECT_THAT(error.what(), HasSubstr("expected one; balassa sweep takes several"));
    }
  }
}

// Each value sets its member, and is in the label where it varies and in the JSON.
TEST(Knobs, OfASpecificationSpanTheGrid) {
  for (const Knob& knob : knobs()) {
    if (!knob.spans_grid() || knob.level == Level::kPreparation || !can_vary(knob)) continue;
    EXPECT_TRUE(knob.has_dataset()) << knob.path();
    const std::vector<double> values = values_to_try(knob);
    const bool per_head = knob.name == "rpop_threshold";  // rca does not look at it
    const SpecificationGrid grid(with_value(knob, flag_text(knob, values), per_head ? kPerHead : ""), 1);
    ASSERT_EQ(grid.specifications().size(), values.size()) << knob.path();
    std::set<std::string> labels;
    for (std::size_t s = 0; s < values.size(); ++s) {
      Specification expected;
      if (per_head) expected.presence = Presence::kEither;
      knob.member.of_specification(expected, values[s]);
      const Specification& found = grid.specifications()[s];
      EXPECT_EQ(found.rca_threshold, expected.rca_threshold) << knob.path();
      EXPECT_EQ(found.tie, expected.tie) << knob.path();
      EXPECT_EQ(found.deviation, expected.deviation) << knob.path();
      EXPECT_EQ(found.pci_scale, expected.pci_scale) << knob.path();
      EXPECT_EQ(found.disconnected, expected.disconnected) << knob.path();
      EXPECT_EQ(found.min_participation, expected.min_participation) << knob.path();
      EXPECT_EQ(found.presence, expected.presence) << knob.path();
      EXPECT_EQ(found.rpop_threshold, expected.rpop_threshold) << knob.path();
      if (knob.name != "presence") {
        EXPECT_THAT(grid.label(s), HasSubstr(knob.word(values[s])));
      }
      EXPECT_TRUE(labels.insert(grid.label(s)).second) << grid.label(s);
      const nlohmann::ordered_json json = specification_json(grid, s)[std::string(knob.name)];
      EXPECT_EQ(knob.words.empty() ? knob.word(json.get<double>()) : json.get<std::string>(), knob.word(values[s]));
    }
  }
}

// A table of the year for each value, and the specifications that read it follow each other.
TEST(Knobs, OfAYearVarySlowest) {
  for (const Knob& knob : knobs()) {
    if (knob.level != Level::kPreparation || !knob.is_choice() || !can_vary(knob)) continue;
    const std::vector<double> values = values_to_try(knob);
    Plan plan = with_value(knob, flag_text(knob, values));
    plan.choices["rca_threshold"] = {0.5, 1.0, 2.0};
    const SpecificationGrid grid(plan, 2);
    ASSERT_EQ(grid.preparations(), values.size()) << knob.path();
    for (std::size_t k = 0; k < values.size(); ++k) {
      YearOptions expected;
      knob.member.of_year(expected, values[k]);
      EXPECT_EQ(grid.reading(k).read_as_float32, expected.read_as_float32) << knob.path();
      EXPECT_THAT(grid.label(3 * k), HasSubstr(knob.word(values[k])));
    }
  }
}

// Enumerators are numbers from 0, which is how a result file stores them.
TEST(Knobs, WordsCountTheirValues) {
  for (const Knob& knob : knobs()) {
    for (std::size_t k = 0; k < knob.words.size(); ++k) {
      EXPECT_EQ(knob.words[k].value, static_cast<double>(k)) << knob.path();
    }
    const std::string meanings = knob.flag_meanings();
    EXPECT_EQ(std::count(meanings.begin(), meanings.end(), ' ') + 1,
              static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, knob.words.size())))
        << meanings;
  }
  EXPECT_EQ(knob_named("rca_tie").flag_meanings(), "at_least above");
  EXPECT_EQ(knob_named("deviation").flag_meanings(), "population sample long_table");
}

// A code may hold a comma: in a list of a plan it is one item, and the resolved plan reads back.
TEST(Knobs, CodesOfAListAreWhole) {
  const Plan plan = resolved("[select]\ndrop_locations = [\"Korea, Rep.\", \"DEU\"]\n");
  EXPECT_EQ(plan.sample.drop_locations, (std::vector<std::string>{"DEU", "Korea, Rep."}));
  EXPECT_EQ(plan_hash(resolved(plan_text(plan))), plan_hash(plan));
  EXPECT_EQ(resolved("[select]\ndrop_locations = \"DEU,FRA\"\n").sample.drop_locations,
            (std::vector<std::string>{"DEU", "FRA"}));
}

}  // namespace
}  // namespace balassa
