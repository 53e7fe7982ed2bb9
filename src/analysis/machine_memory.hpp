#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace hindcast::analysis {

/// Bytes that this process may use at most: those of the machine, or of the container or job it
/// runs in where that is less.
[[nodiscard]] std::uint64_t machine_memory();

/// The least limit of a control group and those around it, of version 2 or 1, if there is one.
/// `groups` is the content of /proc/self/cgroup, `root` where the groups are mounted.
/// https://docs.kernel.org/admin-guide/cgroup-v2.html
[[nodiscard]] std::optional<std::uint64_t> group_memory(std::string_view groups,
                                                        const std::filesystem::path& root);

}  // namespace hindcast::analysis
