#include "kernels/synthetic/synthetic.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>
#include <stdexcept>

#include "kernels/base/canonical_sum.hpp"
#include "kernels/base/elementary.hpp"
#include "kernels/base/philox.hpp"

namespace balassa {
namespace {

// Fitted by search to the 2017 world panel (224 x 1222: lambda_2 .269, lambda_3 .194, density .105, participation 71,
// corr(ECI, diversity) .54, median ubiquity 20, totals 10^5.4 .. 10^12.5 USD); tests/oracle/synthetic.cpp holds the
// result to it.
constexpr double kGamma = 0.30, kDelta = 0.20;
constexpr std::array kFactorWeight{0.46, 0.30, 0.24, 0.20};
constexpr double kNoiseWeight = 0.7865;  // sqrt(1 - sum of squares above)
// One year's persistence of n: P(present | present the year before) is .89 in EU trade 2010-2011, .82 after 5 years.
constexpr double kYearlyPersistence = 0.985;
constexpr double kCustomsThreshold = 100;  // USD; smaller flows are not recorded
constexpr double kValueGrowth = 0.04, kPopulationGrowth = 0.01;

enum class Stream : std::uint32_t {
  kCountry,
  kCountryFactor,
  kProduct,
  kProductFactor,
  kCell,
  kCountryYear,
  kProductYear,
  kRegion,
  kRegionCell
};

// Standard normals number 0..n-1 of one row of a stream.
void fill_normal(std::uint64_t seed, Stream stream, std::uint32_t group, std::uint32_t row, std::span<double> out) {
  const auto purpose =
      static_cast<Purpose>(static_cast<std::uint32_t>(Purpose::kSynthetic) + static_cast<std::uint32_t>(stream));
  const std::uint64_t replicate = (std::uint64_t{group} << 32) | row;
  for (std::size_t first = 0; first < out.size(); first += 4) {
    const Philox4 words = draw_block(seed, replicate, static_cast<std::uint32_t>(first / 4), purpose);
    std::array<double, 4> z;
    normal_pair(words.word[0], words.word[1], z[0], z[1]);
    normal_pair(words.word[2], words.word[3], z[2], z[3]);
    for (std::size_t i = first; i < std::min(first + 4, out.size()); ++i) out[i] = z[i - first];
  }
}

struct Country {
  double capability, log_population, log_exports, diversification;
};

Country draw_country(std::uint64_t seed, std::uint32_t c) {
  std::array<double, 5> z;
  fill_normal(seed, Stream::kCountry, 0, c, z);
  Country country;
  country.capability = z[0];
  country.log_population = 15.5 + 2.2 * z[1];
  const double log_income = 8.3 + 1.1 * z[0] + 0.6 * z[2];
  country.log_exports = country.log_population + log_income - 2.2 + 0.8 * z[3];  // standard deviation 2.655
  const double size = (country.log_exports - 21.6) / 2.655;
  country.diversification = (0.65 * z[0] + 0.40 * size + 0.40 * z[4]) / 0.979;  // standard deviation 1
  return country;
}

// Mean sophistication of HS sections I..XXI, in standard deviations: machinery and instruments high, crops and ores
// low.
constexpr std::array kSectionSophistication{-1.0, -1.3, -0.8, -0.3, -1.3, 1.1, 1.0, -0.8, -0.5, 0.5, -0.8,
                                            -0.9, 0.4,  -0.6, 0.6,  1.6,  1.0, 1.5, 0.6,  0.5,  0.0};

struct Product {
  double sophistication, log_size, concentration;
};

Product draw_product(std::uint64_t seed, std::uint32_t p, int chapter) {
  std::array<double, 3> z;
  fill_normal(seed, Stream::kProduct, 0, p, z);
  const double section = kSectionSophistication[section_of_chapter(chapter) - 1];
  Product product;
  product.sophistication = 0.6 * section + 0.8 * z[0];
  product.log_size = 1.6 * z[1] - 0.5 * 1.6 * 1.6;
  product.concentration = 0.2 * product.sophistication + 0.98 * z[2];
  return product;
}

// The model at one seed; `noise` moves from year to year, all else stays.
class World {
 public:
  explicit World(const SyntheticRequest& request, const std::vector<int>& chapter)
      : seed_(request.seed), locations_(request.locations), products_(request.products) {
    for (int c = 0; c < locations_; ++c) country_.push_back(draw_country(seed_, c));
    for (int p = 0; p < products_; ++p) product_.push_back(draw_product(seed_, p, chapter[p]));
    constexpr std::size_t kFurther = kFactorWeight.size() - 1;
    country_factor_.resize(static_cast<std::size_t>(locations_) * kFurther);
    product_factor_.resize(static_cast<std::size_t>(products_) * kFurther);
    for (int c = 0; c < locations_; ++c) {
      fill_normal(seed_, Stream::kCountryFactor, 0, c, std::span(country_factor_).subspan(c * kFurther, kFurther));
    }
    for (int p = 0; p < products_; ++p) {
      fill_normal(seed_, Stream::kProductFactor, 0, p, std::span(product_factor_).subspan(p * kFurther, kFurther));
    }
    noise_.resize(static_cast<std::size_t>(locations_) * products_);
    for (int c = 0; c < locations_; ++c) fill_normal(seed_, Stream::kCell, 0, c, noise_row(c));
  }

  const Country& country(int c) const { return country_[c]; }

  // Moves by `gap` years, to calendar year `label`.
  void advance(int gap, std::int32_t label) {
    double keep = 1;
    for (int g = 0; g < gap; ++g) keep *= kYearlyPersistence;
    const double fresh = std::sqrt(1 - keep * keep), drift = std::sqrt(static_cast<double>(gap));
    const auto group = static_cast<std::uint32_t>(label);
    std::vector<double> row(products_);
    for (int c = 0; c < locations_; ++c) {
      fill_normal(seed_, Stream::kCell, group, c, row);
      const std::span<double> noise = noise_row(c);
      for (int p = 0; p < products_; ++p) noise[p] = keep * noise[p] + fresh * row[p];
    }
    fill_normal(seed_, Stream::kProductYear, group, 0, row);
    for (int p = 0; p < products_; ++p) product_[p].log_size += 0.08 * drift * row[p];
    std::vector<double> country_row(locations_);
    fill_normal(seed_, Stream::kCountryYear, group, 0, country_row);
    for (int c = 0; c < locations_; ++c) {
      country_[c].log_exports += kValueGrowth * gap + 0.05 * drift * country_row[c];
      country_[c].log_population += kPopulationGrowth * gap;
    }
  }

  // Values [C, P] at dispersion sigma: whole USD, none below the customs threshold, no empty row or column.
  std::vector<double> values(double sigma) const {
    std::vector<double> value(noise_.size());
    const double log_products = log_positive(products_);
    for (int c = 0; c < locations_; ++c) {
      const std::span<double> row(value.data() + static_cast<std::size_t>(c) * products_, products_);
      fill_specialisation(c, sigma, row);
      const double mean = canonical_sum(row.size(), [&](std::size_t p) { return row[p]; }) / products_;
      for (int p = 0; p < products_; ++p) {
        row[p] *= exp_moderate(country_[c].log_exports - log_products + product_[p].log_size) / mean;
      }
    }
    record(value);
    return value;
  }

 private:
  std::span<double> noise_row(int c) {
    return {noise_.data() + static_cast<std::size_t>(c) * products_, static_cast<std::size_t>(products_)};
  }

  void fill_specialisation(int c, double sigma, std::span<double> row) const {
    constexpr std::size_t kFurther = kFactorWeight.size() - 1;
    const double* noise = noise_.data() + static_cast<std::size_t>(c) * products_;
    for (int p = 0; p < products_; ++p) {
      double y = kFactorWeight[0] * country_[c].capability * product_[p].sophistication + kNoiseWeight * noise[p];
      for (std::size_t k = 0; k < kFurther; ++k) {
        y += kFactorWeight[k + 1] * country_factor_[c * kFurther + k] * product_factor_[p * kFurther + k];
      }
      const double spread =
          sigma * exp_moderate(-kGamma * country_[c].diversification - kDelta * product_[p].concentration);
      row[p] = exp_moderate(std::clamp(spread * y, -300.0, 300.0));
    }
  }

  // What customs would report. A row or column with nothing keeps its largest cell, so that sizes are as asked for.
  void record(std::vector<double>& value) const {
    std::vector<std::uint8_t> kept(value.size());
    std::vector<std::uint8_t> column_kept(products_);
    for (int c = 0; c < locations_; ++c) {
      const std::size_t row = static_cast<std::size_t>(c) * products_;
      std::size_t largest = row;
      bool any = false;
      for (std::size_t i = row; i < row + products_; ++i) {
        if (value[i] > value[largest]) largest = i;
        if (value[i] >= kCustomsThreshold) kept[i] = column_kept[i - row] = 1, any = true;
      }
      if (!any) kept[largest] = column_kept[largest - row] = 1;
    }
    for (int p = 0; p < products_; ++p) {
      if (column_kept[p] != 0) continue;
      std::size_t largest = p;
      for (std::size_t i = p; i < value.size(); i += products_) {
        if (value[i] > value[largest]) largest = i;
      }
      kept[largest] = 1;
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
      value[i] = kept[i] != 0 ? std::floor(std::max(value[i], kCustomsThreshold) + 0.5) : 0;
    }
  }

  std::uint64_t seed_;
  int locations_, products_;
  std::vector<Country> country_;
  std::vector<Product> product_;
  std::vector<double> country_factor_, product_factor_, noise_;
};

// Share of the cells [C, P] with RCA >= 1.
double presence_density(std::span<const double> value, int locations, int products) {
  std::vector<double> row_total(locations), column_total(products);
  for (int c = 0; c < locations; ++c) {
    for (int p = 0; p < products; ++p) {
      const double x = value[static_cast<std::size_t>(c) * products + p];
      row_total[c] += x;
      column_total[p] += x;
    }
  }
  const double total = std::accumulate(row_total.begin(), row_total.end(), 0.0);
  std::size_t present = 0;
  for (int c = 0; c < locations; ++c) {
    for (int p = 0; p < products; ++p) {
      present += value[static_cast<std::size_t>(c) * products + p] * total >= row_total[c] * column_total[p];
    }
  }
  return static_cast<double>(present) / static_cast<double>(value.size());
}

// Density falls as dispersion grows (alone it would be Phi(-sigma / 2)): 10 halvings, resolution 0.007 in sigma.
double dispersion_for(const World& world, const SyntheticRequest& request) {
  double low = 0.5, high = 8;
  for (int step = 0; step < 10; ++step) {
    const double middle = (low + high) / 2;
    const bool dense = presence_density(world.values(middle), request.locations, request.products) > request.density;
    (dense ? low : high) = middle;
  }
  return (low + high) / 2;
}

// Splits whole numbers among parts in proportion to weights, exactly: part k gets what lies between two rounded marks.
void split_whole(double whole, std::span<const double> weight, std::span<double> part) {
  const double total = std::accumulate(weight.begin(), weight.end(), 0.0);
  double mark = 0, sum = 0;
  for (std::size_t k = 0; k < weight.size(); ++k) {
    sum += weight[k];
    const double next = k + 1 == weight.size() ? whole : std::min(whole, std::floor(whole * (sum / total) + 0.5));
    part[k] = next - mark;
    mark = next;
  }
}

// One split country: which rows, and how large its regions are.
struct Split {
  int country, first_row, regions;
  std::vector<double> size;  // [regions] relative
};

// The countries to split, largest first: one for every 8 regions, 1 to 10 of them, regions dealt out evenly.
std::vector<Split> plan_splits(const SyntheticRequest& request, const World& world) {
  std::vector<Split> splits;
  if (request.regions == 0) return splits;
  const int count = std::min({std::clamp(request.regions / 8, 1, 10), request.locations, request.regions / 2});
  std::vector<int> order(request.locations);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return world.country(a).log_exports > world.country(b).log_exports; });
  int row = request.locations;
  for (int s = 0; s < count; ++s) {
    const int regions = request.regions / count + (s < request.regions % count ? 1 : 0);
    Split split{order[s], row, regions, std::vector<double>(regions)};
    fill_normal(request.seed, Stream::kRegion, 0, order[s], split.size);
    for (double& size : split.size) size = exp_moderate(size);
    splits.push_back(std::move(split));
    row += regions;
  }
  return splits;
}

// Fills the region rows of one year's values [L, P] and population [L]; specialisation e^(1.2 z) stays over the years.
void split_year(const SyntheticRequest& request, const std::vector<Split>& splits, std::span<double> value,
                std::span<double> population) {
  const auto products = static_cast<std::size_t>(request.products);
  for (const Split& split : splits) {
    std::vector<double> affinity(split.regions * products), weight(split.regions), part(split.regions);
    for (int r = 0; r < split.regions; ++r) {
      fill_normal(request.seed, Stream::kRegionCell, split.country, r,
                  std::span(affinity).subspan(r * products, products));
    }
    for (std::size_t p = 0; p < products; ++p) {
      for (int r = 0; r < split.regions; ++r) {
        weight[r] = split.size[r] * exp_moderate(1.2 * affinity[r * products + p]);
      }
      split_whole(value[split.country * products + p], weight, part);
      for (int r = 0; r < split.regions; ++r) value[(split.first_row + r) * products + p] = part[r];
    }
    split_whole(population[split.country], split.size, part);
    for (int r = 0; r < split.regions; ++r) population[split.first_row + r] = part[r];
  }
}

void check(const SyntheticRequest& request) {
  if (request.locations < 2 || request.products < 2) throw std::invalid_argument("fewer than 2 locations or products");
  if (request.years.empty()) throw std::invalid_argument("no year");
  for (std::size_t t = 1; t < request.years.size(); ++t) {
    if (request.years[t] <= request.years[t - 1]) throw std::invalid_argument("years are not ascending");
  }
  if (!(request.density >= 0.02 && request.density <= 0.3)) throw std::invalid_argument("density not in [0.02, 0.3]");
  if (request.regions < 0 || request.regions == 1) throw std::invalid_argument("1 region is no split");
}

}  // namespace

int section_of_chapter(int chapter) {
  constexpr std::array kLastChapter{5, 14, 15, 24, 27, 38, 40, 43, 46, 49, 63, 67, 70, 71, 83, 85, 89, 92, 93, 96, 97};
  return 1 +
         static_cast<int>(std::lower_bound(kLastChapter.begin(), kLastChapter.end(), chapter) - kLastChapter.begin());
}

SyntheticTrade draw_synthetic(const SyntheticRequest& request) {
  check(request);
  SyntheticTrade trade;
  const int locations = request.locations + request.regions;
  const auto products = static_cast<std::size_t>(request.products);
  trade.locations = locations;
  for (std::size_t p = 0; p < products; ++p) {
    const int nth = static_cast<int>(p * 96 / products);
    trade.chapter.push_back(nth < 76 ? nth + 1 : nth + 2);  // there is no chapter 77
  }
  World world(request, trade.chapter);
  const double sigma = dispersion_for(world, request);
  const std::vector<Split> splits = plan_splits(request, world);

  trade.parent.assign(locations, -1);
  for (const Split& split : splits) {
    std::fill_n(trade.parent.begin() + split.first_row, split.regions, split.country);
  }
  trade.value.resize(request.years.size() * locations * products);
  trade.population.resize(request.years.size() * locations);
  for (std::size_t t = 0; t < request.years.size(); ++t) {
    if (t > 0) world.advance(request.years[t] - request.years[t - 1], request.years[t]);
    const std::vector<double> value = world.values(sigma);
    if (t == 0) trade.density = presence_density(value, request.locations, request.products);
    const std::span<double> year_value = std::span(trade.value).subspan(t * locations * products, locations * products);
    const std::span<double> year_population = std::span(trade.population).subspan(t * locations, locations);
    std::copy(value.begin(), value.end(), year_value.begin());
    for (int c = 0; c < request.locations; ++c) {
      year_population[c] = std::floor(exp_moderate(world.country(c).log_population) + 0.5);
    }
    split_year(request, splits, year_value, year_population);
  }
  return trade;
}

}  // namespace balassa
