#pragma once

#include "hindcast/io/checkpoint.hpp"

#include "io/hdf5/handle.hpp"

namespace hindcast::io::hdf5 {

/// Who turns stored elements into doubles.
enum class Decoding {
  by_library,     ///< libhdf5 converts the type to a native double correctly.
  from_raw_bits,  ///< It does not know the type, or misreads it: see tensor/half.hpp.
  none,           ///< The elements are not numbers.
};

/// What the elements of a dataset are.
struct ElementType {
  tensor::DType dtype = tensor::DType::other;
  Decoding decoding = Decoding::none;
};

/// Decides by the content of the type of `dataset`, never by its name. Opaque elements are numbers
/// only where the attribute `dtype` of the dataset says which, as Keras 3 does for bfloat16.
[[nodiscard]] ElementType element_type(hid_t dataset, hid_t type, const Limits& limits);

}  // namespace hindcast::io::hdf5
