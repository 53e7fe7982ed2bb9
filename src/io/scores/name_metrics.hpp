#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hindcast::io {

/// A number that a checkpoint's name states.
struct NameMetric {
  std::string name;  ///< "val_loss" of "val_loss=0.25"; "name_metric" where it has no name.
  std::optional<double> value;  ///< None where the name says nan or inf.
};

/// The metrics in the name of a checkpoint file, as Keras' ModelCheckpoint ("weights.05-0.87.h5")
/// and PyTorch Lightning ("net-epoch=03-val_loss=0.25.ckpt") write them. A name of another kind has
/// none: what a number in it means would be a guess.
[[nodiscard]] std::vector<NameMetric> metrics_in_name(const std::filesystem::path& named_by);

}  // namespace hindcast::io
