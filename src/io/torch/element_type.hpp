#pragma once

#include <cstdint>
#include <string_view>

#include "hindcast/tensor/dtype.hpp"

#include "io/container/pickle.hpp"

namespace hindcast::io::torch {

/// What PyTorch calls the elements of a storage, and what they are.
struct ElementType {
  std::string_view name;     ///< "float32", after "torch."
  std::string_view storage;  ///< "FloatStorage"; empty for those of untyped storages only.
  tensor::DType dtype = tensor::DType::other;
  std::uint64_t bytes = 0;  ///< 0 where elements share a byte.
  bool quantised = false;   ///< Integers that stand for real numbers.
};

/// The elements of a storage class such as torch.FloatStorage or torch.cuda.HalfStorage; null if
/// it is none. Those of an untyped storage are bytes.
[[nodiscard]] const ElementType* storage_element(const pickle::GlobalName& name) noexcept;

/// The elements of a dtype such as torch.bfloat16; null if it is none.
[[nodiscard]] const ElementType* dtype_element(const pickle::GlobalName& name) noexcept;

}  // namespace hindcast::io::torch
