#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::io {

/// The file that holds the weights of a directory that is one checkpoint, as Hugging Face's
/// libraries write them ("checkpoint-500/model.safetensors", or the index of its shards); nothing
/// where the directory is not one.
[[nodiscard]] std::optional<std::filesystem::path> weights_in_folder(
    const std::filesystem::path& directory);

/// The names of the other files in `directory` that hold weights by those libraries' names, whole
/// or in shards: all but those in `read`. In the order of the names.
[[nodiscard]] std::vector<std::string> other_weights_in_folder(
    const std::filesystem::path& directory, const std::vector<std::string>& read);

/// What a directory that is not one checkpoint seems to be: "is an Orbax checkpoint, which this
/// version does not read", or "is a directory".
[[nodiscard]] std::string describe_folder(const std::filesystem::path& directory);

/// Is this the name of a file that such a library writes beside the weights: the optimiser, the
/// scheduler, the state of random generators, the training arguments?
[[nodiscard]] bool is_training_state(std::string_view file_name) noexcept;

}  // namespace hindcast::io
