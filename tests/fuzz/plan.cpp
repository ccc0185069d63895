// Any text ends in a plan or in an Error of one line; a plan that resolves is its own text read back.
#include "host/plan/plan.hpp"

#include <cstddef>
#include <cstdint>

#include "io/base/error.hpp"
#include "tests/fuzz/violation.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace balassa;
  try {
    Plan plan = parse_plan({reinterpret_cast<const char*>(data), size}, "study.toml");
    resolve_plan(plan);
    const std::string text = plan_text(plan), hash = plan_hash(plan);
    try {
      Plan again = parse_plan(text, "resolved.toml");
      resolve_plan(again);
      fuzz::expect(plan_text(again) == text, "another text when read back:\n" + text + "\n" + plan_text(again));
      fuzz::expect(plan_hash(again) == hash, "another hash when read back:\n" + text);
    } catch (const Error& error) {
      fuzz::violation(std::string("its own text is refused: ") + error.what() + "\n" + text);
    }
  } catch (const Error& error) {
    fuzz::expect_one_line(error.what());
  }
  return 0;
}
