#include <exception>

#include <fmt/format.h>

#include "hindcast/cli/interrupts.hpp"
#include "hindcast/cli/out_of_memory.hpp"
#include "hindcast/cli/run.hpp"
#include "hindcast/cli/standard_streams.hpp"

int main(int argc, char** argv) {
  using hindcast::cli::ExitStatus;
  hindcast::cli::open_standard_streams();
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
