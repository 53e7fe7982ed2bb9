#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/tensor/layout.hpp"
#include "hindcast/tensor/role.hpp"
#include "hindcast/tensor/tensor_info.hpp"

namespace hindcast::tensor {

/// A tensor that holds several layers: equal parts along one axis, each measured on its own.
struct Split {
  std::size_t axis = 0;                    ///< Which one is divided.
  std::vector<std::string> parts;          ///< What each is called: "i", "f", ... or "0", "1", ...
  std::vector<std::size_t> selected = {};  ///< Those that are analysed; set by classify().
};

/// The name of the layer that part `index` of a tensor is: "attn.in_proj_weight[q]".
[[nodiscard]] std::string part_name(std::string_view tensor, const Split& split, std::size_t index);

/// The verdict on one tensor, with its reasons; every tensor of a file gets one.
struct Classification {
  Role role = Role::other;            ///< What the tensor is for.
  LayerKind kind = LayerKind::other;  ///< Of the layer it belongs to.
  std::optional<Layout> layout;       ///< Set if and only if the tensor is analysed.
  std::string layout_reason;          ///< The evidence `layout` rests on, in words.
  std::string skip_reason;            ///< Ledger key; empty if and only if the tensor is analysed.
  bool is_parameter = false;          ///< Trained, so it has a learning rate in the schedule.
  std::optional<Split> split = {};    ///< Set where the tensor is more than one layer.

  /// Is the tensor measured?
  [[nodiscard]] bool analysed() const noexcept { return skip_reason.empty(); }
};

/// A layout the user asked for: the first rule whose glob matches a tensor's name holds.
struct LayoutRule {
  std::string glob;  ///< Which tensors.
  Layout layout;     ///< How their axes lie.
};

/// Parses "GLOB=OIHW". Throws Error{usage}.
[[nodiscard]] LayoutRule parse_layout_rule(std::string_view text);

/// What the user chose to look at. A glob matches a layer by the name that the report gives it,
/// also where that name is no pattern for itself ("w[0]"), by its tensor's name, or by its tensor's
/// path in the file.
struct Selection {
  std::vector<std::string> include;   ///< Globs; empty means everything.
  std::vector<std::string> exclude;   ///< Globs; wins over `include`.
  std::vector<LayoutRule> layouts;    ///< Overrule what the file says of its axes.
  std::vector<LayerKind> kinds = {};  ///< Only layers of these kinds; empty means all.
  std::uint64_t min_size = 0;         ///< Only layers with at least this many weights.
  bool split_fused = false;  ///< Gates of recurrent layers and fused projections as layers.
};

/// Decides for every tensor of one file what it is, whether it is analysed and how its axes lie.
/// Siblings matter (a 1-D `weight` beside a `running_mean` is a normalisation), so the whole
/// table goes in at once.
///
/// Throws Error{usage} where a layout rule names another number of axes than a weight has.
[[nodiscard]] std::vector<Classification> classify(std::span<const TensorInfo> tensors,
                                                   const Selection& selection);

}  // namespace hindcast::tensor
