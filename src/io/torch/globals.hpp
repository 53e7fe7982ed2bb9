#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/container/pickle.hpp"

namespace hindcast::io::torch {

/// What a class or function named in a pickle means to this reader.
enum class Meaning {
  unknown,  ///< Could be anything; reported by name.
  inert,    ///< Plain data of Python, NumPy or PyTorch that holds no tensors of its own.
  dictionary,
  size,              ///< torch.Size: a tuple.
  tensor,            ///< _rebuild_tensor, _rebuild_tensor_v2
  tensor_v3,         ///< _rebuild_tensor_v3: with a dtype of its own.
  parameter,         ///< Its first argument is the tensor.
  typed_tensor,      ///< _rebuild_from_type_v2: a function and its arguments.
  quantised_tensor,  ///< _rebuild_qtensor
  sparse_tensor,     ///< _rebuild_sparse_tensor
  meta_tensor,       ///< _rebuild_meta_tensor_no_storage
  wrapper_tensor,    ///< _rebuild_wrapper_subclass
  numpy_array,       ///< _reconstruct
  numpy_buffer,      ///< _frombuffer
  encoded_bytes,     ///< _codecs.encode
};

[[nodiscard]] Meaning meaning_of(const pickle::GlobalName& name) noexcept;

/// Of the global that a call calls; unknown if the value is no call of a global.
[[nodiscard]] Meaning called(const pickle::Graph& graph, pickle::Index value);

/// "posix.system", printable and of bounded length.
[[nodiscard]] std::string display(const pickle::GlobalName& name);

/// The names of the unknown classes and functions a pickle refers to, each once, in its order.
[[nodiscard]] std::vector<std::string> unknown_names(const pickle::Graph& graph);

/// "os.system, builtins.eval and 3 more"
[[nodiscard]] std::string listed(const std::vector<std::string>& names);

}  // namespace hindcast::io::torch
