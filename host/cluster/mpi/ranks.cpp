// Ranks by MPI-3 (Open MPI 4.1, MPICH 4). During a round one thread of rank 0 talks to the others, so that a rank
// never waits for what rank 0 computes; outside of rounds only the main thread calls MPI.
#include <fmt/format.h>
#define OMPI_SKIP_MPICXX  // its C++ classes are gone from the standard
#include <mpi.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <span>
#include <thread>

#include "host/cluster/ranks.hpp"
#include "io/base/error.hpp"

namespace balassa {
namespace {

constexpr int kToRoot = 1, kFromRoot = 2, kSum = 3;        // tags; messages of one rank under one tag keep their order
constexpr std::size_t kRawWaiting = std::size_t{1} << 28;  // bytes of raw scores that rank 0 holds at most
constexpr auto kNap = std::chrono::microseconds(200);      // between two looks for messages

// Every message to rank 0 begins with one of these.
enum class Ask : std::uint64_t { kRange, kRaw };

struct Question {
  Ask ask = Ask::kRange;
  double rate = 0;                                                 // kRange
  std::int64_t stop = 0;                                           // kRange
  std::uint64_t cell = 0, first = 0, count = 0, eci = 0, pci = 0;  // kRaw; floats of each follow
};
struct Answer {
  std::uint64_t given = 0, begin = 0, end = 0;  // given = 0: the round is over
};

void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw Error(ExitCode::kInternal, fmt::format("{}: {}", call, text));
}

// Sums of what plain addition of words does not sum, as operators on blocks of bytes.
void add_moments(void* from, void* to, int* count, MPI_Datatype*) {
  const auto* a = static_cast<const Moments*>(from);
  auto* b = static_cast<Moments*>(to);
  for (int i = 0; i < *count; ++i) b[i].add(a[i]);
}

bool together = false;  // the ranks have come to their end together

class MpiRanks final : public Ranks {
 public:
  MpiRanks() {
    check(MPI_Comm_dup(MPI_COMM_WORLD, &world_), "MPI_Comm_dup");
    check(MPI_Comm_set_errhandler(world_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    MPI_Comm_rank(world_, &rank_);
    MPI_Comm_size(world_, &size_);
    MPI_Comm here = MPI_COMM_NULL;
    check(MPI_Comm_split_type(world_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &here), "MPI_Comm_split_type");
    MPI_Comm_rank(here, &rank_here_);
    ranks_on_my_cores_ = count_equal_cores(here);
    MPI_Comm_free(&here);
    check(MPI_Type_contiguous(sizeof(Moments), MPI_BYTE, &moments_), "MPI_Type_contiguous");
    check(MPI_Type_commit(&moments_), "MPI_Type_commit");
    check(MPI_Op_create(add_moments, 1, &add_moments_), "MPI_Op_create");
  }
  ~MpiRanks() override { stop_listening(); }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int rank_here() const override { return rank_here_; }
  int ranks_on_my_cores() const override { return ranks_on_my_cores_; }

  std::uint64_t of_root(std::uint64_t value) override {
    check(MPI_Bcast(&value, 1, MPI_UINT64_T, 0, world_), "MPI_Bcast");
    return value;
  }

  void begin_round(const ScenarioRange& round) override {
    if (rank_ != 0) return;
    dispenser_.emplace(round, size_);
    listening_ = size_ - 1;
    failure_ = nullptr;
    listener_ = std::thread([this] { listen(); });
  }

  std::optional<ScenarioRange> take(double rate, int stop) override {
    if (rank_ == 0) {
      const std::lock_guard lock(mutex_);
      if (failure_) std::rethrow_exception(failure_);
      if (stop != 0) dispenser_->close(stop);
      return dispenser_->take(rate);
    }
    Question question;
    question.rate = rate;
    question.stop = stop;
    check(MPI_Send(&question, sizeof question, MPI_BYTE, 0, kToRoot, world_), "MPI_Send");
    Answer answer;
    check(MPI_Recv(&answer, sizeof answer, MPI_BYTE, 0, kFromRoot, world_, MPI_STATUS_IGNORE), "MPI_Recv");
    if (answer.given == 0) return std::nullopt;
    return ScenarioRange{answer.begin, answer.end};
  }

  void send(RawBlock block) override {
    Question question;
    question.ask = Ask::kRaw;
    question.cell = block.cell;
    question.first = block.first;
    question.count = block.count;
    question.eci = block.eci.size();
    question.pci = block.pci.size();
    message_.resize(sizeof question + (block.eci.size() + block.pci.size()) * sizeof(float));
    std::memcpy(message_.data(), &question, sizeof question);
    std::byte* to = message_.data() + sizeof question;
    std::copy_n(std::as_bytes(std::span(block.eci)).begin(), block.eci.size() * sizeof(float), to);
    std::copy_n(std::as_bytes(std::span(block.pci)).begin(), block.pci.size() * sizeof(float),
                to + block.eci.size() * sizeof(float));
    check(MPI_Send(message_.data(), static_cast<int>(message_.size()), MPI_BYTE, 0, kToRoot, world_), "MPI_Send");
  }

  std::vector<RawBlock> received() override {
    const std::lock_guard lock(mutex_);
    std::vector<RawBlock> blocks(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
    waiting_.clear();
    waiting_bytes_ = 0;
    return blocks;
  }

  std::uint64_t given() override {
    const std::lock_guard lock(mutex_);
    return dispenser_ ? dispenser_->given() : 0;
  }

  RoundEnd end_round(const std::function<void(const RawBlock&)>& take_raw) override {
    std::array<std::uint64_t, 2> end{};
    if (rank_ == 0) {
      for (bool more = true; more;) {
        {
          const std::lock_guard lock(mutex_);
          more = listening_ > 0 && !failure_;
        }
        for (const RawBlock& block : received()) take_raw(block);
        if (more) std::this_thread::sleep_for(kNap);
      }
      stop_listening();
      for (const RawBlock& block : received()) take_raw(block);
      if (failure_) std::rethrow_exception(failure_);
      const RoundEnd ended = dispenser_->end();
      end = {ended.done, std::bit_cast<std::uint64_t>(static_cast<std::int64_t>(ended.stop))};
      dispenser_.reset();
    }
    check(MPI_Bcast(end.data(), 2, MPI_UINT64_T, 0, world_), "MPI_Bcast");
    return {end[0], static_cast<int>(std::bit_cast<std::int64_t>(end[1]))};
  }

  void sum(Tallies& tallies) override {
    agree_on_shape(tallies);
    each_tally([&](const auto& family) { sum(family, tallies.*family.member); });
  }

  void end_together() override { together = true; }

 private:
  static int count_equal_cores(MPI_Comm here) {
    int ranks = 1;
    MPI_Comm_size(here, &ranks);
    cpu_set_t own;
    CPU_ZERO(&own);
    sched_getaffinity(0, sizeof own, &own);
    std::vector<cpu_set_t> all(static_cast<std::size_t>(ranks));
    check(MPI_Allgather(&own, sizeof own, MPI_BYTE, all.data(), sizeof own, MPI_BYTE, here), "MPI_Allgather");
    return static_cast<int>(
        std::count_if(all.begin(), all.end(), [&](const cpu_set_t& set) { return CPU_EQUAL(&set, &own) != 0; }));
  }

  // use(part, n) on consecutive parts of an array: MPI counts in int.
  template <class T, class Use>
  static void in_parts(T* data, std::size_t count, Use use) {
    constexpr std::size_t kMost = std::size_t{1} << 26;
    for (std::size_t first = 0; first < count; first += kMost)
      use(data + first, static_cast<int>(std::min(kMost, count - first)));
  }

  // Into rank 0, in place.
  template <class T>
  void reduce(T* data, std::size_t count, MPI_Datatype type, MPI_Op operation) {
    in_parts(data, count, [&](T* part, int n) {
      check(rank_ == 0 ? MPI_Reduce(MPI_IN_PLACE, part, n, type, operation, 0, world_)
                       : MPI_Reduce(part, nullptr, n, type, operation, 0, world_),
            "MPI_Reduce");
    });
  }

  // Into rank 0 by a binomial tree: at each step every second rank that is left sends all it has to the one before.
  void add_up(SparseHistograms& histograms) {
    for (int step = 1; step < size_; step *= 2) {
      if (rank_ % (2 * step) == step) {
        send_array(histograms.start, rank_ - step);
        send_array(histograms.column, rank_ - step);
        send_array(histograms.count, rank_ - step);
        return;
      }
      if (rank_ + step >= size_) continue;
      SparseHistograms other;
      receive_array(other.start, rank_ + step);
      receive_array(other.column, rank_ + step);
      receive_array(other.count, rank_ + step);
      histograms.add(std::move(other));
    }
  }
  template <class T>
  void send_array(const std::vector<T>& values, int to) {
    const std::uint64_t size = values.size();
    check(MPI_Send(&size, 1, MPI_UINT64_T, to, kSum, world_), "MPI_Send");
    in_parts(values.data(), size, [&](const T* part, int n) {
      check(MPI_Send(part, n * static_cast<int>(sizeof(T)), MPI_BYTE, to, kSum, world_), "MPI_Send");
    });
  }
  template <class T>
  void receive_array(std::vector<T>& values, int from) {
    std::uint64_t size = 0;
    check(MPI_Recv(&size, 1, MPI_UINT64_T, from, kSum, world_, MPI_STATUS_IGNORE), "MPI_Recv");
    values.resize(size);
    in_parts(values.data(), size, [&](T* part, int n) {
      check(MPI_Recv(part, n * static_cast<int>(sizeof(T)), MPI_BYTE, from, kSum, world_, MPI_STATUS_IGNORE),
            "MPI_Recv");
    });
  }

  // One way for each type of member.
  void sum(const TallyFamily<std::uint64_t>&, std::uint64_t& count) { reduce(&count, 1, MPI_UINT64_T, MPI_SUM); }
  void sum(const TallyFamily<std::vector<std::uint64_t>>&, std::vector<std::uint64_t>& counts) {
    reduce(counts.data(), counts.size(), MPI_UINT64_T, MPI_SUM);
  }
  void sum(const TallyFamily<SparseHistograms>&, SparseHistograms& histograms) { add_up(histograms); }
  void sum(const TallyFamily<std::vector<Moments>>&, std::vector<Moments>& moments) {
    reduce(moments.data(), moments.size(), moments_, add_moments_);
  }
  // One of each a rank. Which of two equal ones stays is for Tallies::add to say.
  void sum(const TallyFamily<Worst>& family, Worst& worst) {
    std::vector<Worst> all(static_cast<std::size_t>(rank_ == 0 ? size_ : 0));
    check(MPI_Gather(&worst, sizeof worst, MPI_BYTE, all.data(), sizeof worst, MPI_BYTE, 0, world_), "MPI_Gather");
    Tallies sum, other;
    for (const Worst& of_rank : all) {
      other.*family.member = of_rank;
      sum.add(other);
    }
    if (rank_ == 0) worst = sum.*family.member;
  }

  // A rank that ran nothing of a cell has no counters of it: it gets zeros.
  void agree_on_shape(Tallies& tallies) {
    std::vector<std::uint64_t> sizes;
    each_array(tallies, [&](const auto& items) { sizes.push_back(items.size()); });
    check(MPI_Allreduce(MPI_IN_PLACE, sizes.data(), static_cast<int>(sizes.size()), MPI_UINT64_T, MPI_MAX, world_),
          "MPI_Allreduce");
    const std::uint64_t* size = sizes.data();
    each_array(tallies, [&](auto& items) { items.resize(*size++); });
  }
  // The families that MPI reduces number by number.
  template <class Visit>
  static void each_array(Tallies& tallies, Visit visit) {
    each_tally([&](const auto& family) {
      if constexpr (requires { (tallies.*family.member).data(); }) visit(tallies.*family.member);
    });
  }

  // Rank 0's thread: answers until every other rank has heard that the round is over.
  void listen() {
    try {
      for (int left = size_ - 1; left > 0;) {
        int found = 0;
        MPI_Message message = MPI_MESSAGE_NULL;
        MPI_Status status;
        check(MPI_Improbe(MPI_ANY_SOURCE, kToRoot, world_, &found, &message, &status), "MPI_Improbe");
        if (found == 0) {
          {
            const std::lock_guard lock(mutex_);
            if (leaving_) return;
          }
          std::this_thread::sleep_for(kNap);
          continue;
        }
        int bytes = 0;
        MPI_Get_count(&status, MPI_BYTE, &bytes);
        std::vector<std::byte> received(static_cast<std::size_t>(bytes));
        check(MPI_Mrecv(received.data(), bytes, MPI_BYTE, &message, &status), "MPI_Mrecv");
        Question question;
        std::memcpy(&question, received.data(), sizeof question);
        if (question.ask == Ask::kRaw) {
          keep(question, received);
        } else if (!answer(question, status.MPI_SOURCE)) {
          --left;
          const std::lock_guard lock(mutex_);
          listening_ = left;
        }
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
  }

  bool answer(const Question& question, int to) {
    Answer answer;
    {
      const std::lock_guard lock(mutex_);
      if (question.stop != 0) dispenser_->close(static_cast<int>(question.stop));
      if (const auto range = dispenser_->take(question.rate)) answer = {1, range->begin, range->end};
    }
    check(MPI_Send(&answer, sizeof answer, MPI_BYTE, to, kFromRoot, world_), "MPI_Send");
    return answer.given != 0;
  }

  void keep(const Question& question, const std::vector<std::byte>& message) {
    RawBlock block{question.cell, question.first, question.count, {}, {}};
    block.eci.resize(question.eci);
    block.pci.resize(question.pci);
    const std::byte* from = message.data() + sizeof question;
    std::memcpy(block.eci.data(), from, question.eci * sizeof(float));
    std::memcpy(block.pci.data(), from + question.eci * sizeof(float), question.pci * sizeof(float));
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (waiting_bytes_ < kRawWaiting || leaving_) {
          waiting_bytes_ += message.size();
          waiting_.push_back(std::move(block));
          return;
        }
      }
      std::this_thread::sleep_for(kNap);
    }
  }

  void stop_listening() {
    if (!listener_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      leaving_ = true;
    }
    listener_.join();
    leaving_ = false;
  }

  MPI_Comm world_ = MPI_COMM_NULL;
  MPI_Datatype moments_ = MPI_DATATYPE_NULL;
  MPI_Op add_moments_ = MPI_OP_NULL;
  int rank_ = 0, size_ = 1, rank_here_ = 0, ranks_on_my_cores_ = 1;
  std::vector<std::byte> message_;

  // Rank 0.
  std::mutex mutex_;  // of what follows
  std::optional<RangeDispenser> dispenser_;
  std::deque<RawBlock> waiting_;
  std::size_t waiting_bytes_ = 0;
  int listening_ = 0;  // ranks that may still ask
  bool leaving_ = false;
  std::exception_ptr failure_;
  std::thread listener_;
};

// Whether a launcher of MPI jobs started this process: only then may MPI be begun, since a process alone would wait
// for a daemon, or open ports, for nothing.
bool launched() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE"}) {
    if (std::getenv(name) != nullptr) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<Ranks> join_ranks() {
  if (!launched()) return nullptr;
  int provided = 0;
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided), "MPI_Init_thread");
  if (provided < MPI_THREAD_SERIALIZED) {
    throw Error(ExitCode::kDeviceUnavailable,
                "MPI: found a library without threads, expected MPI_THREAD_SERIALIZED; "
                "use Open MPI 4 or MPICH 4 built with threads");
  }
  int size = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size == 1) return nullptr;
  return std::make_unique<MpiRanks>();
}

void leave_ranks(int exit_code) {
  int begun = 0, ended = 0;
  MPI_Initialized(&begun);
  MPI_Finalized(&ended);
  if (begun == 0 || ended != 0) return;
  int size = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (together || size == 1) {
    MPI_Finalize();
  } else {
    MPI_Abort(MPI_COMM_WORLD, exit_code);
  }
}

}  // namespace balassa
