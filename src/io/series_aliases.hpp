#pragma once

#include <span>
#include <string>
#include <vector>

#include "io/series_entry.hpp"

namespace hindcast::io {

/// Entries that remain, and one line for each that was left out.
struct Sifted {
  std::vector<SeriesEntry> entries;
  std::vector<std::string> warnings;
};

/// Of files with one name in several formats, the format that most of the files are in: one
/// checkpoint that was exported, as a rule.
[[nodiscard]] Sifted without_twins(std::vector<SeriesEntry> entries);

/// Gives entries without a labelled number the one by which their names differ: "net.04" is epoch 4
/// where another is "net.10".
void number_unlabelled(std::span<SeriesEntry> entries);

/// Files that hold the weights of another one become its aliases, unless their own numbers say that
/// they are two moments of the run.
[[nodiscard]] Sifted without_copies(std::vector<SeriesEntry> entries);

/// What is called best, last or latest and holds weights of its own: by its number, or at the end,
/// or left out where nothing says when it was saved.
[[nodiscard]] Sifted with_repeats_placed(std::vector<SeriesEntry> entries);

}  // namespace hindcast::io
