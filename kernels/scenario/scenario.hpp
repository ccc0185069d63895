// One scenario, written once: draw -> presence -> margins -> components -> spectrum -> scores -> ranks -> classes ->
// tally. One team runs it without leaving its fast memory; each step has a file of its name.
#pragma once

#include "kernels/scenario/certificate.hpp"
#include "kernels/scenario/components.hpp"
#include "kernels/scenario/draw.hpp"
#include "kernels/scenario/presence.hpp"
#include "kernels/scenario/ranking.hpp"
#include "kernels/scenario/scores.hpp"
#include "kernels/scenario/spectrum.hpp"
#include "kernels/scenario/tallying.hpp"

namespace balassa::inline BALASSA_ISA {

// Scores, ranks and classes of the eigenvector at hand; false where they are not valid.
template <class Team>
BALASSA_ONE_COPY BALASSA_HD bool evaluate(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  judge_spectrum(team, work);
  if (work.outcome->validity != Validity::kValid) return false;
  scores(team, study, draw, work);
  team.mark(Step::kScores);
  if (work.outcome->validity != Validity::kValid) return false;
  ranks(team, study, work);
  team.mark(Step::kRanks);
  if (study.quantiles > 0) classes(team, study, draw, work);
  team.mark(Step::kClasses);
  return true;
}

// The same from another axis, which `solve` finds.
template <class Team, class Solve>
BALASSA_HD bool evaluate_again(Team& team, const StudyView& study, const Draw& draw, Workspace& work, Solve solve) {
  Outcome* outcome = work.outcome;
  team.barrier();  // everybody has read the validity
  team.once([=] { outcome->validity = Validity::kValid; });
  solve();
  return evaluate(team, study, draw, work);
}

// Everything up to the certificate, in work. What the replicate drew comes in `draw` (draw.hpp).
template <class Team>
BALASSA_HD void compute_scenario(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  Outcome* outcome = work.outcome;
  team.once([=] {
    *outcome = Outcome{};
    outcome->certification = Certification::kUnchecked;
  });
  presence(team, study, draw, work);
  team.mark(Step::kPresence);
  margins(team, study, draw, work);
  team.mark(Step::kMargins);
  if (outcome->validity != Validity::kValid) return;
  components(team, study, draw, work);
  team.mark(Step::kComponents);
  if (outcome->validity != Validity::kValid) return;

  const bool corrected = first_axis(team, study, draw, work);
  bool valid = evaluate(team, study, draw, work);
  Certification reached = Certification::kUnchecked;
  if (study.precision == Precision::kFast) {
    // A tie that fp32 reports may be its own: a second copy of lambda_2.
    if (outcome->solved_exactly == 0 && !(valid && outcome->gap > kGhost))
      valid = evaluate_again(team, study, draw, work, [&] { exact_axis(team, study, work); });
  } else {
    bool decided = valid && count_undecided(team, study, draw, work) == 0.0;
    reached = Certification::kFirstPass;
    if (corrected && valid && !decided && outcome->gap > 0.0) {
      refine(team, work);
      valid = evaluate(team, study, draw, work);
      decided = valid && count_undecided(team, study, draw, work) == 0.0;
    }
    if (!decided && outcome->solved_exactly == 0) {  // or said to be degenerate by a first pass
      valid = evaluate_again(team, study, draw, work, [&] { exact_axis(team, study, work); });
      decided = valid && count_undecided(team, study, draw, work) == 0.0;
      reached = Certification::kFp64;
    }
    if (valid && !decided && outcome->solved_whole == 0 && dense_fits(study, work)) {
      valid = evaluate_again(team, study, draw, work, [&] { dense_axis(team, study, work); });
      decided = valid && count_undecided(team, study, draw, work) == 0.0;
      reached = Certification::kFp64;
    }
    if (valid && !decided) reached = Certification::kNotCertified;
  }
  if (valid) compare_axes(team, study, work);
  team.once([=] { outcome->certification = reached; });
  team.mark(Step::kCertificate);
}

template <class Team>
BALASSA_HD void run_scenario(Team& team, const StudyView& study, const Draw& draw, std::uint64_t replicate,
                             Workspace& work, const TallyView& tallies) {
  compute_scenario(team, study, draw, work);
  tally(team, study, replicate, work, tallies);
  team.mark(Step::kTally);
}

}  // namespace balassa::inline BALASSA_ISA
