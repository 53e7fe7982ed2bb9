#pragma once

#include <string_view>

// What several explanations say alike.

namespace hindcast::metrics {

inline constexpr std::string_view kRotationSource =
    "Carbonnelle & De Vleeschouwer, \"Layer rotation: a surprisingly powerful indicator of "
    "generalization in deep networks?\", arXiv:1806.01603";
inline constexpr std::string_view kRmsgdSource =
    "Hosseini, Tuli & Plataniotis, \"Exploiting explainable metrics for augmented SGD\" (RMSGD), "
    "arXiv:2203.16723; first in AdaS, arXiv:2006.06587";
inline constexpr std::string_view kComplexity =
    "Not known: as a measure of complexity it should be small, yet in the studies it often follows "
    "generalisation the other way round";
inline constexpr std::string_view kNoSide = "Not known: no source says which way is better";

}  // namespace hindcast::metrics
