// A page that opens from disk: HTML with its style sheet, light and dark, inside; plots as inline SVG; no script,
// nothing from elsewhere. What a page is about is its caller's matter.
#pragma once

#include <string>
#include <vector>

#include "host/report/svg_plot.hpp"  // escaped

namespace balassa {

struct TableCell {
  std::string text;
  bool number = false;  // to the right, digits under digits
  std::string hint{};   // shown where the reader points
  int columns = 1;
};

// `format` as fmt takes it; not finite: a dash. Where the text rounds, the hint is the shortest text of the same
// double.
TableCell number_cell(double value, const char* format = "{}");

struct Table {
  std::vector<std::string> head;
  std::vector<std::vector<TableCell>> rows;
};

// A plot, what one sees in it, and the numbers drawn.
struct Figure {
  std::string name;     // of its file, without an ending
  std::string svg;      // "": there is nothing to draw, and the caption says so
  std::string caption;  // plain text
  Table numbers;
};

// Collects the parts of a page from top to bottom. Where a parameter is called html, it stands in the page as it is;
// any other text is escaped.
class Page {
 public:
  Page(const std::string& title, const std::string& heading_html);

  void html(const std::string& html) { body_ += html; }
  void section(const std::string& heading);
  void paragraph(const std::string& html);
  void table(const Table& table);
  void figure(const Figure& figure);
  // What opens on a click.
  void begin_details(const std::string& summary_html);
  void end_details();
  // The last line: where the numbers come from, as names and values.
  void provenance(const std::vector<std::pair<std::string, std::string>>& facts);

  std::string text() const;

 private:
  std::string title_, body_;
};

// An SVG of a page as a file of its own: with the rules that it relies on.
std::string svg_file(const std::string& svg);

}  // namespace balassa
