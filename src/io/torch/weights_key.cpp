// Where trainers put the weights in a checkpoint, and what they put beside them.

#include "io/torch/weights_key.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace hindcast::io::torch {
namespace {

using pickle::Graph;
using pickle::Index;

// The first that holds tensors wins. Averages come late, since the schedule is about the weights
// that were trained.
constexpr std::array<std::string_view, 20> kWeights = {
    "state_dict",  "model_state_dict", "model",
    "model_state", "module",           "net",
    "network",     "params",           "weights",
    "params_ema",  "model_ema",        "ema",
    "ema_model",   "ema_state_dict",   "state_dict_ema",
    "generator",   "student",          "model_ema_state_dict",
    "ema_params",  "teacher"};

// Parts of their own rather than copies, if another key was chosen.
constexpr std::array<std::string_view, 2> kParts = {"generator", "student"};

constexpr std::array<std::string_view, 7> kTrainingState = {
    "opt", "amp", "scaler", "grad_scaler", "amp_scaler", "loss_scaler", "scaler_state_dict"};

constexpr std::array<std::string_view, 12> kAside = {
    "rng",     "callbacks", "loops",        "hparams",          "args",        "config", "cfg",
    "sampler", "history",   "random_state", "hyper_parameters", "train_loader"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& set, std::string_view key) {
  return std::ranges::find(set, key) != set.end();
}

// What a key says that is no weights' own.
Use use_of(std::string_view key) {
  constexpr std::size_t kLongest = 100;  // Of names that mean something to us.
  const std::string lower = lowered(key.substr(0, kLongest));
  const auto contains = [&](std::string_view part) {
    return lower.find(part) != std::string::npos;
  };
  if (is_one_of(kTrainingState, lower) || contains("optim") || contains("scheduler") ||
      lower.starts_with("opt_")) {
    return Use::training_state;
  }
  return is_one_of(kAside, lower) || contains("rng_state") ? Use::aside : Use::weights;
}

}  // namespace

std::vector<Level> way_to_weights(const Graph& graph, const Tree& tree) {
  constexpr std::size_t kMostLevels = 4;
  std::vector<Level> way = {{.value = graph.root(), .prefix = ""}};
  while (way.size() < kMostLevels) {
    const auto entries = entries_of(graph, way.back().value);
    if (!entries) {
      break;
    }
    const auto holds_weights = [&](std::string_view key) {
      const Index value = find(*entries, graph, key);
      return value != 0 && tree.is_container_of_tensors(value);
    };
    const auto* const key = std::ranges::find_if(kWeights, holds_weights);
    if (key == kWeights.end()) {
      break;
    }
    way.push_back({.value = find(*entries, graph, *key),
                   .prefix = way.back().prefix + std::string(*key) + "."});
  }
  return way;
}

Use use_beneath_weights(std::string_view key, bool is_tensor) {
  // A state dict is flat: what stands in it is a weight, whatever its author called the module.
  return is_tensor ? Use::weights : use_of(key);
}

Use use_beside_weights(std::string_view key, bool /*is_tensor*/) {
  const Use use = use_of(key);
  const bool is_copy = is_one_of(kWeights, key) && !is_one_of(kParts, key);
  return use == Use::weights && is_copy ? Use::copy : use;
}

}  // namespace hindcast::io::torch
