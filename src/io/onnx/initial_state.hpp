#pragma once

#include <cstddef>
#include <string>

#include "io/onnx/dataflow.hpp"

namespace hindcast::io::onnx {

/// The note on a value that goes nowhere but into the state that a recurrent layer or a loop begins
/// with, perhaps expanded, cut or moved on its way; empty for any other.
[[nodiscard]] std::string initial_state_note(const Dataflow& flow, std::size_t value);

}  // namespace hindcast::io::onnx
