#pragma once

// Every message about a limit ends with what can be done about it.

#include <string_view>

namespace hindcast::io {

inline constexpr std::string_view kRaiseTensors = "; raise it with --max-tensors";
inline constexpr std::string_view kRaiseAxes = "; raise it with --max-axes";
inline constexpr std::string_view kRaiseNameBytes = "; raise it with --max-name-bytes";
inline constexpr std::string_view kRaiseDepth = "; raise it with --max-depth";
inline constexpr std::string_view kRaiseMetadataBytes = "; raise it with --max-metadata-bytes";
inline constexpr std::string_view kRaiseTensorValues = "; raise it with --max-tensor-values";
inline constexpr std::string_view kRaiseUnpackedBytes = "; raise it with --max-unpacked-bytes";
inline constexpr std::string_view kRaiseCellMemory = "; raise it with --cell-memory";
inline constexpr std::string_view kRaiseCellSeconds = "; raise it with --cell-seconds";

}  // namespace hindcast::io
