#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "hindcast/cli/interrupts.hpp"
#include "hindcast/cli/run.hpp"

int main(int argc, char** argv) {
  using hindcast::cli::ExitStatus;
  hindcast::cli::handle_interrupts();
  auto status = ExitStatus::bug;
  try {
    status = hindcast::cli::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr,
               "hindcast: internal error: {}; this is a bug in hindcast, please report it\n",
               error.what());
  }
  return static_cast<int>(status);
}
