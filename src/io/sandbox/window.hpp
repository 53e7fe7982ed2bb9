#pragma once

#include <cstddef>
#include <span>

namespace hindcast::io::sandbox {

/// Memory that a process and those it forks see the same bytes in. Pages nobody touches cost none.
class Window {
 public:
  /// Throws Error{io}.
  explicit Window(std::size_t bytes);
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  Window(Window&&) = delete;
  Window& operator=(Window&&) = delete;
  ~Window();

  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

}  // namespace hindcast::io::sandbox
