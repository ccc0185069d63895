// How far scores can be from those of the axis (certificate.hpp), held to the largest error that a unit vector
// orthogonal to the first two axes can make: the norm of the row that reads a score from the vector.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/cpu/cpu_team.hpp"
#include "kernels/cpu/engine.hpp"
#include "kernels/cpu/worker.hpp"
#include "kernels/resident/study_frame.hpp"
#include "kernels/scenario/scenario.hpp"
#include "tests/device_trial.hpp"

namespace balassa {
namespace {

using Team = CpuTeam<PlainProduct>;

struct Largest {
  std::vector<double> location, product;
};

// The exact suprema: rows of the linear map from vector to raw scores, without their parts along q and x.
Largest largest_errors(Team& team, const StudyView& view, Workspace& work) {
  const std::size_t n = static_cast<std::size_t>(view.padded_locations),
                    columns = static_cast<std::size_t>(work.outcome->columns);
  const std::vector<double> q(work.trivial, work.trivial + n), x(work.x, work.x + n);
  std::vector<std::vector<double>> location(n, std::vector<double>(n)), product(columns, std::vector<double>(n));
  for (std::size_t j = 0; j < n; ++j) {
    std::vector<double> unit(n, 0.0), image(n);
    unit[j] = 1.0;
    apply(team, work, unit.data(), image.data(), true);
    for (std::size_t c = 0; c < n; ++c) location[c][j] = work.raw[c];
    for (std::size_t i = 0; i < columns; ++i) product[i][j] = work.raw_product[i];
  }
  const auto norms = [&](const std::vector<std::vector<double>>& rows) {
    std::vector<double> out;
    for (const std::vector<double>& row : rows) {
      double square = 0, along_q = 0, along_x = 0;
      for (std::size_t j = 0; j < n; ++j) {
        square += row[j] * row[j];
        along_q += row[j] * q[j];
        along_x += row[j] * x[j];
      }
      out.push_back(std::sqrt(std::max(0.0, square - along_q * along_q - along_x * along_x)));
    }
    return out;
  };
  return {norms(location), norms(product)};
}

TEST(ErrorBounds, HoldForDrawnAndProjectedScores) {
  const Year year = random_year(45, 90, 12);
  int scenarios = 0, projected = 0;
  for (const Draws draws :
       {Draws(Scheme::kProducts), Draws(Scheme::kLocations), Scheme::kProducts | Scheme::kLocations}) {
    for (const Weights law : {Weights::kMultinomial, Weights::kBayesian}) {
      const StudyFrame frame(study_of(year, draws, law, Precision::kDouble));
      const StudyView view = frame.cold_view();
      Worker worker(view, year, 1, false);
      Workspace& work = worker.work();
      for (std::uint64_t r = 1; r <= 8; ++r) {
        kPlainEngine.draw(view, r, 1, worker.slots(), work);
        const Draw draw = kPlainEngine.slot(view, r, 0, worker.slots());
        kPlainEngine.run(view, draw, r, work, nullptr);
        if (work.outcome->validity != Validity::kValid) continue;
        Team team(work);
        const ErrorBounds bounds = error_bounds(team, view, draw, work);
        const std::vector<double> location(bounds.location, bounds.location + view.padded_locations);
        const double lambda = work.outcome->lambda2;
        const Largest largest = largest_errors(team, view, work);
        double closest = 0;
        for (std::size_t c = 0; c < 45; ++c) {
          EXPECT_LE(largest.location[c], lambda * location[c] * (1 + 1e-9)) << r << " location " << c;
          EXPECT_LE(location[c], bounds.largest_location);
          closest = std::max(closest, largest.location[c] / (lambda * location[c]));
          projected += draw.location_weight != nullptr && draw.location_weight[c] == 0 ? 1 : 0;
        }
        EXPECT_GT(closest, 0.2);  // no bound of everything
        for (const double error : largest.product) EXPECT_LE(error, bounds.product * (1 + 1e-9));
        ++scenarios;
      }
    }
  }
  EXPECT_GT(scenarios, 30);
  EXPECT_GT(projected, 100);
}

// What is certified is what fp64 finds.
TEST(ErrorBounds, CertifiedIsDoubleUnderLocationWeights) {
  const Year year = random_year(70, 130, 12);
  const auto device = make_device("cpu", {});
  for (const Draws draws : {Draws(Scheme::kLocations), Scheme::kProducts | Scheme::kLocations}) {
    for (const Weights law : {Weights::kMultinomial, Weights::kBayesian}) {
      const auto certified = device->make_resident(study_of(year, draws, law, Precision::kCertified)),
                 exact = device->make_resident(study_of(year, draws, law, Precision::kDouble));
      int first_pass = 0;
      for (std::uint64_t r = 1; r <= 40; ++r) {
        const ScenarioRecord a = certified->replay(r), b = exact->replay(r);
        EXPECT_EQ(a.validity, b.validity);
        if (a.certification == Certification::kNotCertified || b.certification == Certification::kNotCertified)
          continue;
        EXPECT_EQ(a.rank, b.rank) << r;
        EXPECT_EQ(a.in_p1, b.in_p1) << r;
        EXPECT_EQ(a.location_class, b.location_class) << r;
        first_pass += a.certification == Certification::kFirstPass ? 1 : 0;
      }
      EXPECT_GT(first_pass, 20);
    }
  }
}

}  // namespace
}  // namespace balassa
