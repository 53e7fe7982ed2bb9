#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace hindcast::analysis {

/// Memory that work in flight shares.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t bytes) : bytes_(bytes) {}

  /// Waits until there is room. Work that is larger than the whole budget waits to be alone:
  /// whether it may be done at all is for the caller to judge.
  void take(std::uint64_t bytes);
  void give_back(std::uint64_t bytes);

  /// A part of the budget that was taken; gives it back.
  class Share {
   public:
    Share(MemoryBudget& budget, std::uint64_t bytes) : budget_(budget), bytes_(bytes) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    Share(Share&&) = delete;
    Share& operator=(Share&&) = delete;
    ~Share() { budget_.give_back(bytes_); }

   private:
    MemoryBudget& budget_;
    std::uint64_t bytes_;
  };

 private:
  std::uint64_t bytes_;
  std::uint64_t taken_ = 0;
  std::mutex mutex_;
  std::condition_variable freed_;
};

/// Half of machine_memory().
[[nodiscard]] std::uint64_t default_memory();

}  // namespace hindcast::analysis
