#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hindcast/tensor/classification.hpp"
#include "hindcast/tensor/tensor_info.hpp"

namespace hindcast::tensor::roles {

/// What a dialect's naming rules make of a tensor, before its element type and size are weighed.
struct Verdict {
  Role role = Role::other;
  bool trained = false;
  LayerKind kind = LayerKind::other;  ///< Left `other` where the layout tells it.
  std::string letters = {};           ///< The layout of a weight; empty where it cannot be named.
  std::string reason = {};            ///< The evidence for `letters`.
};

/// The name without the ":0" of a TensorFlow variable.
[[nodiscard]] std::string_view without_output_index(std::string_view name) noexcept;

/// What the rules read a tensor's place in the model from: its name, but for Keras 3 its path,
/// whose numbers and counted classes the rules know. There the name may be the author's choice.
[[nodiscard]] const std::string& place_in_model(const TensorInfo& tensor) noexcept;

/// The names of one file, so that a rule can ask what lies beside a tensor.
class NameTable {
 public:
  explicit NameTable(std::span<const TensorInfo> tensors);

  /// The tensor with the same parent as `tensor` whose last segment is `last`, or null.
  [[nodiscard]] const TensorInfo* sibling(const TensorInfo& tensor, std::string_view last) const;

 private:
  std::unordered_map<std::string_view, const TensorInfo*> by_name_;
};

/// A tensor as the naming rules see it.
struct Subject {
  const TensorInfo& tensor;
  const NameTable& table;
  std::vector<std::string_view> segments;  ///< Of its place in the model; never empty.

  [[nodiscard]] std::size_t rank() const noexcept { return tensor.shape.size(); }
  [[nodiscard]] std::string_view last() const noexcept { return segments.back(); }
  /// The segment before the last: the module or layer that owns the tensor.
  [[nodiscard]] std::string_view owner() const noexcept {
    return segments.size() < 2 ? std::string_view() : segments[segments.size() - 2];
  }
};

/// Names of Keras 1 and 2, and of whatever else calls its weights `kernel` (Flax).
[[nodiscard]] Verdict by_keras_names(const Subject& subject);

/// Does only the Keras and Flax family use this last segment, so that it outweighs the dialect?
[[nodiscard]] bool is_keras_name(std::string_view last) noexcept;

/// Paths of Keras 3, which number a layer's variables instead of naming them.
[[nodiscard]] Verdict by_keras3_path(const Subject& subject);

/// State-dict keys of PyTorch, and names without any evidence of their origin.
[[nodiscard]] Verdict by_pytorch_names(const Subject& subject);

/// How a tensor holds several layers, if it does: a stack of experts always, and with
/// `split_fused` the gates of a recurrent layer and the parts of a fused attention projection.
[[nodiscard]] std::optional<Split> split_of(const Subject& subject, const Classification& verdict,
                                            bool split_fused);

}  // namespace hindcast::tensor::roles
