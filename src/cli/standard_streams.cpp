#include "cli/standard_streams.hpp"

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace hindcast::cli {

void open_standard_streams() {
  for (int number = STDIN_FILENO; number <= STDERR_FILENO; ++number) {
    if (fcntl(number, F_GETFD) >= 0) {
      continue;
    }
    // The lowest number that is free, which is this one. Of stdout for reading only: who closed it
    // and asks for a result is to be told.
    const int mode = number == STDERR_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", mode) < 0) {
      (void)open("/", O_RDONLY);  // Writing fails there as well.
    }
  }
}

void print_to_stderr(std::string_view text) noexcept {
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace hindcast::cli
