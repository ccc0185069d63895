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
#include "kernels/formulas/scoring.hpp"
#include "kernels/measures/year_measures.hpp"
#include "kernels/resident/resident_year.hpp"

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

// The cells of a year, and the totals that they are compared with.
struct Cells {
  const double *value, *location_total, *product_total, *grand_total;  // [C, P], [C], [P], [1]
  const double* population;                                            // [C]
  double all_population;
  int products;
  __device__ Cell at(std::size_t c, int p) const {
    return {value[c * static_cast<std::size_t>(products) + static_cast<std::size_t>(p)],
            location_total[c],
            product_total[p],
            *grand_total,
            population[c],
            all_population};
  }
};

// Block c: the formula of each cell of location c.
template <class Formula>
__global__ void evaluate_cells(Cells cells, Formula of, double* out) {
  const std::size_t c = blockIdx.x;
  double* row = out + c * static_cast<std::size_t>(cells.products);
  for (int p = static_cast<int>(threadIdx.x); p < cells.products; p += kThreads) row[p] = value_of(of, cells.at(c, p));
}

// Block c: the sum of the formula over the cells of location c.
template <class Formula>
__global__ void sum_cells(Cells cells, Formula of, double* sum) {
  const std::size_t c = blockIdx.x;
  const double total = canonical_block_sum(cells.products, [=](int p) { return value_of(of, cells.at(c, p)); });
  if (threadIdx.x == 0) sum[c] = total;
}

// Block r: row r of B = D^-1/2 M U^-1/2 [rows, columns], which starts as zeros, at the links of row r.
__global__ void scale_links(const std::int32_t* location_start, const std::int32_t* location_link,
                            const std::int32_t* product_start, int columns, double* scaled) {
  const std::int32_t first = location_start[blockIdx.x], end = location_start[blockIdx.x + 1];
  const double d = end - first;
  double* out = scaled + static_cast<std::size_t>(blockIdx.x) * static_cast<std::size_t>(columns);
  for (std::int32_t i = first + static_cast<std::int32_t>(threadIdx.x); i < end; i += kThreads) {
    const std::int32_t k = location_link[i];
    out[k] = 1.0 / sqrt(d * (product_start[k + 1] - product_start[k]));
  }
}

// Block j: column j of the lower triangle loses the trivial pair (1, D^1/2 1 / |.|): sqrt(d_i d_j) / links. `start`: of
// the links of the side's vertices.
__global__ void deflate_gram(double* gram, int n, const std::int32_t* start, double links) {
  const int j = static_cast<int>(blockIdx.x);
  const double d = start[j + 1] - start[j];
  double* column = gram + static_cast<std::size_t>(j) * static_cast<std::size_t>(n);
  for (int i = j + static_cast<int>(threadIdx.x); i < n; i += kThreads)
    column[i] -= sqrt(d * (start[i + 1] - start[i])) / links;
}

// Thread i: the rank of the i-th highest score.
__global__ void rank_sorted(const double* falling, const std::int32_t* order, int n, std::int32_t* rank) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < n) rank[order[i]] = rank_in_falling(i, [=](int k) { return falling[k]; });
}

// Thread r: sum[r] = sum over its links, ascending, of z[link].
__global__ void sum_over_links(const std::int32_t* start, const std::int32_t* link, int n, const double* z,
                               double* sum) {
  const int r = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (r >= n) return;
  double total = 0;
  for (std::int32_t k = start[r]; k < start[r + 1]; ++k) total += z[link[k]];
  sum[r] = total;
}

unsigned blocks_for(int n) {
  return (static_cast<unsigned>(n) + kThreads - 1) / kThreads;
}

// Where a year lies on the device. C, P: its locations and products; n: the smaller of them.
struct Pieces {
  double *value, *of_cells;                              // [C, P]
  double *location_total, *product_total, *grand_total;  // [C], [P], [1]
  double* population;                                    // [C]
  std::int32_t *location_start, *product_start;          // [C + 1], [P + 1] of the graph
  double* scaled;                                        // [C, P]
  double *gram, *leading_value, *leading_vector;         // [n, n], [3], [3, n]
  double *score, *falling;                               // [longest]
  std::int32_t *item, *order, *rank;                     // [longest]
  std::byte* cub_scratch;
  std::size_t cub_bytes;
  // What a formula made of the cells is dead once it is copied out.
  std::int32_t* link() const { return reinterpret_cast<std::int32_t*>(of_cells); }
};

std::size_t carve(Arena arena, int locations, int products, std::size_t cub_bytes, Pieces& pieces) {
  const std::size_t c = static_cast<std::size_t>(locations), p = static_cast<std::size_t>(products);
  const std::size_t n = std::min(c, p), longest = std::max(c, p);
  pieces.value = arena.take<double>(c * p);
  pieces.of_cells = arena.take<double>(c * p);
  pieces.location_total = arena.take<double>(c);
  pieces.product_total = arena.take<double>(p);
  pieces.grand_total = arena.take<double>(1);
  pieces.population = arena.take<double>(c);
  pieces.location_start = arena.take<std::int32_t>(c + 1);
  pieces.product_start = arena.take<std::int32_t>(p + 1);
  pieces.scaled = arena.take<double>(c * p);
  pieces.gram = arena.take<double>(n * n);
  pieces.leading_value = arena.take<double>(3);
  pieces.leading_vector = arena.take<double>(3 * n);
  pieces.score = arena.take<double>(longest);
  pieces.falling = arena.take<double>(longest);
  pieces.item = arena.take<std::int32_t>(longest);
  pieces.order = arena.take<std::int32_t>(longest);
  pieces.rank = arena.take<std::int32_t>(longest);
  pieces.cub_scratch = arena.take<std::byte>(cub_bytes);
  pieces.cub_bytes = cub_bytes;
  return arena.used();
}

}  // namespace

// The year on the GPU as a DenseMachine. The graph of its presence - what is dropped, components, the giant one - is
// the CPU's: a search through one bit a cell, which takes a core less time than the first product takes here.
class DenseMeasures::Gpu final : public DenseMachine {
 public:
  Gpu() : blas_(stream_.get()), solver_(CusolverRoutine::kXsyevdx, stream_.get()) {}
  bool deterministic() const { return solver_.deterministic(); }

  void hold(const Year& year) override {
    make_room(year.locations, year.products);
    const std::size_t p = static_cast<std::size_t>(products_);
    const unsigned rows = static_cast<unsigned>(locations_), columns = static_cast<unsigned>(products_);
    const cudaStream_t stream = stream_.get();
    upload(year.value, at_.value);
    const std::vector<double> population = year.population.empty() ? std::vector<double>(rows) : year.population;
    upload(population, at_.population);
    all_population_ = all_population(year);
    sum_lines<<<rows, kThreads, 0, stream>>>(at_.value, p, 1, products_, at_.location_total);
    sum_lines<<<columns, kThreads, 0, stream>>>(at_.value, 1, p, locations_, at_.product_total);
    sum_lines<<<1, kThreads, 0, stream>>>(at_.location_total, 0, 1, locations_, at_.grand_total);
    BALASSA_CHECK_CUDA(cudaPeekAtLastError(), "summing a year");
    wait("summing a year");
  }

  std::vector<double> cells(const CellFormula& formula) override {
    std::vector<double> of_cells(static_cast<std::size_t>(locations_) * static_cast<std::size_t>(products_));
    std::visit(
        [&](const auto& of) {
          evaluate_cells<<<static_cast<unsigned>(locations_), kThreads, 0, stream_.get()>>>(year(), of, at_.of_cells);
        },
        formula);
    BALASSA_CHECK_CUDA(cudaPeekAtLastError(), "a formula of cells");
    download(at_.of_cells, of_cells);
    wait("a formula of cells");
    return of_cells;
  }

  std::vector<double> row_sums(const CellFormula& formula) override {
    std::vector<double> sums(static_cast<std::size_t>(locations_));
    std::visit(
        [&](const auto& of) {
          sum_cells<<<static_cast<unsigned>(locations_), kThreads, 0, stream_.get()>>>(year(), of, at_.of_cells);
        },
        formula);
    BALASSA_CHECK_CUDA(cudaPeekAtLastError(), "a sum of cells");
    download(at_.of_cells, sums);
    wait("a sum of cells");
    return sums;
  }

  std::vector<double> multiply(const BipartiteGraph& graph, Side to, const std::vector<double>& z) override {
    const bool by_location = to == Side::kLocations;
    const std::vector<std::int32_t>&start = by_location ? graph.location_start : graph.product_start,
          &link = by_location ? graph.location_link : graph.product_link;
    const int n = by_location ? graph.rows() : graph.columns();
    std::vector<double> sums(static_cast<std::size_t>(n));
    if (n == 0) return sums;
    upload(start, by_location ? at_.location_start : at_.product_start);
    upload(link, at_.link());
    upload(z, at_.score);
    sum_over_links<<<blocks_for(n), kThreads, 0, stream_.get()>>>(by_location ? at_.location_start : at_.product_start,
                                                                  at_.link(), n, at_.score, at_.falling);
    BALASSA_CHECK_CUDA(cudaPeekAtLastError(), "multiplying");
    download(at_.falling, sums);
    wait("multiplying");
    return sums;
  }

  LeadingPairs leading_pairs(const BipartiteGraph& graph) override {
    const int rows = graph.rows(), columns = graph.columns();
    const bool by_location = solves_by_location(graph);
    const cudaStream_t stream = stream_.get();
    upload(graph.location_start, at_.location_start);
    upload(graph.product_start, at_.product_start);
    upload(graph.location_link, at_.link());
    BALASSA_CHECK_CUDA(
        cudaMemsetAsync(at_.scaled, 0,
                        static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns) * sizeof(double), stream),
        "scaling presence");
    scale_links<<<static_cast<unsigned>(rows), kThreads, 0, stream>>>(at_.location_start, at_.link(), at_.product_start,
                                                                      columns, at_.scaled);
    BALASSA_CHECK_CUDA(cudaPeekAtLastError(), "scaling presence");
    // B [rows, columns] by rows is X [columns, rows] by columns: B B^T = X^T X, B^T B = X X^T.
    const EigenBatch batch{by_location ? rows : columns, 1, wanted_pairs(graph)};
    const double one = 1.0, zero = 0.0;
    BALASSA_CHECK_LIBRARY(BALASSA_CUBLAS(cublasDsyrk)(
        blas_.get(), CUBLAS_FILL_MODE_LOWER, by_location ? CUBLAS_OP_T : CUBLAS_OP_N, batch.n,
        by_location ? columns : rows, &one, at_.scaled, columns, &zero, at_.gram, batch.n));
    deflate_gram<<<static_cast<unsigned>(batch.n), kThreads, 0, stream>>>(
        at_.gram, batch.n, by_location ? at_.location_start : at_.product_start,
        static_cast<double>(graph.location_link.size()));
    BALASSA_CHECK_CUDA(cudaPeekAtLastError(), "deflating");
    solver_.solve(batch, at_.gram, at_.leading_value, at_.leading_vector);
    LeadingPairs pairs;
    pairs.value.resize(static_cast<std::size_t>(batch.wanted));
    pairs.vector.resize(static_cast<std::size_t>(batch.n));
    download(at_.leading_value, pairs.value);
    download(at_.leading_vector, pairs.vector);
    wait("copying the spectrum");
    return pairs;
  }

  std::vector<std::int32_t> ranks(const std::vector<double>& score) override {
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

 private:
  Cells year() const {
    return {at_.value,      at_.location_total, at_.product_total, at_.grand_total,
            at_.population, all_population_,    products_};
  }

  // Memory for a C x P year; the same block again where it is large enough.
  void make_room(int locations, int products) {
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
  double all_population_ = 0;
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
