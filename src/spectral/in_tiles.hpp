#pragma once

// Work on one large matrix, shared among threads in pieces that depend on the matrix alone. Every
// piece is done by one thread in one order, so the result has the same bits for any number of them.

#include <cstddef>

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

namespace hindcast::spectral {

/// Calls `work(i)` for every i below `count`, by the threads of the caller's arena.
///
/// Isolated: while it waits for the last pieces a thread does not take up another layer, which
/// would keep everybody who waits for this one, and hold the memory of both.
template <typename Work>
void for_each_tile(std::size_t count, const Work& work) {
  if (count <= 1) {
    for (std::size_t i = 0; i < count; ++i) {
      work(i);
    }
    return;
  }
  tbb::this_task_arena::isolate(
      [&] { tbb::parallel_for(std::size_t{0}, count, work, tbb::simple_partitioner()); });
}

}  // namespace hindcast::spectral
