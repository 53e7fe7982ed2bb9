#include <exception>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <fmt/format.h>

#include "cli/interrupts.hpp"
#include "cli/out_of_memory.hpp"
#include "cli/run.hpp"
#include "cli/standard_streams.hpp"

namespace {

// Layers of a few megabytes come and go. glibc would hand each back to the system at once and have
// the next one's pages cleared and mapped anew, which takes a tenth of an analysis.
void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kLargestKept =
      32 << 20;  // What glibc allows; larger ones are mapped by themselves.
  constexpr int kNeverTrimmed = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kLargestKept);
  mallopt(M_TRIM_THRESHOLD, kNeverTrimmed);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  using hindcast::cli::ExitStatus;
  hindcast::cli::open_standard_streams();
  keep_freed_memory();
  hindcast::cli::handle_interrupts();
  hindcast::cli::handle_out_of_memory();
  auto status = ExitStatus::bug;
  try {
    status = hindcast::cli::run(argc, argv);
  } catch (const std::exception& error) {
    hindcast::cli::print_to_stderr(
        fmt::format("hindcast: internal error: {}; this is a bug in hindcast, please report it\n",
                    error.what()));
  }
  return static_cast<int>(status);
}
