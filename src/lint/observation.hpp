#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hindcast/tensor/role.hpp"

namespace hindcast::lint {

/// A tensor of a run, apart from what it holds at one checkpoint or another.
struct TensorIdentity {
  std::string name;
  bool is_layer = false;                              ///< A weight that `analyze` would analyse.
  bool is_trained = false;                            ///< A parameter, not a running statistic.
  tensor::LayerKind kind = tensor::LayerKind::other;  ///< Of a layer.
  std::uint64_t values = 0;                           ///< How many numbers it holds.
};

/// Filters (rows of the output unfolding) that have died: beside the others they are nothing.
struct DeadFilters {
  std::uint64_t count = 0;
  std::uint64_t filters = 0;              ///< Dead or not.
  std::vector<std::uint64_t> first = {};  ///< Which, the first few of them.
};

/// What a checkpoint has of a tensor.
enum class Presence {
  absent,
  read,
  unread,        ///< It is there and its values could not be read.
  reshaped,      ///< Its shape is not the one that it had when it was first seen.
  incomparable,  ///< Batch normalisation was folded into it, or no longer is.
};

/// A tensor at one checkpoint, in a size that does not depend on its own.
struct TensorState {
  Presence presence = Presence::absent;
  std::uint64_t content = 0;       ///< Equal for equal values, and practically never for others.
  double norm = 0.0;               ///< Euclidean; not finite where a value is not.
  double rounding = 0.0;           ///< Of a value, at most, as a share of it; by those it has.
  std::uint64_t non_finite = 0;    ///< Values that are NaN or infinite.
  bool is_coarse = false;          ///< Of so few bits that a small update can leave it as it was.
  DeadFilters dead = {};           ///< Of layers.
  std::vector<float> sketch = {};  ///< See sketch.hpp.
};

/// What a file's name says of its place in the run.
struct NamedPlace {
  std::optional<std::int64_t> step = {};
  std::optional<std::int64_t> epoch = {};
  bool is_initial = false;  ///< It is called the initialisation, or of step 0.
};

/// Another file with the weights of a checkpoint.
struct AliasObservation {
  std::string path;
  NamedPlace named;
};

struct CheckpointObservation {
  std::string name;
  std::string path;
  std::optional<std::int64_t> step = {};
  std::optional<std::int64_t> epoch = {};
  bool states_its_place = false;  ///< The file itself does, and not only its name.
  NamedPlace named = {};
  std::vector<AliasObservation> aliases = {};
  std::vector<TensorState> states = {};  ///< Of RunObservation::tensors; may be fewer.
};

/// A file that could not be read, or a tensor of one.
struct Unread {
  std::string path;
  std::string reason;
};

/// All that is looked at of a run.
struct RunObservation {
  std::string name;
  bool has_initial = false;  ///< Is the first checkpoint the one before training?
  std::vector<TensorIdentity> tensors = {};
  std::vector<CheckpointObservation> checkpoints = {};  ///< In the order in which they claim to be.
  std::vector<Unread> unread = {};
  std::vector<std::string> warnings = {};
};

}  // namespace hindcast::lint
