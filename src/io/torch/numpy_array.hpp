#pragma once

#include "io/torch/tensor_reader.hpp"

namespace hindcast::io::torch {

/// A NumPy array in a pickle: a call of numpy's _reconstruct, whose state holds the values, or of
/// _frombuffer. Arrays of anything but plain numbers are listed as unreadable.
///
/// Throws Error{malformed, limit_exceeded}.
[[nodiscard]] StoredTensor read_numpy_array(const pickle::Graph& graph, pickle::Index value,
                                            const Limits& limits);

}  // namespace hindcast::io::torch
