#include <fmt/format.h>
#include <fmt/ranges.h>

#include "host/help/rows.hpp"
#include "host/plan/plan.hpp"
#include "host/results/measures_report.hpp"
#include "host/results/sweep_report.hpp"

namespace balassa {
namespace {

std::string text() {
  constexpr std::size_t kWidth = 13;
  const auto certified = [](Certification how) { return certification_text(how); };
  return paragraph(
             "An ECI is an eigenvector. The certificate says whether the arithmetic that found it can be trusted; "
             "it says nothing about the data.") +
         "\n" +
         defined("lambda_2, _3", kWidth,
                 "eigenvalues of the second and third axis; the ECI is the second, and is not defined where they tie") +
         defined("residual", kWidth, "how far the vector is from solving its equation") +
         defined("gap", kWidth,
                 "a proven lower bound of lambda_2 - lambda_3; residual / gap bounds the error of a score") +
         defined("certified", kWidth, "no rank and no class can change within that error") +
         "\nOf each replicate of a sweep:\n" +
         defined(certified(Certification::kFirstPass), kWidth, "certified by the fast solver") +
         defined(certified(Certification::kFp64), kWidth, "certified by solving again in double precision") +
         defined(certified(Certification::kNotCertified), kWidth, "undecided even so; --strict then exits with 1") +
         defined(certified(Certification::kUnchecked), kWidth,
                 fmt::format("not looked at, with --precision {}", precision_name(Precision::kFast))) +
         "\n" +
         paragraph(fmt::format("`compute` calls a year certified where its residual is at most {:g} and no two "
                               "neighbours in rank are nearer than their error.",
                               kCertifiedResidual));
}

}  // namespace

HelpTopic certificate_topic() {
  return {"certificate", "residual, gap, certified, first pass, not certified", text};
}

}  // namespace balassa
