// A ranking as a table for other programs: CSV with every digit, LaTeX as people read it.
#pragma once

#include <string>

#include "host/results/ranking_choice.hpp"
#include "host/results/stored_measures.hpp"
#include "host/results/sweep_report.hpp"
#include "io/text/csv_writer.hpp"

namespace balassa {

// The names of the columns are those of `export`; of a location that has no rank there are empty fields.
void write_ranking(const SweepSummary& summary, const RankingChoice& choice, CsvWriter& csv);
void write_ranking(const StoredMeasures& measures, const RankingChoice& choice, CsvWriter& csv);

// One tabular a year, with the rules of the package booktabs.
std::string ranking_latex(const SweepSummary& summary, const RankingChoice& choice);
std::string ranking_latex(const StoredMeasures& measures, const RankingChoice& choice);

}  // namespace balassa
