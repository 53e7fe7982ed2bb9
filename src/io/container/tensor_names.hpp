#pragma once

#include <span>

#include "hindcast/tensor/tensor_info.hpp"

namespace hindcast::io {

/// Fills in what the paths of a dump tell: each tensor's report name, whose naming habits the file
/// follows, and which tensors are the optimiser's. For formats that store names and nothing else.
void describe_by_path(std::span<tensor::TensorInfo> tensors);

}  // namespace hindcast::io
