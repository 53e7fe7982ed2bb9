#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hindcast/io/checkpoint.hpp"
#include "hindcast/tensor/dtype.hpp"

#include "io/container/pickle.hpp"
#include "io/torch/element_type.hpp"
#include "io/torch/elements.hpp"
#include "io/torch/globals.hpp"

namespace hindcast::io::torch {

/// A tensor as a pickle describes it.
struct StoredTensor {
  std::vector<std::uint64_t> shape;
  tensor::DType dtype = tensor::DType::other;  ///< Of the values as they are read.
  std::string unreadable;
  std::optional<Values> values;  ///< Absent if and only if unreadable.
};

/// The storage of this name. Throws Error{malformed} where there is none.
using FindStorage = std::function<std::shared_ptr<const Storage>(std::string_view key)>;

/// Makes sense of the calls by which PyTorch rebuilds its tensors.
class TensorReader {
 public:
  /// `order` is that of the storages. What is passed must outlive the reader.
  TensorReader(const pickle::Graph& graph, FindStorage find, std::endian order,
               const Limits& limits)
      : graph_(graph), find_(std::move(find)), order_(order), limits_(limits) {}

  /// Is the value a tensor, a parameter or a NumPy array?
  [[nodiscard]] bool is_tensor(pickle::Index value) const { return resolve(value).has_value(); }

  /// Everything about the tensor but its values, checked against its storage. Throws
  /// Error{malformed, unsupported, limit_exceeded}.
  [[nodiscard]] StoredTensor read(pickle::Index value) const;

 private:
  // A call that makes a tensor, without the wrappers around it.
  struct TensorCall {
    Meaning meaning = Meaning::unknown;
    pickle::Index value = 0;
    pickle::Index arguments = 0;
  };

  // Part of a storage.
  struct StorageView {
    std::shared_ptr<const Storage> storage;
    const ElementType* element = nullptr;
    std::uint64_t first = 0;  // In elements.
  };

  [[nodiscard]] std::optional<TensorCall> resolve(pickle::Index value) const;
  void require_unchanged(pickle::Index value) const;

  [[nodiscard]] StoredTensor plain(std::span<const pickle::Index> arguments,
                                   const ElementType* dtype, pickle::Index metadata) const;
  [[nodiscard]] StoredTensor quantised(std::span<const pickle::Index> arguments) const;
  [[nodiscard]] StoredTensor sparse(std::span<const pickle::Index> arguments) const;
  [[nodiscard]] StoredTensor without_values(pickle::Index dtype, pickle::Index size,
                                            std::string_view why) const;

  [[nodiscard]] Quantisation quantisation(pickle::Index parameters,
                                          std::span<const std::uint64_t> shape) const;
  [[nodiscard]] Elements channel_values(pickle::Index value, std::uint64_t channels) const;

  [[nodiscard]] Elements elements(const StorageView& view, const ElementType& element,
                                  std::span<const pickle::Index> arguments) const;
  [[nodiscard]] StorageView storage(pickle::Index value) const;
  [[nodiscard]] std::uint64_t view_offset(pickle::Index metadata, std::uint64_t total) const;
  [[nodiscard]] const ElementType& dtype(pickle::Index value) const;
  [[nodiscard]] bool flag(pickle::Index metadata, std::string_view key) const;

  const pickle::Graph& graph_;
  FindStorage find_;
  std::endian order_;
  const Limits& limits_;
};

}  // namespace hindcast::io::torch
