#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::io {

/// What one checkpoint's name says about its place in the run.
struct StepName {
  std::optional<std::int64_t> step;   ///< "step_1000", "iter-100", "checkpoint-500", "ckpt-7".
  std::optional<std::int64_t> epoch;  ///< "epoch_05", "epoch=3", "ep12", "model.e12".
  bool counts_updates = false;  ///< `step` is labelled step or iteration: 0 is before the first.
  bool initial = false;         ///< Has the word init, initial, initialisation or initialization.
  bool repeats = false;         ///< Has the word last, latest or best: a copy of another one.
  bool best = false;            ///< Has the word best.
  bool final = false;           ///< Has the word final.
};

/// Reads labelled numbers and words from a file name without its suffix. A number belongs to the
/// label right before it; signs and fractions are not numbers of steps, except "epoch=-1". "40k",
/// "1M" and "1,000" are whole numbers.
[[nodiscard]] StepName parse_step_name(std::string_view stem);

/// The whole numbers by which names of one pattern differ: "net.04-0.55" and "net.10-0.58" give 4
/// and 10. Decimal fractions are not counted, and neither are numbers that all names share.
///
/// Empty where there are fewer than two names, where their patterns differ, or where several
/// numbers vary and none tells all names apart, or two would order them differently.
[[nodiscard]] std::vector<std::int64_t> varying_numbers(const std::vector<std::string>& stems);

/// A name without the "-v1" that Lightning adds where the name was taken.
[[nodiscard]] std::string_view without_version(std::string_view stem);

/// A name with its whole numbers as '#' and its decimal fractions as '~': "net.#-~".
[[nodiscard]] std::string name_pattern(std::string_view stem);

}  // namespace hindcast::io
