#pragma once

#include <optional>
#include <string_view>

namespace hindcast::metrics {

/// Which way a number of a report is better, as far as its source says so.
enum class Better {
  unknown,       ///< No source says, or sources contradict each other.
  higher,        ///< Such as knowledge gain.
  lower,         ///< Such as a loss.
  nearer_to_one  ///< Rotation: orthogonal to the initial weights.
};

/// "higher", "lower" or "nearer_to_one"; empty for `unknown`.
[[nodiscard]] std::string_view name(Better better) noexcept;

/// Of a layer metric, by its key.
[[nodiscard]] Better better_of_layers(std::string_view metric) noexcept;

/// Of a number of the summary, by its key: "knowledge_gain.mean" or "rotation_past_half".
[[nodiscard]] Better better_of_summary(std::string_view key) noexcept;

/// Of what the training logged, by the words of its name: "val_loss" or "test_accuracy".
[[nodiscard]] Better better_of_score(std::string_view name);

/// How much better `b` is than `a`: positive, 0 or negative; nothing where that is not known.
[[nodiscard]] std::optional<double> gain(Better better, double a, double b) noexcept;

}  // namespace hindcast::metrics
