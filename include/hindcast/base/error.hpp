#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace hindcast {

/// Why an input could not be used.
enum class ErrorCode {
  io,              ///< The operating system refused: missing file, no permission, short read.
  unsupported,     ///< Well-formed, but a feature we do not read (the message names it).
  malformed,       ///< Contradicts its specification.
  limit_exceeded,  ///< Larger than Limits allow; the message names the limit.
  usage,           ///< The command line itself is wrong.
};

/// The only exception hindcast throws on purpose. It means "this input", never "our bug".
/// Messages are one line of printable text, lower case, without a full stop.
class Error : public std::runtime_error {
 public:
  /// `what` without the name of the file: with_context() adds it.
  Error(ErrorCode code, const std::string& what) : std::runtime_error(what), code_(code) {}

  /// Why the input could not be used.
  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// Runs `body`, prefixing any Error with `where`, so that messages read outermost first:
/// "vgg16.h5: block1_conv1/kernel: declared 1728 values, dataset holds 1727".
template <typename Body>
decltype(auto) with_context(std::string_view where, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& error) {
    throw Error(error.code(), std::string(where) + ": " + error.what());
  }
}

}  // namespace hindcast
