// A convention is a name here and the values that rows give it with `by_convention` (io/FORMATS.md, section 5).
#include "host/plan/knobs.hpp"
#include "host/plan/knobs/rows.hpp"
#include "host/plan/knobs/settings.hpp"

namespace balassa {
namespace {

const std::vector<Word>& names() {
  static const std::vector<Word> kNames = {{"py", 0}, {"stata", 1}, {"lyubimov", 2}};
  return kNames;
}

}  // namespace

std::vector<std::string_view> convention_names() {
  std::vector<std::string_view> all;
  for (const Word& name : names()) all.push_back(name.text);
  return all;
}

std::vector<Knob> convention_knobs() {
  static const std::vector<std::string_view> kLater = {"r", "oec", "atlas"};
  return {
      {.table = "specification",
       .name = "convention",
       .help = "py | stata | lyubimov",
       .about = "py | stata | lyubimov; gives the others their defaults",
       .setting = {[](Plan& plan, const PlanValue& value) {
                     const std::string& name = single(value, known_words(names()));
                     value_of_word(value, name, names(), kLater);
                     plan.convention = name;
                   },
                   [](const Plan& plan) { return quoted(plan.convention); }},
       .of_compute = true},
  };
}

}  // namespace balassa
