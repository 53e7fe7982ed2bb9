// Directories that are one checkpoint, by the file names of Hugging Face's transformers, peft and
// diffusers (SAFE_WEIGHTS_NAME and its neighbours). An index comes before the file it may replace.

#include "hindcast/io/checkpoint_folder.hpp"

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

}  // namespace

std::optional<std::filesystem::path> weights_in_folder(const std::filesystem::path& directory) {
  for (const std::string_view name : kWeights) {
    std::error_code ignored;
    std::filesystem::path file = directory / name;
    if (std::filesystem::is_regular_file(file, ignored)) {
      return file;
    }
  }
  return std::nullopt;
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
