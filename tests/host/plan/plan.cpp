// Plans: what is read, what is refused and how, and that text, hash and flags say the same (FORMATS section 4).
#include "host/plan/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "host/plan/knobs.hpp"
#include "host/plan/specification_grid.hpp"
#include "io/base/error.hpp"

namespace balassa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// The plan of FORMATS section 4, with what this version has.
constexpr const char* kWhole = R"(
panel = "world.h5"
seed = 42
[select]
years = [1962, 1980, 2017]
filter = "none"
[specification]
rca_threshold = { from = 0.5, to = 2.0, step = 0.25 }
rca_tie = ">="
presence = "rca"
convention = "py"
[resample]
scheme = "products"
weights = "bayesian"
recompute_presence = true
replicates = 100000
[classes]
units = "regions"
p1_quantile = [0.70, 0.75, 0.80]
split = ["median", "mean", "q40", "q60", "fixed:20"]
hhi_cut = [1000, 1500, 1800, 2000, 2500]
[output]
file = "world-sweep.h5"
keep = []
quantiles = [0.025, 0.25, 0.5, 0.75, 0.975]
[run]
device = "auto"
precision = "certified"
)";

Plan resolved(const std::string& text) {
  Plan plan = parse_plan(text, "plan.toml");
  resolve_plan(plan);
  return plan;
}

const std::vector<double>& values_of(const Plan& plan, const char* knob) {
  return plan.choices.at(knob);
}

template <class Enum>
double number_of(Enum value) {
  return static_cast<double>(value);
}

TEST(Plan, ReadsThePlanOfTheFormat) {
  const Plan plan = resolved(kWhole);
  EXPECT_EQ(plan.years, "1962,1980,2017");
  EXPECT_THAT(values_of(plan, "rca_threshold"), ElementsAre(0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0));
  EXPECT_THAT(values_of(plan, "rca_tie"), ElementsAre(number_of(TieRule::kAtLeast)));
  EXPECT_EQ(*plan.replicates, 100000u);
  EXPECT_EQ(class_grid_of(plan).rules(), 75u);
  EXPECT_EQ(plan.quantiles.front().numerator, 1);
  EXPECT_EQ(plan.quantiles.front().denominator, 40);
}

TEST(Plan, HowItIsRunDecidesNoNumber) {
  const std::string hash = plan_hash(resolved(""));
  for (const char* run : {"checkpoint_every = 10000", "checkpoint_every = \"10m\"", "max_time = \"1:55:00\"",
                          "shard = \"3/512\"", "shard = \"auto\"", "threads = 3", "batch = 64"}) {
    const Plan plan = resolved(fmt::format("[run]\n{}\n", run));
    EXPECT_EQ(plan_hash(plan), hash) << run;
    EXPECT_EQ(plan_text(parse_plan(plan_text(plan), "again.toml")), plan_text(plan)) << run;
  }
}

TEST(Plan, TimesAreSecondsWhateverTheirUnit) {
  const auto max_seconds = [](const char* text) {
    return resolved(fmt::format("[run]\nmax_time = \"{}\"\n", text)).max_seconds;
  };
  EXPECT_EQ(max_seconds("1:55:00"), 6900.0);
  EXPECT_EQ(max_seconds("26:00:01.5"), 93601.5);
  EXPECT_EQ(max_seconds("90m"), 5400.0);
  EXPECT_EQ(max_seconds("3600s"), 3600.0);
  EXPECT_EQ(max_seconds("1.5h"), 5400.0);
  EXPECT_EQ(max_seconds("2d"), 172800.0);
  for (const char* text :
       {"90", "1:30", "0s", "-5m", "1:60:00", "1:00:60", "m", "", "1e3s", "5 m", "inf", "nans", "::"})
    EXPECT_THROW(max_seconds(text), Error) << text;

  const auto every = [](const char* value) {
    return resolved(fmt::format("[run]\ncheckpoint_every = {}\n", value)).checkpoint_every;
  };
  EXPECT_EQ(every("10000").scenarios, 10000u);
  EXPECT_EQ(every("\"10m\"").scenarios, 0u);
  EXPECT_EQ(every("\"10m\"").seconds, 600.0);
  for (const char* value : {"0", "-1", "\"often\"", "1.5", "[1, 2]"}) EXPECT_THROW(every(value), Error) << value;
  EXPECT_EQ(resolved("").checkpoint_every.seconds, 60.0);
}

TEST(Plan, RangesAreDecimal) {
  // 0.1 + 2 x 0.1 = 0.30000000000000004 in doubles.
  const Plan plan = resolved("[specification]\nrca_threshold = { from = 0.1, to = 0.7, step = 0.1 }\n");
  EXPECT_THAT(values_of(plan, "rca_threshold"), ElementsAre(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7));
}

TEST(Plan, ReplicatesThatAreNotSaid) {
  EXPECT_EQ(*resolved("").replicates, 1000u);
  EXPECT_EQ(*resolved("[resample]\nscheme = \"none\"\n").replicates, 0u);
}

// One kind of resampling or several together; the plans of before say and hash what they did.
TEST(Plan, SchemesTogether) {
  const Plan joint = resolved("[resample]\nscheme = [\"locations\", \"products\"]\nlocation_weights = \"poisson\"\n");
  EXPECT_EQ(resampling_of(joint).draws, Scheme::kProducts | Scheme::kLocations);
  EXPECT_EQ(resampling_of(joint).weights, Weights::kBayesian);
  EXPECT_EQ(resampling_of(joint).location_weights, Weights::kPoisson);
  EXPECT_THAT(plan_text(joint), HasSubstr("scheme = [\"products\", \"locations\"]\nweights = \"bayesian\"\n"
                                          "location_weights = \"poisson\"\n"));
  EXPECT_EQ(plan_text(parse_plan(plan_text(joint), "again.toml")), plan_text(joint));
  EXPECT_EQ(plan_hash(joint), plan_hash(resolved("[resample]\nscheme = [\"products\", \"locations\"]\n"
                                                 "location_weights = \"poisson\"\n")));
  const Plan all = resolved("[resample]\nscheme = [\"products\", \"noise\", \"locations\"]\nsigma = 0.2\n");
  EXPECT_EQ(resampling_of(all).draws, Draws(true, true, true));
  EXPECT_EQ(resampling_of(resolved("[resample]\nscheme = \"locations\"\n")).location_weights, Weights::kBayesian);
  const std::string before = canonical_plan_text(resolved(""));
  EXPECT_THAT(before, HasSubstr("\nscheme = \"products\"\nweights = \"bayesian\"\nrecompute_presence = true\n"));
  EXPECT_EQ(before.find("location_weights"), std::string::npos);
}

TEST(Plan, QuantilesAreTheRationalsOfTheText) {
  const Plan plan = resolved("[classes]\np1_quantile = [0.75, \"2/3\", 0.7]\n");
  ASSERT_EQ(plan.p1_quantile.size(), 3u);
  EXPECT_EQ(plan.p1_quantile[0].numerator, 2);  // ascending
  EXPECT_EQ(plan.p1_quantile[0].denominator, 3);
  EXPECT_EQ(plan.p1_quantile[1].numerator, 7);
  EXPECT_EQ(plan.p1_quantile[1].denominator, 10);
  EXPECT_EQ(plan.p1_quantile[2].numerator, 3);
  EXPECT_EQ(plan.p1_quantile[2].denominator, 4);
  EXPECT_TRUE(resolved("[classes]\np1_quantile = \"given\"\n").p1_given);
  EXPECT_EQ(class_grid_of(resolved("[classes]\np1_quantile = \"none\"\n")).rules(), 0u);
}

TEST(Plan, ConventionsFillInWhatIsNotSaid) {
  const Plan stata = resolved("[specification]\nconvention = \"stata\"\n");
  EXPECT_THAT(values_of(stata, "rca_tie"), ElementsAre(number_of(TieRule::kAbove)));
  EXPECT_THAT(values_of(stata, "deviation"), ElementsAre(number_of(Deviation::kLongTable)));
  EXPECT_TRUE(SpecificationGrid(stata, 1).reading(0).read_as_float32);
  const Plan mixed =
      resolved("[specification]\nconvention = \"stata\"\ndeviation = \"sample\"\nrca_tie = [\">\", \">=\"]\n");
  EXPECT_THAT(values_of(mixed, "deviation"), ElementsAre(number_of(Deviation::kSample)));
  EXPECT_THAT(values_of(mixed, "rca_tie"), ElementsAre(number_of(TieRule::kAtLeast), number_of(TieRule::kAbove)));
}

TEST(Plan, ItsTextReadsBackToItself) {
  for (const char* text :
       {kWhole, "", "[classes]\np1_quantile = \"given\"\n[output]\nkeep = [\"eci\", \"pci\"]\ntallies = [\"rank\"]\n",
        "panel = \"a \\\"b\\\\ é.h5\"\n[classes]\np1_quantile = [\"1/3\"]\nsplit = [\"q2.5\"]\n"}) {
    const Plan plan = resolved(text);
    const std::string once = plan_text(plan);
    EXPECT_EQ(plan_text(resolved(once)), once);
    EXPECT_EQ(plan_hash(resolved(once)), plan_hash(plan));
  }
}

TEST(Plan, HashIsOfWhatDecidesTheNumbers) {
  const std::string base = plan_hash(resolved(kWhole));
  const auto with = [](const char* from, const char* to) {
    std::string text = kWhole;
    text.replace(text.find(from), std::string(from).size(), to);
    return plan_hash(resolved(text));
  };
  EXPECT_EQ(with("world.h5", "/elsewhere/world.h5"), base);
  EXPECT_EQ(with("world-sweep.h5", "other.h5"), base);
  EXPECT_EQ(with("\"certified\"", "\"double\""), base);
  EXPECT_EQ(with("{ from = 0.5, to = 2.0, step = 0.25 }", "[2, 1.75, 1.5, 1.25, 1, 0.75, 0.5]"), base);
  EXPECT_NE(with("seed = 42", "seed = 43"), base);
  EXPECT_EQ(with("rca_tie = \">=\"", "disconnected = \"na\""), base);
  EXPECT_NE(with("rca_tie = \">=\"", "disconnected = \"giant\""), base);
  EXPECT_NE(with("step = 0.25", "step = 0.5"), base);
  EXPECT_NE(with("100000", "100001"), base);
  EXPECT_NE(with("0.80", "0.85"), base);
}

// As precision: it moves last digits within their certificate, and a result file names it beside the plan.
TEST(Plan, ArithmeticIsNotInTheHash) {
  const Plan canonical = resolved("[resample]\nrecompute_presence = false\n"),
             gemm = resolved("[resample]\nrecompute_presence = false\n[run]\narithmetic = \"gemm\"\n");
  EXPECT_EQ(canonical.arithmetic, Arithmetic::kCanonical);
  EXPECT_EQ(gemm.arithmetic, Arithmetic::kGemm);
  EXPECT_EQ(plan_hash(gemm), plan_hash(canonical));
  EXPECT_THAT(plan_text(gemm), HasSubstr("arithmetic = \"gemm\""));
}

TEST(Plan, EveryKeyHasAFlagThatSaysTheSame) {
  const Plan whole = resolved(kWhole);
  Plan by_flags;
  const auto give = [&](const char* path, const char* text) {
    for (const Knob& knob : knobs()) {
      if (knob.path() == path) return knob.read(by_flags, flag_value(knob, knob.flag(), text));
    }
    FAIL() << path;
  };
  give("panel", "world.h5");
  give("select.years", "1962,1980,2017");
  give("specification.rca_threshold", "0.5:2:0.25");
  give("resample.replicates", "100000");
  give("classes.p1_quantile", "0.70,0.75,0.8");
  give("classes.split", "median,mean,q40,q60,fixed:20");
  give("classes.hhi_cut", "1000:1000:1");
  give("classes.hhi_cut", "1000,1500,1800,2000,2500");
  give("output.file", "world-sweep.h5");
  give("output.keep", "none");
  resolve_plan(by_flags);
  EXPECT_EQ(plan_text(by_flags), plan_text(whole));
  for (const Knob& knob : knobs()) EXPECT_THAT(knob.flag(), HasSubstr("--")) << knob.path();
}

struct Bad {
  const char* text;
  const char* message;  // a part of it
};

class BadPlan : public ::testing::TestWithParam<Bad> {};

TEST_P(BadPlan, IsRefusedWithItsLineAndKey) {
  try {
    resolved(GetParam().text);
    FAIL() << "accepted: " << GetParam().text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kPlan);
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadPlan,
    ::testing::Values(
        Bad{"panel = \n", "plan.toml:1: not TOML"},
        Bad{"[specification]\n\nrca_treshold = 1\n",
            "plan.toml:3: specification.rca_treshold: unknown key; the nearest known is specification.rca_threshold"},
        Bad{"[resampel]\nscheme = \"none\"\n", "plan.toml:1: resampel: unknown key; the nearest known is [resample]"},
        Bad{"[specification]\nreplicates = 5\n", "the nearest known is resample.replicates"},
        Bad{"replicates = 5\n", "the nearest known is resample.replicates"},
        Bad{"select = 3\n", "expected the section [select]"},
        Bad{"[specification]\nrca_threshold = 0\n",
            "plan.toml:2: specification.rca_threshold: found '0', expected numbers > 0"},
        Bad{"[specification]\ndisconnected = \"largest\"\n", "found \"largest\", expected \"na\", \"giant\""},
        Bad{"[specification]\nrca_threshold = -1.5\n", "found '-1.5'"},
        Bad{"[specification]\nrca_threshold = nan\n", "expected numbers > 0"},
        Bad{"[specification]\nrca_threshold = inf\n", "expected numbers > 0"},
        Bad{"[specification]\nrca_threshold = \"one\"\n", "found 'one'"},
        Bad{"[specification]\nrca_threshold = []\n", "found nothing"},
        Bad{"[specification]\nrca_threshold = [1, 1.0]\n", "found 1 twice"},
        Bad{"[specification]\nrca_threshold = 1979-05-27\n", "found a date"},
        Bad{"[specification]\nrca_threshold = { from = 2, to = 1, step = 0.1 }\n", "from <= to"},
        Bad{"[specification]\nrca_threshold = { from = 1, to = 2, step = 0 }\n", "step > 0"},
        Bad{"[specification]\nrca_threshold = { from = 0, to = 2, step = 1 }\n", "found 0, expected numbers > 0"},
        Bad{"[specification]\nrca_threshold = { from = 1, to = 2, step = 0.0001 }\n", "at most 1000 values"},
        Bad{"[specification]\nrca_threshold = { from = 1, to = 2 }\n", "expected { from = a, to = b, step = c }"},
        Bad{"[specification]\nrca_tie = \"=>\"\n", "expected \">=\", \">\""},
        Bad{"[specification]\npresence = \"continuous\"\n", "not available in this version"},
        Bad{"[specification]\nconvention = \"atlas\"\n", "not available in this version"},
        Bad{"[specification]\nconvention = \"pyy\"\n", "expected \"py\""},
        Bad{"[specification]\ndeviation = \"n\"\n", "specification.deviation: found \"n\""},
        Bad{"[specification]\ndeviation = [\"sample\", \"sample\"]\n", "found \"sample\" twice"},
        Bad{"[specification]\ndeviation = []\n", "found nothing"},
        Bad{"[specification]\nconvention = [\"py\", \"stata\"]\n", "specification.convention: found 2 values"},
        Bad{"[specification]\nrca_threshold = { from = 0.01, to = 10, step = 0.01 }\n[select]\n"
            "min_participation = { from = 0, to = 100, step = 1 }\n",
            "select.min_participation: found a grid of 101000 specifications or more, expected at most 100000 in all"},
        Bad{"[select]\nfilter = \"atlas\"\n", "not available in this version"},
        Bad{"[resample]\nscheme = \"countries\"\n", "resample.scheme: found \"countries\", expected \"none\""},
        Bad{"[resample]\nscheme = [\"products\", \"countries\"]\n", "resample.scheme: found \"countries\""},
        Bad{"[resample]\nscheme = [\"products\", \"products\"]\n", "\"products\" twice, expected each value once"},
        Bad{"[resample]\nscheme = [\"none\", \"noise\"]\n", "found \"none\" beside others"},
        Bad{"[resample]\nscheme = []\n", "resample.scheme: found nothing"},
        Bad{"[resample]\nscheme = [\"locations\", \"noise\"]\n", "resample.sigma: found 0"},
        Bad{"[resample]\nscheme = [\"products\", \"locations\"]\nsigma = 0.3\n", "scheme = \"noise\" with them"},
        Bad{"[resample]\nlocation_weights = \"poisson\"\n",
            "resample.location_weights: found a law, expected scheme = \"locations\" with it"},
        Bad{"[resample]\nscheme = \"locations\"\nlocation_weights = \"uniform\"\n", "expected \"multinomial\""},
        Bad{"[resample]\nscheme = [\"products\", \"locations\"]\nrecompute_presence = false\n[run]\narithmetic = "
            "\"gemm\"\n",
            "run.arithmetic: found \"gemm\", expected scheme = \"products\" with it"},
        Bad{"[resample]\nscheme = \"years\"\n", "not available in this version"},
        Bad{"[resample]\nweights = \"uniform\"\n", "expected \"multinomial\""},
        Bad{"[resample]\nreplicates = -1\n", "found '-1'"}, Bad{"[resample]\nreplicates = 1.5\n", "found '1.5'"},
        Bad{"[resample]\nreplicates = true\n", "found 'true'"},
        Bad{"[resample]\nreplicates = 99999999999999999999\n", "not TOML"},
        Bad{"[resample]\nreplicates = 9999999999999\n", "up to 2^40"},
        Bad{"[resample]\nrecompute_presence = 1\n", "expected true or false"},
        Bad{"[resample]\nscheme = \"none\"\nreplicates = 10\n", "resample.replicates: found 10"},
        Bad{"[resample]\nscheme = \"noise\"\n", "resample.sigma: found 0"},
        Bad{"[resample]\nsigma = 0.3\n", "scheme = \"noise\" with them"},
        Bad{"[resample]\nscheme = \"noise\"\nsigma = 0.3\nrho_location = 0.6\nrho_product = 0.6\n", "a sum <= 1"},
        Bad{"[resample]\nscheme = \"noise\"\nsigma = 0.3\nrecompute_presence = false\n", "resample.recompute_presence"},
        Bad{"[classes]\np1_quantile = 1\n", "classes.p1_quantile: found '1'"},
        Bad{"[classes]\np1_quantile = 0.0\n", "found '0'"},
        Bad{"[classes]\np1_quantile = [0.75, \"3/4\"]\n", "3/4 twice"},
        Bad{"[classes]\nsplit = \"mode\"\n", "classes.split: found 'mode'"},
        Bad{"[classes]\nsplit = \"q140\"\n", "found '140'"}, Bad{"[classes]\nsplit = []\n", "at least one split"},
        Bad{"[classes]\nhhi_cut = 10001\n", "numbers from 0 to 10000"},
        Bad{"[classes]\nhhi_cut = { from = 100, to = 10000, step = 100 }\n",
            "classes.hhi_cut: found 100 values, expected at most 32"},
        Bad{"[classes]\nsplit = [\"q1\", \"q2\", \"q3\", \"q4\", \"q5\", \"q6\", \"q7\", \"q8\", \"q9\", \"q10\", "
            "\"q11\", "
            "\"q12\", \"q13\", \"q14\", \"q15\", \"q16\", \"q17\"]\n",
            "classes.split: found 17 values, expected at most 16"},
        Bad{"[classes]\np1_quantile = [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, "
            "0.8, 0.85, 0.9]\n",
            "classes.p1_quantile: found 17 values, expected at most 16"},
        Bad{"[output]\nkeep = [\"ecis\"]\n", "output.keep: found \"ecis\""},
        Bad{"[output]\nquantiles = [0.5, 1.5]\n", "output.quantiles: found '1.5'"},
        Bad{"[output]\ntallies = [\"all\"]\n", "output.tallies"},
        Bad{"[output]\nkeep = [\"eci\"]\n[resample]\nscheme = \"none\"\n", "none without replicates"},
        Bad{"[run]\nprecision = \"half\"\n", "expected \"certified\""}, Bad{"[run]\nbatch = 0\n", "run.batch: found 0"},
        Bad{"[run]\narithmetic = \"blas\"\n", "found \"blas\", expected \"canonical\", \"gemm\""},
        Bad{"[run]\narithmetic = \"gemm\"\n", "run.arithmetic: found \"gemm\", expected recompute_presence = false"},
        Bad{"[resample]\nscheme = \"noise\"\nsigma = 0.3\n[run]\narithmetic = \"gemm\"\n",
            "run.arithmetic: found \"gemm\", expected scheme = \"products\" with it"},
        Bad{"[resample]\nrecompute_presence = false\n[run]\narithmetic = \"gemm\"\nprecision = \"fast\"\n",
            "run.arithmetic: found \"gemm\", expected precision = \"certified\" with it"},
        Bad{"seed = -3\n", "plan.toml:1: seed: found '-3'"}));

TEST(Plan, RangesAndListsAreWrittenAlikeInFlagsAndPlans) {
  const auto by_flag = [](const char* path, const char* text) {
    Plan plan;
    for (const Knob& knob : knobs()) {
      if (knob.path() == path) knob.read(plan, flag_value(knob, knob.flag(), text));
    }
    resolve_plan(plan);
    return plan_hash(plan);
  };
  const auto in_file = [](const std::string& text) { return plan_hash(resolved(text)); };
  const std::string range = in_file("[specification]\nrca_threshold = { from = 0.5, to = 2, step = 0.25 }\n");
  EXPECT_EQ(in_file("[specification]\nrca_threshold = \"0.5:2:0.25\"\n"), range);
  EXPECT_EQ(by_flag("specification.rca_threshold", "0.5:2:0.25"), range);
  const std::string list = in_file("[specification]\nrca_threshold = [0.5, 1, 2]\n");
  EXPECT_EQ(in_file("[specification]\nrca_threshold = \"0.5, 1, 2\"\n"), list);
  EXPECT_EQ(by_flag("specification.rca_threshold", "[0.5, 1, 2]"), list);
  EXPECT_EQ(by_flag("specification.rca_threshold", "0.5,1,2"), list);
  EXPECT_NE(range, list);
}

TEST(Plan, BadFlagsAreErrorsOfUsage) {
  Plan plan;
  for (const Knob& knob : knobs()) {
    if (knob.path() != "specification.rca_threshold") continue;
    try {
      knob.read(plan, flag_value(knob, knob.flag(), "1,two"));
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      EXPECT_STREQ(error.what(),
                   "--rca-threshold: found 'two', expected numbers > 0; a list is 0.5,1,2 or in a plan [0.5, 1, 2], a "
                   "range 0.5:2:0.25 or in a plan { from = 0.5, to = 2, step = 0.25 }");
    }
  }
}

// Whoever writes a list or a range wrong is told how it is written, in a flag and in a plan; and each of the forms that
// are told reads as the same numbers.
TEST(Plan, ListsAndRangesAreAlikeInFlagsAndPlans) {
  const Knob& knob = knob_named("rca_threshold");
  const auto of_flag = [&](const std::string& text) {
    Plan plan;
    knob.read(plan, flag_value(knob, knob.flag(), text));
    return plan.choices.at("rca_threshold");
  };
  const auto of_plan = [](const std::string& text) {
    return parse_plan("[specification]\nrca_threshold = " + text + "\n", "plan.toml").choices.at("rca_threshold");
  };
  const std::vector<double> list{0.5, 1, 2}, range{0.5, 0.75, 1, 1.25, 1.5, 1.75, 2};
  EXPECT_EQ(of_flag("0.5,1,2"), list);
  EXPECT_EQ(of_flag("[0.5, 1, 2]"), list);
  EXPECT_EQ(of_plan("[0.5, 1, 2]"), list);
  EXPECT_EQ(of_plan("\"0.5,1,2\""), list);
  EXPECT_EQ(of_flag("0.5:2:0.25"), range);
  EXPECT_EQ(of_plan("\"0.5:2:0.25\""), range);
  EXPECT_EQ(of_plan("{ from = 0.5, to = 2, step = 0.25 }"), range);
  const auto told = [](const auto& read, const std::string& text) {
    try {
      read(text);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  for (const char* wrong : {"0.5:2", "0.5-2", "0.5;1", "0.5:2:0.25:1", "2:0.5:0.25", "0.5:2:0"}) {
    for (const std::string& message : {told(of_flag, wrong), told(of_plan, '"' + std::string(wrong) + '"')}) {
      EXPECT_NE(message.find("0.5:2:0.25 or in a plan { from = 0.5, to = 2, step = 0.25 }"), std::string::npos)
          << wrong << ": " << message;
    }
  }
  EXPECT_NE(told(of_plan, "{ from = 1, to = 2 }").find("{ from = a, to = b, step = c } or \"a:b:c\""),
            std::string::npos);
}

}  // namespace
}  // namespace balassa
