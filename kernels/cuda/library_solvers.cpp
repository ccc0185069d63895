// cuSOLVER's routines behind kernels/solvers/eigen_solver.hpp: matrices formed on the host, solved where they lie on
// the device.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernels/cuda/eigen_solvers.hpp"
#include "kernels/cuda/library_handles.hpp"
#include "kernels/device.hpp"
#include "kernels/solvers/cuda_list.hpp"
#include "kernels/solvers/weighted_graph.hpp"

namespace balassa {
namespace {

constexpr int kWanted = 2;  // the trivial pair and the second
constexpr cudaDataType kReal = CUDA_R_64F, kComplex = CUDA_C_64F;

double* doubles(const DeviceBuffer& buffer) {
  return reinterpret_cast<double*>(buffer.get());
}

std::vector<double> fetch(const DeviceBuffer& from, std::size_t count, cudaStream_t stream) {
  std::vector<double> to(count);
  BALASSA_CHECK_CUDA(cudaMemcpyAsync(to.data(), from.get(), count * sizeof(double), cudaMemcpyDeviceToHost, stream));
  BALASSA_CHECK_CUDA(cudaStreamSynchronize(stream));
  return to;
}

// The time between two points of a stream, by the device's clock.
class StreamTimer {
 public:
  StreamTimer() {
    BALASSA_CHECK_CUDA(cudaEventCreate(&begin_));
    BALASSA_CHECK_CUDA(cudaEventCreate(&end_));
  }
  ~StreamTimer() {
    (void)cudaEventDestroy(begin_);
    (void)cudaEventDestroy(end_);
  }
  StreamTimer(const StreamTimer&) = delete;
  StreamTimer& operator=(const StreamTimer&) = delete;
  void begin(cudaStream_t stream) { BALASSA_CHECK_CUDA(cudaEventRecord(begin_, stream)); }
  double end(cudaStream_t stream) {
    BALASSA_CHECK_CUDA(cudaEventRecord(end_, stream));
    BALASSA_CHECK_CUDA(cudaEventSynchronize(end_));
    float milliseconds = 0;
    BALASSA_CHECK_CUDA(cudaEventElapsedTime(&milliseconds, begin_, end_));
    return 1e-3 * static_cast<double>(milliseconds);
  }

 private:
  cudaEvent_t begin_ = nullptr, end_ = nullptr;
};

// What all of them share: the problems as graphs, one matrix each of side C on the device, and the copy that a routine
// overwrites. A location that takes no part is a zero row and column: an eigenvalue 0, far from those wanted.
class LibrarySolver : public EigenSolver {
 public:
  const SolverDescription& describe() const override { return description_; }

  void prepare(std::span<const SpectralProblem> problems) override {
    graphs_.clear();
    const std::int64_t batch = static_cast<std::int64_t>(problems.size());
    for (const SpectralProblem& problem : problems) {
      if (problem.locations != problems[0].locations || problem.products != problems[0].products)
        throw std::invalid_argument("eigen-solver '" + description_.name +
                                    "': found problems of different sizes in a batch");
    }
    if (problems.empty()) return;
    locations_ = problems[0].locations;
    products_ = problems[0].products;
    check_limits(description_, locations_, description_.accepts == Acceptance::kBatch ? batch : 1);
    check_more(batch);
    for (const SpectralProblem& problem : problems) graphs_.push_back(make_weighted_graph(problem));
    std::vector<double> host(elements() * problems.size(), 0.0);
    for (std::size_t k = 0; k < problems.size(); ++k) form(graphs_[k], host.data() + k * elements());
    bytes_ = host.size() * sizeof(double);
    given_ = DeviceBuffer(bytes_, "matrices");
    matrix_ = DeviceBuffer(bytes_, "matrices to overwrite");
    BALASSA_CHECK_CUDA(cudaMemcpyAsync(given_.get(), host.data(), bytes_, cudaMemcpyHostToDevice, stream_.get()));
    BALASSA_CHECK_CUDA(cudaStreamSynchronize(stream_.get()));
    with_either_algorithm([this] { reserve(); });
  }

  void solve(std::span<SpectralSolution> solutions) override {
    if (solutions.size() != graphs_.size())
      throw std::invalid_argument("eigen-solver '" + description_.name + "': found room for " +
                                  std::to_string(solutions.size()) + " solutions, expected " +
                                  std::to_string(graphs_.size()) + " as prepared");
    for (SpectralSolution& solution : solutions) {
      solution = SpectralSolution{};
      solution.lambda3 = std::numeric_limits<double>::quiet_NaN();
    }
    if (graphs_.empty()) return;
    try {
      run_timed(solutions);
    } catch (const NotDeterministic&) {
      reserve();
      run_timed(solutions);
    }
    if (!deterministic() && !said_) description_.method += "; no deterministic algorithm here";
    said_ = said_ || !deterministic();
  }

  std::optional<double> device_seconds() const override { return seconds_; }

  // Writes over more memory than the L2 holds.
  void flush_device() override {
    if (flush_.get() == nullptr) {
      int device = 0, cache = 0;
      BALASSA_CHECK_CUDA(cudaGetDevice(&device));
      BALASSA_CHECK_CUDA(cudaDeviceGetAttribute(&cache, cudaDevAttrL2CacheSize, device));
      flush_bytes_ = 2 * static_cast<std::size_t>(std::max(cache, 1 << 20));
      flush_ = DeviceBuffer(flush_bytes_, "what drives matrices out of the L2");
    }
    BALASSA_CHECK_CUDA(cudaMemsetAsync(flush_.get(), 0, flush_bytes_, stream_.get()));
    BALASSA_CHECK_CUDA(cudaStreamSynchronize(stream_.get()));
  }

  std::size_t memory_bytes() const override { return 2 * bytes_ + more_bytes(); }

 protected:
  explicit LibrarySolver(const SolverDescription& description) : description_(description) {}
  virtual std::size_t elements() const = 0;                           // of one matrix
  virtual void form(const WeightedGraph& graph, double* matrix) = 0;  // zeroed
  virtual void check_more(std::int64_t) const {}
  virtual void reserve() = 0;
  virtual void run(std::span<SpectralSolution> solutions) = 0;
  virtual std::size_t more_bytes() const = 0;
  virtual bool deterministic() const = 0;

  // A matrix over a graph's rows, spread over all locations.
  void spread(const WeightedGraph& graph, const std::vector<double>& dense, double* matrix) const {
    const std::size_t rows = static_cast<std::size_t>(graph.rows()), n = static_cast<std::size_t>(locations_);
    for (std::size_t j = 0; j < rows; ++j) {
      for (std::size_t i = 0; i < rows; ++i)
        matrix[static_cast<std::size_t>(graph.graph.location[j]) * n +
               static_cast<std::size_t>(graph.graph.location[i])] = dense[j * rows + i];
    }
  }

  SolverDescription description_;
  Stream stream_;
  std::vector<WeightedGraph> graphs_;
  int locations_ = 0, products_ = 0;
  DeviceBuffer given_, matrix_, flush_;
  std::size_t bytes_ = 0, flush_bytes_ = 0;

 private:
  void run_timed(std::span<SpectralSolution> solutions) {
    timer_.begin(stream_.get());
    BALASSA_CHECK_CUDA(cudaMemcpyAsync(matrix_.get(), given_.get(), bytes_, cudaMemcpyDeviceToDevice, stream_.get()));
    run(solutions);
    seconds_ = timer_.end(stream_.get());
  }

  StreamTimer timer_;
  std::optional<double> seconds_;
  bool said_ = false;  // that its bits may differ from run to run
};

class SymmetricLibrarySolver : public LibrarySolver {
 public:
  SymmetricLibrarySolver(const SolverDescription& description, CusolverRoutine routine)
      : LibrarySolver(description), routine_(routine, stream_.get()) {}

 private:
  std::size_t elements() const override {
    return static_cast<std::size_t>(locations_) * static_cast<std::size_t>(locations_);
  }
  void form(const WeightedGraph& graph, double* matrix) override {
    spread(graph, symmetric_matrix(graph, false), matrix);
  }
  EigenBatch batch() const { return {locations_, static_cast<int>(graphs_.size()), kWanted}; }
  void reserve() override {
    routine_.prepare(batch(), doubles(matrix_));
    value_ = DeviceBuffer(graphs_.size() * kWanted * sizeof(double), "eigenvalues");
    vector_ = DeviceBuffer(vector_count() * sizeof(double), "eigenvectors");
  }
  std::size_t vector_count() const { return graphs_.size() * kWanted * static_cast<std::size_t>(locations_); }
  void run(std::span<SpectralSolution> solutions) override {
    try {
      routine_.solve(batch(), doubles(matrix_), doubles(value_), doubles(vector_));
    } catch (const EigenSolverFailed& error) {  // the rest of the batch stands
      solutions[static_cast<std::size_t>(error.matrix())].failure = error.what();
    }
    const std::vector<double> value = fetch(value_, graphs_.size() * kWanted, stream_.get()),
                              vector = fetch(vector_, vector_count(), stream_.get());
    const std::size_t n = static_cast<std::size_t>(locations_);
    for (std::size_t k = 0; k < solutions.size(); ++k) {
      if (!solutions[k].failure.empty()) continue;
      solutions[k].lambda2 = value[k * kWanted + 1];
      const auto begin = vector.begin() + static_cast<std::ptrdiff_t>((k * kWanted + 1) * n);
      solutions[k].vector.assign(begin, begin + locations_);
    }
  }
  std::size_t more_bytes() const override {
    return routine_.workspace_bytes() + (vector_count() + graphs_.size() * kWanted) * sizeof(double);
  }

  bool deterministic() const override { return routine_.deterministic(); }

  SymmetricEigenSolver routine_;
  DeviceBuffer value_, vector_;
};

// Xgeev: one matrix after another; right vectors, real ones as real columns, as LAPACK's dgeev packs them.
class UnsymmetricLibrarySolver : public LibrarySolver {
 public:
  explicit UnsymmetricLibrarySolver(const SolverDescription& description)
      : LibrarySolver(description), handle_(stream_.get()) {}

 private:
  std::size_t elements() const override {
    return static_cast<std::size_t>(locations_) * static_cast<std::size_t>(locations_);
  }
  void form(const WeightedGraph& graph, double* matrix) override {
    spread(graph, transition_matrix(graph, false), matrix);
  }
  void reserve() override {
    const std::size_t n = static_cast<std::size_t>(locations_);
    value_ = DeviceBuffer(2 * n * sizeof(double), "eigenvalues");
    vector_ = DeviceBuffer(n * n * sizeof(double), "eigenvectors");
    info_ = DeviceBuffer(sizeof(std::int32_t), "info");
    std::size_t host = 0;
    BALASSA_SOLVE(handle_, cusolverDnXgeev_bufferSize, params_.get(), CUSOLVER_EIG_MODE_NOVECTOR,
                  CUSOLVER_EIG_MODE_VECTOR, locations_, kReal, matrix_.get(), locations_, kComplex, value_.get(), kReal,
                  nullptr, locations_, kReal, vector_.get(), locations_, kReal, &work_bytes_, &host);
    work_ = DeviceBuffer(work_bytes_, "the eigen-solver Xgeev");
    host_work_.resize(host);
  }
  void run(std::span<SpectralSolution> solutions) override {
    const std::size_t n = static_cast<std::size_t>(locations_);
    for (std::size_t k = 0; k < solutions.size(); ++k) {
      BALASSA_SOLVE(handle_, cusolverDnXgeev, params_.get(), CUSOLVER_EIG_MODE_NOVECTOR, CUSOLVER_EIG_MODE_VECTOR,
                    locations_, kReal, doubles(matrix_) + k * elements(), locations_, kComplex, value_.get(), kReal,
                    nullptr, locations_, kReal, vector_.get(), locations_, kReal, work_.get(), work_bytes_,
                    host_work_.data(), host_work_.size(), reinterpret_cast<int*>(info_.get()));
      std::int32_t info = 0;
      BALASSA_CHECK_CUDA(cudaMemcpyAsync(&info, info_.get(), sizeof info, cudaMemcpyDeviceToHost, stream_.get()));
      const std::vector<double> value = fetch(value_, 2 * n, stream_.get()),
                                vector = fetch(vector_, n * n, stream_.get());
      if (info != 0) {
        solutions[k].failure = "cuSOLVER Xgeev: found info " + std::to_string(info) + ", expected 0";
        continue;
      }
      std::vector<std::size_t> order(n);
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::hypot(value[2 * a], value[2 * a + 1]) > std::hypot(value[2 * b], value[2 * b + 1]);
      });
      const std::size_t column = order[1] - (value[2 * order[1] + 1] < 0 ? 1 : 0);
      solutions[k].lambda2 = value[2 * order[1]];
      if (n > 2) solutions[k].lambda3 = value[2 * order[2]];
      const std::vector<double> rows = rows_of(graphs_[k], std::span(vector).subspan(column * n, n));
      solutions[k].vector = from_transition(graphs_[k], false, rows.data());
    }
  }
  bool deterministic() const override { return handle_.deterministic(); }
  std::size_t more_bytes() const override {
    const std::size_t n = static_cast<std::size_t>(locations_);
    return work_bytes_ + host_work_.size() + (2 * n + n * n) * sizeof(double);
  }

  SolverHandle handle_;
  SolverParams params_;
  DeviceBuffer value_, vector_, info_, work_;
  std::size_t work_bytes_ = 0;
  std::vector<std::byte> host_work_;
};

// gesvda on B^T, P x C, which it wants tall: right vectors are A's, singular values the roots of its eigenvalues.
class SvdLibrarySolver : public LibrarySolver {
 public:
  explicit SvdLibrarySolver(const SolverDescription& description)
      : LibrarySolver(description), handle_(stream_.get()) {}

 private:
  std::size_t elements() const override {
    return static_cast<std::size_t>(locations_) * static_cast<std::size_t>(products_);
  }
  void check_more(std::int64_t batch) const override {
    const std::int64_t most = description_.largest_elements / static_cast<std::int64_t>(elements());
    if (products_ < locations_ || batch > most)
      throw std::invalid_argument("eigen-solver '" + description_.name + "': found " + std::to_string(locations_) +
                                  " x " + std::to_string(products_) +
                                  " cells, expected no more locations than products and at most " +
                                  std::to_string(most) + " problems of this size (" + description_.limit + ")");
  }
  void form(const WeightedGraph& graph, double* matrix) override {
    for (int c = 0; c < graph.rows(); ++c) {
      double* column = matrix + static_cast<std::size_t>(graph.graph.location[static_cast<std::size_t>(c)]) *
                                    static_cast<std::size_t>(products_);
      for (const std::int32_t p : graph.graph.products_of(c))
        column[graph.graph.product[static_cast<std::size_t>(p)]] =
            graph.inv_sqrt_d[static_cast<std::size_t>(c)] * std::sqrt(graph.scale[static_cast<std::size_t>(p)]);
    }
  }
  // Of one call or of its workspace query.
  long long stride_u() const { return static_cast<long long>(products_) * kWanted; }
  long long stride_v() const { return static_cast<long long>(locations_) * kWanted; }
  void reserve() override {
    const std::size_t batch = graphs_.size();
    value_ = DeviceBuffer(batch * kWanted * sizeof(double), "singular values");
    left_ = DeviceBuffer(batch * static_cast<std::size_t>(stride_u()) * sizeof(double), "left singular vectors");
    right_ = DeviceBuffer(batch * static_cast<std::size_t>(stride_v()) * sizeof(double), "right singular vectors");
    info_ = DeviceBuffer(batch * sizeof(std::int32_t), "info");
    norm_.resize(batch);
    BALASSA_SOLVE(handle_, cusolverDnDgesvdaStridedBatched_bufferSize, CUSOLVER_EIG_MODE_VECTOR, kWanted, products_,
                  locations_, doubles(matrix_), products_, static_cast<long long>(elements()), doubles(value_), kWanted,
                  doubles(left_), products_, stride_u(), doubles(right_), locations_, stride_v(), &length_,
                  static_cast<int>(batch));
    work_ = DeviceBuffer(static_cast<std::size_t>(length_) * sizeof(double), "the solver gesvdaStridedBatched");
  }
  void run(std::span<SpectralSolution> solutions) override {
    const std::size_t batch = graphs_.size(), n = static_cast<std::size_t>(locations_);
    BALASSA_SOLVE(handle_, cusolverDnDgesvdaStridedBatched, CUSOLVER_EIG_MODE_VECTOR, kWanted, products_, locations_,
                  doubles(matrix_), products_, static_cast<long long>(elements()), doubles(value_), kWanted,
                  doubles(left_), products_, stride_u(), doubles(right_), locations_, stride_v(), doubles(work_),
                  length_, reinterpret_cast<int*>(info_.get()), norm_.data(), static_cast<int>(batch));
    std::vector<std::int32_t> info(batch);
    BALASSA_CHECK_CUDA(
        cudaMemcpyAsync(info.data(), info_.get(), batch * sizeof(std::int32_t), cudaMemcpyDeviceToHost, stream_.get()));
    const std::vector<double> value = fetch(value_, batch * kWanted, stream_.get()),
                              vector = fetch(right_, batch * static_cast<std::size_t>(stride_v()), stream_.get());
    for (std::size_t k = 0; k < batch; ++k) {
      if (info[k] != 0) {
        solutions[k].failure = "cuSOLVER gesvdaStridedBatched: found info " + std::to_string(info[k]) + ", expected 0";
        continue;
      }
      solutions[k].lambda2 = value[k * kWanted + 1] * value[k * kWanted + 1];
      const auto begin = vector.begin() + static_cast<std::ptrdiff_t>((k * kWanted + 1) * n);
      solutions[k].vector.assign(begin, begin + locations_);
    }
  }
  bool deterministic() const override { return handle_.deterministic(); }
  std::size_t more_bytes() const override {
    const std::size_t vectors = static_cast<std::size_t>(stride_u() + stride_v()) + kWanted;
    return (graphs_.size() * vectors + static_cast<std::size_t>(length_)) * sizeof(double);
  }

  SolverHandle handle_;
  DeviceBuffer value_, left_, right_, info_, work_;
  std::vector<double> norm_;  // of what the approximation leaves
  int length_ = 0;
};

struct Named {
  const char* name;
  CusolverRoutine routine;
};
constexpr Named kSymmetric[] = {
    {"cusolver-dsyevd", CusolverRoutine::kDsyevd},
    {"cusolver-xsyevd", CusolverRoutine::kXsyevd},
    {"cusolver-dsyevdx", CusolverRoutine::kDsyevdx},
    {"cusolver-xsyevdx", CusolverRoutine::kXsyevdx},
    {"cusolver-dsyevj", CusolverRoutine::kDsyevj},
    {"cusolver-dsyevj-batched", CusolverRoutine::kSyevjBatched},
    {"cusolver-xsyev-batched", CusolverRoutine::kXsyevBatched},
};

}  // namespace

std::unique_ptr<EigenSolver> make_library_solver(const SolverDescription& description) {
  for (const Named& symmetric : kSymmetric) {
    if (description.name == symmetric.name)
      return std::make_unique<SymmetricLibrarySolver>(description, symmetric.routine);
  }
  if (description.name == "cusolver-xgeev") return std::make_unique<UnsymmetricLibrarySolver>(description);
  return std::make_unique<SvdLibrarySolver>(description);
}

}  // namespace balassa
