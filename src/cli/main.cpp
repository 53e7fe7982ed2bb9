#include <cstdio>
#include <exception>
#include <new>

#include <fmt/format.h>

#include "hindcast/cli/run.hpp"

int main(int argc, char** argv) {
  using hindcast::cli::ExitStatus;
  auto status = ExitStatus::bug;
  try {
    status = hindcast::cli::run(argc, argv);
  } catch (const std::bad_alloc&) {
    status = ExitStatus::trouble;
    std::fputs("hindcast: out of memory\n", stderr);
  } catch (const std::exception& error) {
    fmt::print(stderr,
               "hindcast: internal error: {}; this is a bug in hindcast, please report it\n",
               error.what());
  }
  return static_cast<int>(status);
}
