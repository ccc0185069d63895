#include "host/report/page.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

namespace balassa {
namespace {

std::string cell_html(const TableCell& cell) {
  std::string attributes;
  if (cell.columns > 1) attributes += fmt::format(" colspan=\"{}\"", cell.columns);
  if (!cell.hint.empty()) attributes += fmt::format(" title=\"{}\"", escaped(cell.hint));
  if (cell.number) attributes += " class=\"n\"";
  return fmt::format("<td{}>{}</td>", attributes, escaped(cell.text));
}

std::string page_style() {
  return "\n:root{color-scheme:light dark}\n" + svg_style() +
         "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:var(--ink);"
         "background:var(--page)}\nh1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}\n"
         "table{border-collapse:collapse;font-size:13px;display:block;overflow-x:auto}"
         "th,td{padding:2px 9px 2px 0;text-align:left;border-bottom:1px solid var(--grid);vertical-align:top}"
         "td:first-child{white-space:nowrap}"
         "td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
         "summary{cursor:pointer;margin:.4em 0}.note{font-style:italic}\n"
         "figure{margin:1.5em 0}pre{overflow-x:auto}.source{font-size:13px;margin-top:3em;overflow-wrap:anywhere}\n"
         "@media print{figure svg{break-inside:avoid}}\n";
}

}  // namespace

TableCell number_cell(double value, const char* format) {
  if (!std::isfinite(value)) return {"–", true};
  const std::string text = fmt::format(fmt::runtime(format), value);
  return {text, true, std::strtod(text.c_str(), nullptr) == value ? "" : fmt::format("{}", value)};
}

Page::Page(const std::string& title, const std::string& heading_html) : title_(title) {
  body_ = "<h1>" + heading_html + "</h1>\n";
}

void Page::section(const std::string& heading) {
  body_ += "<h2>" + escaped(heading) + "</h2>\n";
}

void Page::paragraph(const std::string& html) {
  body_ += "<p>" + html + "</p>\n";
}

void Page::table(const Table& table) {
  body_ += "<table><thead><tr>";
  for (const std::string& name : table.head) body_ += "<th>" + escaped(name) + "</th>";
  body_ += "</tr></thead><tbody>\n";
  for (const std::vector<TableCell>& row : table.rows) {
    body_ += "<tr>";
    for (const TableCell& cell : row) body_ += cell_html(cell);
    body_ += "</tr>\n";
  }
  body_ += "</tbody></table>\n";
}

void Page::figure(const Figure& figure) {
  body_ += "<figure>\n" + figure.svg + "<figcaption>" + escaped(figure.caption) + "</figcaption>\n";
  begin_details("The numbers");
  table(figure.numbers);
  end_details();
  body_ += "</figure>\n";
}

void Page::begin_details(const std::string& summary_html) {
  body_ += "<details><summary>" + summary_html + "</summary>\n";
}

void Page::end_details() {
  body_ += "</details>\n";
}

void Page::provenance(const std::vector<std::pair<std::string, std::string>>& facts) {
  std::string line;
  for (const auto& [name, value] : facts) {
    if (!value.empty()) line += fmt::format("{}{} {}", line.empty() ? "" : "; ", escaped(name), escaped(value));
  }
  body_ += "<p class=\"source\">" + line + ".</p>\n";
}

std::string Page::text() const {
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
         escaped(title_) + "</title>\n<style>" + page_style() + "</style></head><body>\n" + body_ + "</body></html>\n";
}

std::string svg_file(const std::string& svg) {
  const std::size_t inside = svg.find('>') + 1;
  return svg.substr(0, inside) + "<style>\n:root{color-scheme:light dark;background:var(--page)}\n" + svg_style() +
         "</style>" + svg.substr(inside);
}

}  // namespace balassa
