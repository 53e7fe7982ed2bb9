#pragma once

#include <cerrno>
#include <unistd.h>
#include <utility>

namespace hindcast {

/// Owns a file descriptor and closes it, leaving errno as it is.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }

  [[nodiscard]] int number() const noexcept { return number_; }

  void close() noexcept {
    if (number_ >= 0) {
      const int kept = errno;
      ::close(std::exchange(number_, -1));
      errno = kept;
    }
  }

 private:
  int number_ = -1;
};

}  // namespace hindcast
