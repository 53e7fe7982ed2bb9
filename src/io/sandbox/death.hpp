#pragma once

#include <string>
#include <string_view>

#include "hindcast/base/error.hpp"

namespace hindcast::io::sandbox {

/// Why a cell is no more.
struct Death {
  ErrorCode code = ErrorCode::malformed;
  std::string reason;      ///< One line: "the HDF5 library crashed (SIGSEGV) ...".
  bool timed_out = false;  ///< Another try would take as long again.
};

/// The status with which a cell ends where it had no memory even to say so.
constexpr int kOutOfMemoryStatus = 113;

/// What the status that `waitpid` gave says of `inhabitant`, such as "the HDF5 library".
[[nodiscard]] Death death_by(int status, std::string_view inhabitant);

/// The same of one that had less memory than it may have: a crash then says little of the file.
[[nodiscard]] Death death_in_need(int status, std::string_view inhabitant);

/// It did not answer within `seconds`. `raise_with` says what can be done about that.
[[nodiscard]] Death death_by_clock(double seconds, std::string_view inhabitant,
                                   std::string_view raise_with);

/// It said what it cannot have meant.
[[nodiscard]] Death death_by_nonsense(std::string_view inhabitant);

}  // namespace hindcast::io::sandbox
