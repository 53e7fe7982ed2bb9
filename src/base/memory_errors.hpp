#pragma once

#include <new>
#include <stdexcept>
#include <utility>

#include "hindcast/base/error.hpp"

namespace hindcast {

/// Runs `body` for one input of several: that it needs more memory than there is, or than a
/// container can ever hold, is then an Error of that input.
template <typename Body>
decltype(auto) with_memory_errors(Body&& body) {
  constexpr const char* kReason = "out of memory";
  try {
    return std::forward<Body>(body)();
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::limit_exceeded, kReason);
  } catch (const std::length_error&) {
    throw Error(ErrorCode::limit_exceeded, kReason);
  }
}

}  // namespace hindcast
