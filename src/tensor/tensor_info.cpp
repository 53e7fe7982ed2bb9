#include "hindcast/tensor/tensor_info.hpp"

namespace hindcast::tensor {
namespace {

bool is_folded_beside(BatchNorm folded, BatchNorm other) noexcept {
  return (folded == BatchNorm::absent && other == BatchNorm::follows) ||
         (folded == BatchNorm::folded &&
          (other == BatchNorm::follows || other == BatchNorm::unknown));
}

}  // namespace

bool differ_by_folding(BatchNorm a, BatchNorm b) noexcept {
  return is_folded_beside(a, b) || is_folded_beside(b, a);
}

}  // namespace hindcast::tensor
