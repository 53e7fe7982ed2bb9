#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/tensor/role.hpp"

#include "io/onnx/consumers.hpp"
#include "io/onnx/dataflow.hpp"

namespace hindcast::io::onnx {

/// How integers become the weights they stand for: (q - zero_point) * scale.
struct Quantisation {
  std::size_t scale = kNone;             ///< Which constant.
  std::size_t zero_point = kNone;        ///< Which constant; kNone for zero.
  std::optional<std::size_t> axis = {};  ///< The stored axis scales go along; one for all if none.
  std::uint64_t block = 0;  ///< Neighbours on that axis that share a scale; 0: all of the rest.
};

/// What a stored tensor is used for.
struct Consumption {
  Use use;  ///< The operation that takes it, after those passed through.
  std::optional<tensor::Role> role = {};  ///< Nothing where the operation does not tell.
  tensor::LayerKind kind = tensor::LayerKind::other;
  std::string letters = {};    ///< The layout of the stored axes; empty where it is not settled.
  std::string_view part = {};  ///< "weight", "bias", ...; empty where the operation does not tell.
  std::vector<std::string_view> through = {};  ///< Operators passed on the way.
  std::optional<Quantisation> quantisation = {};
  std::string quantisation_obstacle = {};      ///< Why a scale that is there cannot be applied.
  std::optional<std::size_t> directions = {};  ///< The stored axis of a recurrent layer's two.
  std::string note = {};                       ///< What else there is to say, in words.
};

/// Finds out what stored tensors are used for, by following them through operators that only move,
/// cast or scale them to who takes them.
class Tracer {
 public:
  explicit Tracer(const Dataflow& flow);

  /// What the constant is used for: as a weight if anyone takes it as one, by the first of those.
  /// Nothing where nobody takes it. `anonymous`: the exporter made up its name, so that it may be
  /// no parameter at all. Throws Error{limit_exceeded} where the graph is endlessly entangled.
  [[nodiscard]] std::optional<Consumption> trace(std::size_t constant, bool anonymous);

  /// How many inputs that take weights are fed by values made up in the graph (ConstantOfShape,
  /// random numbers) instead of stored ones.
  [[nodiscard]] std::size_t computed_weights() const;

 private:
  struct State;

  void follow(const State& state, const Use& use, std::vector<State>& next);
  void consider(const State& state, const Use& use, bool anonymous,
                std::optional<Consumption>& best) const;
  [[nodiscard]] bool passes_on(const State& state, const Use& use) const;

  const Dataflow& flow_;
  std::uint64_t steps_left_;
};

}  // namespace hindcast::io::onnx
