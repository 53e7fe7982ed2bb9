// Directories that are one checkpoint, by the file names of Hugging Face's transformers, peft and
// diffusers (SAFE_WEIGHTS_NAME and its neighbours). An index comes before the file it may replace.

#include "io/checkpoint_folder.hpp"

#include <algorithm>
#include <array>
#include <system_error>

namespace hindcast::io {
namespace {

constexpr std::array<std::string_view, 8> kWeights = {
    "model.safetensors.index.json",
    "model.safetensors",
    "pytorch_model.bin.index.json",
    "pytorch_model.bin",
    "diffusion_pytorch_model.safetensors.index.json",
    "diffusion_pytorch_model.safetensors",
    "adapter_model.safetensors",
    "adapter_model.bin"};

constexpr std::array<std::string_view, 4> kOrbaxMarks = {"_CHECKPOINT_METADATA", "_METADATA",
                                                         "manifest.ocdbt", "ocdbt.process_0"};

constexpr std::array<std::string_view, 8> kTrainingState = {
    "optimizer.",     "scheduler.", "scaler.",       "training_args.",
    "random_states_", "rng_state",  "zero_pp_rank_", "bf16_zero_pp_rank_"};

// "model-00001-of-00002.safetensors", "pytorch_model-00001-of-00002.bin"
bool is_shard_name(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kOf = "-of-";
  const std::size_t dot = name.rfind('.');
  const std::string_view stem = name.substr(0, dot);
  const std::string_view suffix = dot == std::string_view::npos ? "" : name.substr(dot);
  const std::size_t of = stem.rfind(kOf);
  if (of == std::string_view::npos || (suffix != ".safetensors" && suffix != ".bin")) {
    return false;
  }
  const std::string_view total = stem.substr(of + kOf.size());
  const std::string_view number = stem.substr(0, of);
  return !total.empty() && total.find_first_not_of(kDigits) == std::string_view::npos &&
         !number.empty() && kDigits.find(number.back()) != std::string_view::npos;
}

}  // namespace

std::optional<std::filesystem::path> weights_in_folder(const std::filesystem::path& directory) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(directory, ignored)) {
    return std::nullopt;
  }
  for (const std::string_view name : kWeights) {
    std::filesystem::path file = directory / name;
    if (std::filesystem::is_regular_file(file, ignored)) {
      return file;
    }
  }
  return std::nullopt;
}

std::vector<std::string> other_weights_in_folder(const std::filesystem::path& directory,
                                                 const std::vector<std::string>& read) {
  std::vector<std::string> others;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const bool holds_weights =
        std::ranges::find(kWeights, name) != kWeights.end() || is_shard_name(name);
    if (holds_weights && std::ranges::find(read, name) == read.end()) {
      others.push_back(name);
    }
  }
  std::ranges::sort(others);
  return others;
}

std::string describe_folder(const std::filesystem::path& directory) {
  for (const std::string_view name : kOrbaxMarks) {
    std::error_code ignored;
    if (std::filesystem::exists(directory / name, ignored)) {
      return "is an Orbax checkpoint, which this version does not read";
    }
  }
  return "is a directory";
}

bool is_training_state(std::string_view file_name) noexcept {
  return std::ranges::any_of(kTrainingState,
                             [&](std::string_view start) { return file_name.starts_with(start); });
}

}  // namespace hindcast::io
