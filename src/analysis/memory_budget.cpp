#include "analysis/memory_budget.hpp"

#include "analysis/machine_memory.hpp"

namespace hindcast::analysis {

void MemoryBudget::take(std::uint64_t bytes) {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [&] { return taken_ == 0 || (taken_ <= bytes_ && bytes <= bytes_ - taken_); });
  taken_ += bytes;
}

void MemoryBudget::give_back(std::uint64_t bytes) {
  {
    const std::scoped_lock lock(mutex_);
    taken_ -= bytes;
  }
  freed_.notify_all();
}

std::uint64_t default_memory() {
  return machine_memory() / 2;
}

}  // namespace hindcast::analysis
