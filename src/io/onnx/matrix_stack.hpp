#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "io/onnx/dataflow.hpp"

namespace hindcast::io::onnx {

/// A stack of matrices out of which a Gather takes those that a product then uses: experts.
struct MatrixStack {
  Use use;              ///< The product.
  std::string letters;  ///< Of the stack: "EIO" or "EOI".
};

/// Nothing where the use is no such Gather, of a value with `rank` axes.
[[nodiscard]] std::optional<MatrixStack> matrix_stack(const Dataflow& flow, Use use,
                                                      std::size_t rank);

}  // namespace hindcast::io::onnx
