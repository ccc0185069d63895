#include "host/results/ranking_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "host/panel/sample_selection.hpp"

namespace balassa {
namespace {

using Texts = std::vector<std::string>;

void put_rank(CsvWriter& csv, std::int32_t rank) {
  rank > 0 ? csv.field(std::int64_t{rank}) : csv.empty_field();
}

void put_location(CsvWriter& csv, const Panel& panel, std::size_t location) {
  csv.field(std::string_view(panel.locations[location]));
  if (!panel.location_name.empty()) csv.field(std::string_view(panel.location_name[location]));
}

// A text in LaTeX: none of its characters is a command.
std::string latex(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\textbackslash{}";
        break;
      case '~':
      case '^':
        out += fmt::format("\\{}{{}}", c);
        break;
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        out += '\\';
        [[fallthrough]];
      default:
        out += c;
    }
  }
  return out;
}

// "$-$0.12": a minus, not a hyphen; a dash for what is not defined.
std::string latex_number(double x, int decimals) {
  if (std::isnan(x)) return "--";
  return fmt::format("{}{:.{}f}", x < 0 ? "$-$" : "", std::fabs(x), decimals);
}

std::string latex_interval(double low, double high, int decimals) {
  return std::isnan(low) ? "--" : fmt::format("[{}, {}]", latex_number(low, decimals), latex_number(high, decimals));
}

std::string latex_percent(double share) {
  if (std::isnan(share)) return "--";
  if (share > 0.999 && share < 1.0) return "$>$99.9\\,\\%";
  if (share > 0.0 && share < 0.001) return "$<$0.1\\,\\%";
  return fmt::format("{:.1f}\\,\\%", 100 * share);
}

std::string name_of(const Panel& panel, std::size_t location) {
  const bool named = !panel.location_name.empty() && !panel.location_name[location].empty();
  return latex(named ? panel.location_name[location] : panel.locations[location]);
}

std::string total_text(double total) {
  return std::isnan(total) ? "--" : amount_text(total);
}

// `rows` of cells; one without cells is a gap.
std::string tabular(const std::string& comment, const std::string& alignment, const Texts& head,
                    const std::vector<Texts>& rows) {
  std::string out = fmt::format("% {}\n\\begin{{tabular}}{{{}}}\n\\toprule\n{} \\\\\n\\midrule\n", comment, alignment,
                                fmt::join(head, " & "));
  for (const Texts& row : rows) {
    out += row.empty() ? fmt::format("\\multicolumn{{{}}}{{c}}{{$\\cdots$}} \\\\\n", head.size())
                       : fmt::format("{} \\\\\n", fmt::join(row, " & "));
  }
  return out + "\\bottomrule\n\\end{tabular}\n";
}

bool has_totals(const CellSummary& cell) {
  return std::any_of(cell.location.begin(), cell.location.end(),
                     [](const LocationSummary& l) { return !std::isnan(l.total); });
}

std::string cell_latex(const CellSummary& cell, const SweepSummary& summary, const RankingChoice& choice) {
  const bool classes = cell.scenarios > 0 && summary.shows_classes(choice), totals = has_totals(cell);
  Texts head = {"Rank", "95\\,\\%", "Location"};
  std::string alignment = "rll";
  const auto column = [&](const char* name, char aligned) {
    head.emplace_back(name);
    alignment += aligned;
  };
  if (totals) column("Exports", 'r');
  column("ECI", 'r');
  column("95\\,\\%", 'l');
  column("$P$(top 10)", 'r');
  for (const char* name : {"$P$(O)", "$P$(F-O)", "$P$(L)"}) {
    if (classes) column(name, 'r');
  }
  std::vector<Texts> rows;
  for (const std::optional<std::size_t> place : shown_rows(cell.ranked(), choice)) {
    rows.emplace_back();
    if (!place) continue;
    const LocationSummary& l = cell.location[*place];
    Texts& row = rows.back();
    row = {l.rank > 0 ? fmt::format("{}", l.rank) : "--", latex_interval(l.rank_low, l.rank_high, 0),
           name_of(summary.panel(), *place)};
    if (totals) row.push_back(total_text(l.total));
    row.push_back(latex_number(l.eci, 3));
    row.push_back(latex_interval(l.score_low, l.score_high, 2));
    row.push_back(latex_percent(l.top10));
    for (std::size_t k = 0; k < 3 && classes; ++k) row.push_back(latex_percent(l.class_share[k]));
  }
  return tabular(fmt::format("{}, {}", cell.year, summary.label(cell)), alignment, head, rows);
}

}  // namespace

void write_ranking(const SweepSummary& summary, const RankingChoice& choice, CsvWriter& csv) {
  const Panel& panel = summary.panel();
  const bool classes = summary.shows_classes(choice);
  Texts header = {"year", "specification", "rank", "rank_q025", "rank_q975", "location"};
  if (!panel.location_name.empty()) header.emplace_back("location_name");
  for (const char* name : {"total", "eci", "eci_q025", "eci_q975", "probability_top10"}) header.emplace_back(name);
  for (const char* name : {"probability_o", "probability_fo", "probability_l"}) {
    if (classes) header.emplace_back(name);
  }
  csv.header(header);
  for (const CellSummary* cell : summary.central_cells(choice)) {
    for (const std::size_t c : chosen_rows(cell->ranked(), choice)) {
      const LocationSummary& l = cell->location[c];
      csv.field(std::int64_t{cell->year});
      csv.field(std::string_view(summary.label(*cell)));
      put_rank(csv, l.rank);
      csv.field(l.rank_low);
      csv.field(l.rank_high);
      put_location(csv, panel, c);
      for (const double x : {l.total, l.eci, l.score_low, l.score_high, l.top10}) csv.field(x);
      for (std::size_t k = 0; k < 3 && classes; ++k) csv.field(l.class_share[k]);
      csv.end_row();
    }
  }
}

void write_ranking(const StoredMeasures& measures, const RankingChoice& choice, CsvWriter& csv) {
  const Panel& panel = measures.panel;
  Texts header = {"year", "rank", "location"};
  if (!panel.location_name.empty()) header.emplace_back("location_name");
  for (const char* name : {"total", "eci", "diversity", "hhi"}) header.emplace_back(name);
  csv.header(header);
  for (const YearSummary& summary : measures.years) {
    if (!choice.shows_year(summary.year)) continue;
    for (const YearSummary::Row& row : chosen_rows(summary, choice)) {
      csv.field(std::int64_t{summary.year});
      put_rank(csv, row.rank);
      put_location(csv, panel, row.item);
      for (const double x : {row.total, row.eci, row.diversity, row.hhi}) csv.field(x);
      csv.end_row();
    }
  }
}

std::string ranking_latex(const SweepSummary& summary, const RankingChoice& choice) {
  std::string out;
  for (const CellSummary* cell : summary.central_cells(choice)) out += cell_latex(*cell, summary, choice);
  return out;
}

std::string ranking_latex(const StoredMeasures& measures, const RankingChoice& choice) {
  std::string out;
  for (const YearSummary& summary : measures.years) {
    if (!choice.shows_year(summary.year)) continue;
    std::vector<std::size_t> ranked;
    for (const YearSummary::Row& row : summary.ranking) ranked.push_back(row.item);
    std::vector<Texts> rows;
    for (const std::optional<std::size_t> item : shown_rows(ranked, choice)) {
      rows.emplace_back();
      if (!item) continue;
      const YearSummary::Row row = row_of(summary, *item);
      rows.back() = {row.rank > 0 ? fmt::format("{}", row.rank) : "--",
                     name_of(measures.panel, *item),
                     total_text(row.total),
                     latex_number(row.eci, 3),
                     latex_number(row.diversity, 0),
                     latex_number(row.hhi, 0)};
    }
    out += tabular(fmt::format("{}", summary.year), "rlrrrr",
                   {"Rank", "Location", "Exports", "ECI", "Diversity", "HHI"}, rows);
  }
  return out;
}

}  // namespace balassa
