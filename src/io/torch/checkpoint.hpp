#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "base/mapped_file.hpp"
#include "io/torch/contents.hpp"

namespace hindcast::io::torch {

/// A PyTorch checkpoint of either format.
class TorchCheckpoint final : public Checkpoint {
 public:
  /// `owner` keeps alive the bytes that `contents` are views of, most of them in `file`.
  TorchCheckpoint(std::shared_ptr<const MappedFile> file, std::shared_ptr<const void> owner,
                  Contents contents);

  void fill(std::size_t index, std::span<double> out) const override;
  bool lend(std::size_t index, const UseBytes& use) const override;

 private:
  std::shared_ptr<const MappedFile> file_;
  std::shared_ptr<const void> owner_;
  std::vector<std::optional<Values>> values_;  // In the order of tensors_.
};

}  // namespace hindcast::io::torch
