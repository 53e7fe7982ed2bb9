#include "io/hdf5/dialect.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"

namespace hindcast::io::hdf5 {
namespace {

using tensor::Dialect;

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "layers/conv2d_1/vars/0"
bool is_keras3_path(std::string_view path) {
  const auto parts = split(path, '/');
  return parts.size() >= 2 && parts[parts.size() - 2] == "vars" && is_number(parts.back());
}

// "conv1_W:0" or, by the Theano backend, "conv1_W": an underscore where Keras 2 has a slash.
bool is_keras1_path(std::string_view path) {
  constexpr std::array<std::string_view, 8> kSuffixes = {
      "_W", "_b", "_U", "_gamma", "_beta", "_running_mean", "_running_std", "_alphas"};
  // Recurrent layers of Keras 1 keep one array for each gate: "lstm_1_W_i".
  constexpr std::string_view kGates = "icfozrh";
  std::string_view leaf = split(path, '/').back();
  leaf = leaf.substr(0, leaf.find(':'));
  if (leaf.size() > 4 && leaf[leaf.size() - 2] == '_' &&
      kGates.find(leaf.back()) != std::string_view::npos) {
    leaf.remove_suffix(2);
  }
  return std::ranges::any_of(kSuffixes, [leaf](auto suffix) { return leaf.ends_with(suffix); });
}

// "layer1.0.conv1.weight", or "layer1/conv1/weight" where the dots were made groups.
bool is_pytorch_path(std::string_view path) {
  const std::size_t separator = path.find_last_of("./");
  const bool nested = separator != std::string_view::npos && path[separator] == '/';
  const std::string_view leaf =
      separator == std::string_view::npos ? path : path.substr(separator + 1);
  return leaf == "weight" || leaf.starts_with("weight_") || leaf == "running_mean" ||
         (leaf == "bias" && !nested);
}

std::string_view without_model_weights(std::string_view path) {
  constexpr std::string_view kPrefix = "model_weights/";
  return path.starts_with(kPrefix) ? path.substr(kPrefix.size()) : path;
}

bool all_dotted_start_with(std::span<const std::string> names, std::string_view prefix) {
  bool any = false;
  for (const std::string& name : names) {
    if (is_optimizer_state(name) || name.find('.') == std::string::npos) {
      continue;
    }
    if (!name.starts_with(prefix)) {
      return false;
    }
    any = true;
  }
  return any;
}

void strip_wrappers(std::vector<std::string>& names) {
  constexpr std::array<std::string_view, 2> kWrappers = {"module.", "_orig_mod."};
  const auto shared = [&](std::string_view prefix) { return all_dotted_start_with(names, prefix); };
  for (const auto* wrapper = std::ranges::find_if(kWrappers, shared); wrapper != kWrappers.end();
       wrapper = std::ranges::find_if(kWrappers, shared)) {
    for (std::string& name : names) {
      if (name.starts_with(*wrapper)) {
        name.erase(0, wrapper->size());
      }
    }
  }
}

// A weight of a module that happens to be called "optim": "optim.fc.weight". Slots that are named
// after their parameters have a level of their own: "optimizer.exp_avg.fc.weight".
bool is_parameter(std::string_view path) {
  static constexpr std::array<std::string_view, 7> kSlots = {
      "state", "exp_avg", "exp_avg_sq", "momentum_buffer", "slots", "m", "v"};
  const std::size_t separator = path.find_last_of("./");
  const std::string_view last = path.substr(separator + 1);
  const auto names_slot = [](std::string_view group) {
    return std::ranges::any_of(split(group, '.'), [](std::string_view part) {
      return std::ranges::find(kSlots, part) != kSlots.end();
    });
  };
  return separator != std::string_view::npos && (last == "weight" || last == "bias") &&
         std::ranges::none_of(split(path, '/'), names_slot);
}

}  // namespace

Dialect detect_dialect(std::span<const std::string> paths, const KerasTraces& traces) {
  const auto any_is = [paths](auto predicate) { return std::ranges::any_of(paths, predicate); };
  if (traces.has_layer_names) {
    const bool is_first =
        traces.version ? traces.version->starts_with("1.") : any_is(is_keras1_path);
    return is_first ? Dialect::keras1 : Dialect::keras2;
  }
  if (any_is(is_keras3_path)) {
    return Dialect::keras3;
  }
  return any_is(is_pytorch_path) ? Dialect::pytorch : Dialect::unknown;
}

bool is_optimizer_state(std::string_view path) {
  std::string_view top = path.substr(0, path.find_first_of("/."));
  if (top.starts_with('_')) {
    top.remove_prefix(1);
  }
  const bool is_optimizer = top == "optim" || top == "optims" || top == "opt_state" ||
                            top.starts_with("optim_") || top.starts_with("optimizer") ||
                            top == "lr_scheduler" || top == "lr_schedulers";
  return is_optimizer && !is_parameter(path);
}

std::vector<std::string> report_names(std::span<const std::string> paths) {
  std::vector<std::string> names;
  names.reserve(paths.size());
  for (const std::string& path : paths) {
    names.emplace_back(without_model_weights(path));
  }
  strip_wrappers(names);
  const std::set<std::string_view> distinct(names.begin(), names.end());
  return distinct.size() == names.size() ? names : std::vector(paths.begin(), paths.end());
}

}  // namespace hindcast::io::hdf5
