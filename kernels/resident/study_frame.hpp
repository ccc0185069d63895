// A study as every device holds it on the host: layouts, what its scenarios start from and align with, its baseline.
#pragma once

#include <vector>

#include "kernels/resident/resident_year.hpp"

namespace balassa {

// The knobs of a study, as scenarios read them; pointers are attached later. Throws std::invalid_argument.
StudyView view_of(const CellStudy& study);

struct StudyFrame {
  explicit StudyFrame(const CellStudy& of);
  StudyFrame(const StudyFrame&) = delete;
  StudyFrame& operator=(const StudyFrame&) = delete;

  // Becomes another study of the same year and shape, without a baseline yet (ResidentStudy::become). Throws
  // std::invalid_argument, with nothing changed.
  void become(const CellStudy& of);

  // What replicate 0 runs under: cold, in fp64, its sign by the rule alone.
  StudyView cold_view() const;

  // Takes replicate 0's record, and its presence from the workspace that computed it. Its scores are what replicates
  // start from and, unless the study names others, align with; its presence is the fixed M.
  void take_baseline(ScenarioRecord found, const Workspace& work);

  // All about the scenario that lies in `work`, under weights [Pp] and, unless null, location weights [Cp].
  ScenarioRecord record(const Workspace& work, const std::int32_t* weight, const std::int32_t* location_weight,
                        std::uint64_t replicate) const;

  CellStudy study;
  const Year& year;
  ResidentYear layout;
  StudyView view;
  std::vector<double> start, start_noise, probe, reference;
  std::vector<std::uint8_t> has_reference;
  std::vector<std::uint32_t> base_by_location, base_by_product, rpop_by_location;
  ScenarioRecord baseline;

 private:
  // The view of `study`, with nothing to start from.
  void open();
  // Takes the scores that replicates are aligned with (METHODS C0.3); none where empty.
  void align_with(const std::vector<double>& eci);
  void record_margins(const Workspace& work, ScenarioRecord& r) const;
};

}  // namespace balassa
