#pragma once

#include <string>

namespace hindcast::io::sandbox {

/// Leaves the calling process, for good, only the system calls that computing in memory takes, and
/// reading and writing what is already open. Other calls fail with EPERM; those that start a
/// process, reach a network or touch another process end this one with SIGSYS.
///
/// Returns why it could not be done; empty if it was.
[[nodiscard]] std::string allow_computing_only();

}  // namespace hindcast::io::sandbox
