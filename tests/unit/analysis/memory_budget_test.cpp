#include "analysis/memory_budget.hpp"

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace hindcast;
using analysis::MemoryBudget;

TEST_CASE("memory_budget: never gives out more than there is, but to one who is alone") {
  MemoryBudget budget(100);
  std::atomic<int> taken = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (const int need : {30, 40, 60, 100, 250}) {
    threads.emplace_back([&, need] {
      for (int i = 0; i < 200; ++i) {
        budget.take(static_cast<std::uint64_t>(need));
        const MemoryBudget::Share share(budget, static_cast<std::uint64_t>(need));
        const int now = taken += need;
        if (need <= 100 || now > need) {
          int before = most;
          while (before < now && !most.compare_exchange_weak(before, now)) {
          }
        }
        taken -= need;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(most <= 100);
}
