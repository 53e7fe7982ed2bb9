// Names that exporters make up, and the names of modules within those of nodes.
//
// PyTorch writes a node as the path of modules that ran it, each with its own full name:
// "/layer1/layer1.0/conv1/Conv" is layer1.0.conv1.

#include "io/onnx/scope_name.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.hpp"

namespace hindcast::io::onnx {
namespace {

constexpr std::string_view kDigits = "0123456789";

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kDigits) == std::string_view::npos;
}

// "Constant", "Constant_22", "constant_1_output_0", "val_17", "const_fold_opt__33".
bool is_made_up(std::string_view part) {
  static constexpr std::array<std::string_view, 5> kStems = {"constant", "const", "val",
                                                             "const_fold_opt", "tensor"};
  std::string text = lowered(part);
  if (const std::size_t output = text.find("_output"); output != std::string::npos) {
    text.resize(output);
  }
  const std::size_t last = text.find_last_not_of("0123456789_");
  if (last == std::string::npos) {
    return is_number(text);
  }
  const std::string_view stem = std::string_view(text).substr(0, last + 1);
  const bool numbered = stem.size() < text.size() || part.size() > text.size();
  return stem == "constant" || (numbered && std::ranges::find(kStems, stem) != kStems.end());
}

std::vector<std::string_view> parts_of(std::string_view name) {
  std::vector<std::string_view> parts = split(name, '/');
  std::erase(parts, "");
  return parts;
}

}  // namespace

bool is_anonymous(std::string_view name) {
  const std::string_view stem = without_quantised(name);
  if (stem.starts_with("onnx::") || is_number(stem)) {
    return true;
  }
  const std::vector<std::string_view> path = parts_of(stem);
  const auto parts = split(path.empty() ? stem : path.back(), '.');
  return std::ranges::any_of(
      parts, [](std::string_view part) { return !is_number(part) && is_made_up(part); });
}

std::string_view without_quantised(std::string_view name) noexcept {
  constexpr std::string_view kSuffix = "_quantized";
  return name.ends_with(kSuffix) ? name.substr(0, name.size() - kSuffix.size()) : name;
}

std::string scope_of(std::string_view node_name) {
  std::vector<std::string_view> parts = parts_of(node_name);
  if (parts.size() < 2) {
    constexpr std::string_view kQuantised = "_quant";
    std::string name(parts.empty() ? node_name : parts.front());
    return name.ends_with(kQuantised) ? name.substr(0, name.size() - kQuantised.size()) : name;
  }
  parts.pop_back();
  std::string scope;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool repeated_in_next = i + 1 < parts.size() && parts[i + 1].starts_with(parts[i]) &&
                                  parts[i + 1].substr(parts[i].size()).starts_with('.');
    if (!repeated_in_next) {
      scope += scope.empty() ? "" : ".";
      scope += parts[i];
    }
  }
  return scope;
}

std::string_view leaf_of(std::string_view node_name) {
  const std::vector<std::string_view> parts = parts_of(node_name);
  return parts.empty() ? node_name : parts.back();
}

}  // namespace hindcast::io::onnx
