#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

namespace hindcast {

/// Calls `work(i)` for every i below `count`, on so many threads, and `take(i, result)` with what
/// it returned, one at a time and in the order of i. What `work` throws is thrown here when its
/// turn comes, so that of several it is always the first. No more results wait than twice the
/// threads.
template <typename Work, typename Take>
void in_order(std::size_t count, unsigned threads, const Work& work, const Take& take) {
  using Result = decltype(work(std::size_t{0}));
  struct Item {
    std::size_t index = 0;
    std::optional<Result> result = {};
    std::exception_ptr failure = {};
  };
  std::size_t next = 0;
  const auto deal = [&](tbb::flow_control& control) -> Item {
    if (next == count) {
      control.stop();
      return {};
    }
    return {.index = next++};
  };
  const auto do_work = [&](Item item) {
    try {
      item.result.emplace(work(item.index));
    } catch (...) {
      item.failure = std::current_exception();
    }
    return item;
  };
  const auto hand_on = [&](Item item) {
    if (item.failure) {
      std::rethrow_exception(item.failure);
    }
    take(item.index, *std::move(item.result));
  };
  tbb::task_arena arena(static_cast<int>(threads));
  arena.execute([&] {
    tbb::parallel_pipeline(
        std::size_t{2} * threads,
        tbb::make_filter<void, Item>(tbb::filter_mode::serial_in_order, deal) &
            tbb::make_filter<Item, Item>(tbb::filter_mode::parallel, do_work) &
            tbb::make_filter<Item, void>(tbb::filter_mode::serial_in_order, hand_on));
  });
}

}  // namespace hindcast
