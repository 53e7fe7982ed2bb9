#include "io/sandbox/window.hpp"

#include <cerrno>
#include <sys/mman.h>

#include "base/system_error.hpp"

namespace hindcast::io::sandbox {

Window::Window(std::size_t bytes) {
  void* const address =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) {
    throw system_error(errno);
  }
  bytes_ = {static_cast<std::byte*>(address), bytes};
}

Window::~Window() {
  munmap(bytes_.data(), bytes_.size());
}

}  // namespace hindcast::io::sandbox
