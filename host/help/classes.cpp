#include <fmt/format.h>

#include "host/help/rows.hpp"
#include "host/results/sweep_report.hpp"

namespace balassa {
namespace {

std::string text() {
  constexpr std::size_t kWidth = 12;
  return paragraph("Locations are classed by their exports of the most complex products.") + "\n" +
         defined("P1 .. P4", kWidth,
                 "quarters of the products by PCI, P1 the most complex; --p1-quantile cuts elsewhere") +
         defined("share of P1", kWidth, "of a location's exports, in per cent") +
         defined("HHI of P1", kWidth, "concentration of its exports within P1: 0 spread out, 10000 a single product") +
         "\n" + defined("O", kWidth, "complex and concentrated: share of P1 above the split, HHI of P1 above the cut") +
         defined("F-O", kWidth, "complex and spread out: share above the split, HHI not above the cut") +
         defined("L", kWidth, "the others, and who exports nothing of P1") + "\n" +
         defined("split", kWidth,
                 "the share that divides: median, mean, q40 (a quantile) or fixed:20 (per cent); --split") +
         defined("class rule", kWidth,
                 fmt::format("one choice of P1, split and cut. Tables show the one nearest to: {}",
                             class_rule_label(class_grid_of(Plan()), 0))) +
         defined("P(O) ...", kWidth, "shares of the valid replicates in each class; --classes shows them") +
         defined("class flips", kWidth,
                 "locations whose class is not the same under all specifications and class rules of the plan");
}

}  // namespace

HelpTopic classes_topic() {
  return {"classes", "O, F-O, L, P1, split, HHI of P1, class flips", text};
}

}  // namespace balassa
