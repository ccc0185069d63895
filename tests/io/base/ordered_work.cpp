#include "io/base/ordered_work.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>

namespace balassa {
namespace {

// Late jobs are the quick ones, and still come back in order; no more are under way than there is room for.
TEST(OrderedWork, TakesJobsBackInOrder) {
  for (const int threads : {1, 2, 7}) {
    std::vector<int> taken, thrice;
    std::atomic<int> under_way{0}, most{0};
    const auto work = [](int& job, std::size_t) {
      std::this_thread::sleep_for(std::chrono::microseconds(job % 5 == 0 ? 2000 : 10));
      job *= 3;
    };
    OrderedWork<int> jobs(threads, 40, work, [&](int& job) {
      taken.push_back(job);
      --under_way;
    });
    for (int job = 0; job < 100; ++job) {
      most = std::max(most.load(), ++under_way);
      jobs.add(job, 10);
      thrice.push_back(3 * job);
    }
    jobs.drain();
    EXPECT_EQ(taken, thrice) << threads << " threads";
    EXPECT_LE(most, 5) << threads << " threads";
  }
}

TEST(OrderedWork, HandsOnAFailureInItsPlace) {
  std::vector<int> taken;
  OrderedWork<int> jobs(
      3, 1000,
      [](int& job, std::size_t) {
        if (job == 4) throw std::runtime_error("four");
      },
      [&](int& job) { taken.push_back(job); });
  for (int job = 0; job < 8; ++job) jobs.add(job, 1);
  EXPECT_THROW(jobs.drain(), std::runtime_error);
  EXPECT_THAT(taken, ::testing::ElementsAre(0, 1, 2, 3));
}

}  // namespace
}  // namespace balassa
