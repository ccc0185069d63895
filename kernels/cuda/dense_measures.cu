#include "kernels/cuda/dense_measures.hpp"

#include <cub/block/block_reduce.cuh>
#include <cub/device/device_radix_sort.cuh>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>

#include "kernels/base/canonical_sum.hpp"
#include "kernels/base/workspace.hpp"
#include "kernels/cuda/eigen_solvers.hpp"
#include "kernels/cuda/library_handles.hpp"
#include "kernels/formulas/baskets.hpp"
#include "kernels/formulas/scoring.hpp"
#include "kernels/measures/year_measures.hpp"

namespace balassa {
namespace {

// A block is the lanes of a canonical sum.
constexpr int kThreads = kLanes;

// canonical_sum by the block: thread l is lane l. Every thread gets the sum.
template <class Value>
__device__ double canonical_block_sum(int n, Value value) {
  __shared__ double lane[kLanes];
  const int l = static_cast<int>(threadIdx.x);
  double sum = 0.0;
  for (int i = l; i < n; i += kLanes) sum += value(i);
  lane[l] = sum;
  __syncthreads();
  for (int s = kLanes / 2; s > 0; s /= 2) {
    if (l < s) lane[l] += lane[l + s];
    __syncthreads();
  }
  sum = lane[0];
  __syncthreads();  // before the next sum overwrites it
  return sum;
}

// Block b: total[b] = sum over i < n of value[b * outer + i * inner].
__global__ void sum_lines(const double* value, std::size_t outer, std::size_t inner, int n, double* total) {
  const double* line = value + blockIdx.x * outer;
  const double sum = canonical_block_sum(n, [=](int i) { return line[static_cast<std::size_t>(i) * inner]; });
  if (threadIdx.x == 0) total[blockIdx.x] = sum;
}

// Block c: RCA, presence and HHI of location c.
__global__ void measure_basket(const double* value, const double* location_total, const double* product_total,
                               const double* grand_total, double threshold, bool above, int products, double* rca,
                               std::uint8_t* presence, double* hhi) {
  const std::size_t first = static_cast<std::size_t>(blockIdx.x) * static_cast<std::size_t>(products);
  const Basket basket(location_total[blockIdx.x], *grand_total, threshold, above);
  const double* row = value + first;
  for (int p = static_cast<int>(threadIdx.x); p < products; p += kThreads) {
    rca[first + p] = basket.rca(row[p], product_total[p]);
    presence[first + p] = basket.holds(row[p], product_total[p]);
  }
  const double squares = canonical_block_sum(products, [=](int p) { return basket.squared_share(row[p]); });
  if (threadIdx.x == 0) hhi[blockIdx.x] = hhi_of(squares);
}

// Block b: degree[b] = how many of presence[b * outer + i * inner], i < n, are 1.
__global__ void count_links(const std::uint8_t* presence, std::size_t outer, std::size_t inner, int n,
                            std::int32_t* degree) {
  using Sum = cub::BlockReduce<std::int32_t, kThreads>;
  __shared__ typename Sum::TempStorage scratch;
  const std::uint8_t* line = presence + blockIdx.x * outer;
  std::int32_t links = 0;
  for (int i = static_cast<int>(threadIdx.x); i < n; i += kThreads) links += line[static_cast<std::size_t>(i) * inner];
  links = Sum(scratch).Sum(links);
  if (threadIdx.x == 0) degree[blockIdx.x] = links;
}

// Block r: row r of B = D^-1/2 M U^-1/2 over the rows and columns of the graph, [rows, columns].
__global__ void scale_presence(const std::uint8_t* presence, int products, const std::int32_t* location,
                               const std::int32_t* product, const std::int32_t* diversity, const std::int32_t* ubiquity,
                               int columns, double* scaled) {
  const std::size_t row = static_cast<std::size_t>(location[blockIdx.x]);
  const double d = diversity[row];
  double* out = scaled + static_cast<std::size_t>(blockIdx.x) * static_cast<std::size_t>(columns);
  for (int k = static_cast<int>(threadIdx.x); k < columns; k += kThreads) {
    const std::int32_t p = product[k];
    const bool present = presence[row * static_cast<std::size_t>(products) + static_cast<std::size_t>(p)] != 0;
    out[k] = present ? 1.0 / sqrt(d * ubiquity[p]) : 0.0;
  }
}

// Block j: column j of the lower triangle loses the trivial pair (1, D^1/2 1 / |.|): sqrt(d_i d_j) / links. `kept`: the
// vertices of the side, by index in `degree`.
__global__ void deflate_gram(double* gram, int n, const std::int32_t* kept, const std::int32_t* degree, double links) {
  const int j = static_cast<int>(blockIdx.x);
  const double d = degree[kept[j]];
  double* column = gram + static_cast<std::size_t>(j) * static_cast<std::size_t>(n);
  for (int i = j + static_cast<int>(threadIdx.x); i < n; i += kThreads) column[i] -= sqrt(d * degree[kept[i]]) / links;
}

// Thread i: the rank of the i-th highest score.
__global__ void rank_sorted(const double* falling, const std::int32_t* order, int n, std::int32_t* rank) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < n) rank[order[i]] = rank_in_falling(i, [=](int k) { return falling[k]; });
}

// Thread r: mean[r] = (1 / degree) sum over its links, ascending, of score[link] (METHODS A1 eq. 6, 7).
__global__ void mean_over_links(const std::int32_t* start, const std::int32_t* link, int n, const double* score,
                                double* mean) {
  const int r = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (r >= n) return;
  double sum = 0;
  for (std::int32_t k = start[r]; k < start[r + 1]; ++k) sum += score[link[k]];
  mean[r] = sum / static_cast<double>(start[r + 1] - start[r]);
}

unsigned blocks_for(int n) {
  return (static_cast<unsigned>(n) + kThreads - 1) / kThreads;
}

// Where a year lies on the device. C, P: its locations and products; n: the smaller of them.
struct Pieces {
  double *value, *rca;                                                  // [C, P]
  std::uint8_t* presence;                                               // [C, P]
  double *location_total, *product_total;                               // [C], [P]
  double *grand_total, *hhi;                                            // [1], [C]
  std::int32_t *diversity, *ubiquity;                                   // [C], [P]
  std::int32_t *location, *product;                                     // [C], [P] of the graph, indices in the year
  double *gram, *leading_value, *leading_vector;                        // [n, n], [3], [3, n]
  double *score, *falling;                                              // [longest + 1] also reflections of a step
  std::int32_t *item, *order, *rank;                                    // [longest]
  double *mean_location, *mean_product, *next_location, *next_product;  // [C], [P] of the reflections
  std::int32_t *location_start, *product_start;                         // [C + 1], [P + 1]
  std::byte* cub_scratch;
  std::size_t cub_bytes;
  // The values are dead once the baskets are measured, RCA once it is copied out.
  double* scaled() const { return value; }
  std::int32_t* location_link() const { return reinterpret_cast<std::int32_t*>(rca); }
  std::int32_t* product_link(std::size_t links) const { return location_link() + links; }
};

std::size_t carve(Arena arena, int locations, int products, std::size_t cub_bytes, Pieces& pieces) {
  const std::size_t c = static_cast<std::size_t>(locations), p = static_cast<std::size_t>(products);
  const std::size_t n = std::min(c, p), longest = std::max(c, p);
  pieces.value = arena.take<double>(c * p);
  pieces.rca = arena.take<double>(c * p);
  pieces.presence = arena.take<std::uint8_t>(c * p);
  pieces.location_total = arena.take<double>(c);
  pieces.product_total = arena.take<double>(p);
  pieces.grand_total = arena.take<double>(1);
  pieces.hhi = arena.take<double>(c);
  pieces.diversity = arena.take<std::int32_t>(c);
  pieces.ubiquity = arena.take<std::int32_t>(p);
  pieces.location = arena.take<std::int32_t>(c);
  pieces.product = arena.take<std::int32_t>(p);
  pieces.gram = arena.take<double>(n * n);
  pieces.leading_value = arena.take<double>(3);
  pieces.leading_vector = arena.take<double>(3 * n);
  pieces.score = arena.take<double>(longest);
  pieces.falling = arena.take<double>(longest);
  pieces.item = arena.take<std::int32_t>(longest);
  pieces.order = arena.take<std::int32_t>(longest);
  pieces.rank = arena.take<std::int32_t>(longest);
  pieces.mean_location = arena.take<double>(c);
  pieces.mean_product = arena.take<double>(p);
  pieces.next_location = arena.take<double>(c);
  pieces.next_product = arena.take<double>(p);
  pieces.location_start = arena.take<std::int32_t>(c + 1);
  pieces.product_start = arena.take<std::int32_t>(p + 1);
  pieces.cub_scratch = arena.take<std::byte>(cub_bytes);
  pieces.cub_bytes = cub_bytes;
  return arena.used();
}

}  // namespace

// The year on the GPU as a DenseMachine. The graph of its presence - what is dropped, components, the giant one - is
// the CPU's: a search through one bit a cell, which takes a core less time than the first product takes here. Its
// vertices keep the degrees that they have in the year, because a component takes all their links along.
class DenseMeasures::Gpu final : public DenseMachine {
 public:
  Gpu() : blas_(stream_.get()), solver_(CusolverRoutine::kXsyevdx, stream_.get()) {}
  bool deterministic() const { return solver_.deterministic(); }

  void measure_baskets(const Year& year, const Specification& specification, YearMeasures& measures) override {
    hold(year.locations, year.products);
    const std::size_t c = static_cast<std::size_t>(locations_), p = static_cast<std::size_t>(products_);
    const unsigned rows = static_cast<unsigned>(locations_), columns = static_cast<unsigned>(products_);
    const cudaStream_t stream = stream_.get();
    upload(year.value, at_.value);
    sum_lines<<<rows, kThreads, 0, stream>>>(at_.value, p, 1, products_, at_.location_total);
    sum_lines<<<columns, kThreads, 0, stream>>>(at_.value, 1, p, locations_, at_.product_total);
    sum_lines<<<1, kThreads, 0, stream>>>(at_.location_total, 0, 1, locations_, at_.grand_total);
    measure_basket<<<rows, kThreads, 0, stream>>>(at_.value, at_.location_total, at_.product_total, at_.grand_total,
                                                  specification.rca_threshold, specification.tie == TieRule::kAbove,
                                                  products_, at_.rca, at_.presence, at_.hhi);
    count_links<<<rows, kThreads, 0, stream>>>(at_.presence, p, 1, products_, at_.diversity);
    count_links<<<columns, kThreads, 0, stream>>>(at_.presence, 1, p, locations_, at_.ubiquity);
    BALASSA_CHECK_CUDA(cudaPeekAtLastError(), "measuring baskets");
    measures.rca.resize(c * p);
    measures.presence.resize(c * p);
    measures.hhi.resize(c);
    download(at_.rca, measures.rca);
    download(at_.presence, measures.presence);
    download(at_.hhi, measures.hhi);
    wait("measuring baskets");
  }

  DenseSpectrum solve_spectrum(const BipartiteGraph& graph) override {
    const int rows = graph.rows(), columns = graph.columns();
    const bool by_location = solves_by_location(graph);
    const cudaStream_t stream = stream_.get();
    upload(graph.location, at_.location);
    upload(graph.product, at_.product);
    scale_presence<<<static_cast<unsigned>(rows), kThreads, 0, stream>>>(
        at_.presence, products_, at_.location, at_.product, at_.diversity, at_.ubiquity, columns, at_.scaled());
    BALASSA_CHECK_CUDA(cudaPeekAtLastError(), "scaling presence");
    // B [rows, columns] by rows is X [columns, rows] by columns: B B^T = X^T X, B^T B = X X^T.
    const EigenBatch batch{by_location ? rows : columns, 1, wanted_pairs(graph)};
    const double one = 1.0, zero = 0.0;
    BALASSA_CHECK_LIBRARY(BALASSA_CUBLAS(cublasDsyrk)(
        blas_.get(), CUBLAS_FILL_MODE_LOWER, by_location ? CUBLAS_OP_T : CUBLAS_OP_N, batch.n,
        by_location ? columns : rows, &one, at_.scaled(), columns, &zero, at_.gram, batch.n));
    deflate_gram<<<static_cast<unsigned>(batch.n), kThreads, 0, stream>>>(
        at_.gram, batch.n, by_location ? at_.location : at_.product, by_location ? at_.diversity : at_.ubiquity,
        static_cast<double>(graph.location_link.size()));
    BALASSA_CHECK_CUDA(cudaPeekAtLastError(), "deflating");
    solver_.solve(batch, at_.gram, at_.leading_value, at_.leading_vector);
    LeadingPairs pairs;
    pairs.value.resize(static_cast<std::size_t>(batch.wanted));
    pairs.vector.resize(static_cast<std::size_t>(batch.n));
    download(at_.leading_value, pairs.value);
    download(at_.leading_vector, pairs.vector);
    wait("copying the spectrum");
    return spectrum_from(graph, pairs);
  }

  std::vector<std::int32_t> falling_ranks(const std::vector<double>& score) override {
    std::vector<double> valid;
    std::vector<std::int32_t> item, rank(score.size(), 0);
    for (std::size_t i = 0; i < score.size(); ++i) {
      if (std::isnan(score[i])) continue;
      valid.push_back(score[i]);
      item.push_back(static_cast<std::int32_t>(i));
    }
    if (valid.empty()) return rank;
    const int n = static_cast<int>(valid.size());
    const cudaStream_t stream = stream_.get();
    upload(valid, at_.score);
    upload(item, at_.item);
    upload(rank, at_.rank);
    std::size_t bytes = at_.cub_bytes;
    BALASSA_CHECK_CUDA(cub::DeviceRadixSort::SortPairsDescending(at_.cub_scratch, bytes, at_.score, at_.falling,
                                                                 at_.item, at_.order, n, 0, 64, stream));
    rank_sorted<<<blocks_for(n), kThreads, 0, stream>>>(at_.falling, at_.order, n, at_.rank);
    BALASSA_CHECK_CUDA(cudaPeekAtLastError(), "ranking");
    download(at_.rank, rank);
    wait("ranking");
    return rank;
  }

  Reflections reflect(const BipartiteGraph& graph, int iterations) override {
    const cudaStream_t stream = stream_.get();
    Reflections found = balassa::reflect(graph, 0);
    if (graph.rows() == 0) return found;
    upload(found.location, at_.mean_location);
    upload(found.product, at_.mean_product);
    upload(graph.location_start, at_.location_start);
    upload(graph.product_start, at_.product_start);
    std::int32_t* product_link = at_.product_link(graph.location_link.size());
    upload(graph.location_link, at_.location_link());
    upload(graph.product_link, product_link);
    double *location = at_.mean_location, *product = at_.mean_product;
    double *next_location = at_.next_location, *next_product = at_.next_product;
    for (int k = 0; k < iterations; ++k) {
      mean_over_links<<<blocks_for(graph.rows()), kThreads, 0, stream>>>(at_.location_start, at_.location_link(),
                                                                         graph.rows(), product, next_location);
      mean_over_links<<<blocks_for(graph.columns()), kThreads, 0, stream>>>(at_.product_start, product_link,
                                                                            graph.columns(), location, next_product);
      std::swap(location, next_location);
      std::swap(product, next_product);
    }
    BALASSA_CHECK_CUDA(cudaPeekAtLastError(), "reflecting");
    download(location, found.location);
    download(product, found.product);
    wait("reflecting");
    found.lost = spread_is_lost(found.location) || spread_is_lost(found.product);
    return found;
  }

 private:
  // Memory for a C x P year; the same block again where it is large enough.
  void hold(int locations, int products) {
    locations_ = locations;
    products_ = products;
    const int longest = std::max(locations, products);
    std::size_t cub_bytes = 0;
    BALASSA_CHECK_CUDA(cub::DeviceRadixSort::SortPairsDescending(
        nullptr, cub_bytes, static_cast<double*>(nullptr), static_cast<double*>(nullptr),
        static_cast<std::int32_t*>(nullptr), static_cast<std::int32_t*>(nullptr), longest, 0, 64, stream_.get()));
    const std::size_t need = carve(Arena(), locations, products, cub_bytes, at_);
    if (need > block_bytes_) {
      block_ = {};
      block_bytes_ = 0;
      block_ = DeviceBuffer(need, "the measures of a year");
      block_bytes_ = need;
    }
    carve(Arena(block_.get()), locations, products, cub_bytes, at_);
  }

  template <class T>
  void upload(const std::vector<T>& from, T* to) {
    BALASSA_CHECK_CUDA(
        cudaMemcpyAsync(to, from.data(), from.size() * sizeof(T), cudaMemcpyHostToDevice, stream_.get()));
  }
  template <class T>
  void download(const T* from, std::vector<T>& to) {
    BALASSA_CHECK_CUDA(cudaMemcpyAsync(to.data(), from, to.size() * sizeof(T), cudaMemcpyDeviceToHost, stream_.get()));
  }
  void wait(const char* during) { BALASSA_CHECK_CUDA(cudaStreamSynchronize(stream_.get()), during); }

  Stream stream_;
  BlasHandle blas_;
  SymmetricEigenSolver solver_;
  DeviceBuffer block_;
  std::size_t block_bytes_ = 0;
  Pieces at_{};
  int locations_ = 0, products_ = 0;
};

struct DenseMeasures::Kept {
  std::mutex one_at_a_time;
  std::optional<Gpu> gpu;
};

DenseMeasures::DenseMeasures(int device) : device_(device), kept_(std::make_unique<Kept>()) {}

DenseMeasures::~DenseMeasures() {
  if (!kept_->gpu) return;
  int before = 0;
  (void)cudaGetDevice(&before);
  (void)cudaSetDevice(device_);
  kept_->gpu.reset();
  (void)cudaSetDevice(before);
}

YearMeasures DenseMeasures::measure(const Year& year, const MeasureRequest& request) {
  const std::lock_guard lock(kept_->one_at_a_time);
  const CurrentDevice here(device_);
  if (!kept_->gpu) kept_->gpu.emplace();
  YearMeasures measures = measure_year(year, request, *kept_->gpu);
  measures.deterministic = kept_->gpu->deterministic();
  return measures;
}

}  // namespace balassa
