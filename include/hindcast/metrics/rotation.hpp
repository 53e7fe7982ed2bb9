#pragma once

#include <optional>
#include <span>

namespace hindcast::metrics {

/// Layer rotation: the cosine distance 1 - <a, b> / (|a| |b|) between a layer's weights at two
/// moments, in [0, 2]; 0 for the same direction, 1 for orthogonal, 2 for opposite. Exactly 0 for
/// equal weights, and accurate for tiny angles too: computed as half the squared distance of the
/// unit vectors, which does not cancel.
///
/// Carbonnelle & De Vleeschouwer, "Layer rotation: a surprisingly powerful indicator of
/// generalization in deep networks?", arXiv:1806.01603.
///
/// Nothing where a vector is zero or not finite. The sizes must be equal.
[[nodiscard]] std::optional<double> cosine_distance(std::span<const double> a,
                                                    std::span<const double> b);

/// |now - initial| / |initial|. Nothing where the initial weights are zero or a value is not
/// finite.
[[nodiscard]] std::optional<double> relative_distance(std::span<const double> now,
                                                      std::span<const double> initial);

}  // namespace hindcast::metrics
