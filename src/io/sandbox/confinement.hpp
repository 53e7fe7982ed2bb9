#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <sys/types.h>

namespace hindcast::io::sandbox {

/// What a confined process is left with.
struct Confinement {
  std::array<int, 2> descriptors{};  ///< Stay open; all others are closed.
  std::uint64_t memory_bytes = 0;    ///< Address space besides what is in use already.
  pid_t parent = 0;
  bool dies_with_parent = true;  ///< At once, rather than when it next listens.
};

/// Takes from the calling process, for good, everything but its memory and `descriptors`. For a
/// process that was just forked: it has one thread, and no handlers or children of its own.
///
/// Returns why it could not be done; empty if it was. The process must then not go on.
[[nodiscard]] std::string confine(const Confinement& left);

/// Could this process have so many more bytes of address space? Where not, one that it forks has
/// less than it may be told.
[[nodiscard]] bool has_address_space(std::uint64_t bytes) noexcept;

/// Lets `process`, confined or not, compute for so many seconds from now on and no longer. Where
/// that cannot be set it changes nothing.
void allow_computing_for(pid_t process, double seconds) noexcept;

}  // namespace hindcast::io::sandbox
