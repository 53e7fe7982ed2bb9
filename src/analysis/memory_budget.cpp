#include "analysis/memory_budget.hpp"

#include <limits>
#include <unistd.h>

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
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page) / 2;
}

}  // namespace hindcast::analysis
