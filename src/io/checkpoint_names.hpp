#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::io {

/// The file name without the suffix of a checkpoint format ("a.weights.h5" gives "a"); other
/// suffixes stay, since "model.ckpt-1000" ends in a step.
[[nodiscard]] std::string checkpoint_stem(const std::filesystem::path& file);

/// How the names of checkpoint files end, in lower case, with the dot.
[[nodiscard]] std::span<const std::string_view> checkpoint_suffixes() noexcept;

/// Does the name end like a checkpoint's?
[[nodiscard]] bool has_checkpoint_suffix(const std::filesystem::path& file);

/// The shortest ends of the paths that tell them apart: names, or with as many directories before
/// them as it takes. Never begins at the root.
[[nodiscard]] std::vector<std::string> distinct_names(
    const std::vector<std::filesystem::path>& paths);

}  // namespace hindcast::io
