// Reader for ONNX models: the weights of a graph, as initializers, constants, in subgraphs and in
// functions, in external files beside the model, sparse or quantised.
//
// https://github.com/onnx/onnx/blob/main/docs/IR.md
//
// What a tensor is and how its axes lie is read from the nodes that use it, its order is that of
// first use. Values stay in the mapped files until they are asked for. Nothing is executed: weights
// that a graph computes are reported, not computed. Not read: elements of two bits, strings and
// complex numbers (listed), training graphs (reported).

#include <algorithm>
#include <vector>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"
#include "hindcast/tensor/part.hpp"

#include "base/checked.hpp"
#include "base/mapped_file.hpp"
#include "io/onnx/contents.hpp"
#include "io/onnx/model.hpp"
#include "io/onnx/quantisation.hpp"
#include "io/onnx/tensor_values.hpp"

namespace hindcast::io::onnx {
namespace {

class OnnxCheckpoint final : public Checkpoint {
 public:
  OnnxCheckpoint(std::shared_ptr<const MappedFile> file, const Limits& limits)
      : file_(std::move(file)) {
    Contents contents = read_contents(file_->bytes(), file_->path().parent_path(), limits);
    for (Entry& entry : contents.entries) {
      tensors_.push_back(std::move(entry.tensor));
      sources_.push_back(std::move(entry.source));
    }
    constants_ = std::move(contents.constants);
    order_evidence_ = OrderEvidence::graph;
    problems_ = std::move(contents.problems);
    step_ = contents.step;
    epoch_ = contents.epoch;
  }

  void fill(std::size_t index, std::span<double> out) const override {
    const Source& source = sources_.at(index);
    if (source.packed) {
      std::ranges::copy(unpack(*source.packed, constants_, source.constant), out.begin());
    } else if (source.direction) {
      const tensor::Split directions{.axis = source.direction_axis, .parts = {"", ""}};
      const std::vector<std::uint64_t>& shape = constants_[source.constant].tensor.shape;
      std::vector<double> both(element_count(shape));
      read_whole(source, both);
      std::ranges::copy(tensor::part_values(both, shape, directions, *source.direction),
                        out.begin());
    } else {
      read_whole(source, out);
    }
  }

 private:
  void read_whole(const Source& source, std::span<double> out) const {
    const StoredTensor& stored = constants_[source.constant].tensor;
    read_values(stored, out);
    if (source.quantisation) {
      dequantise(*source.quantisation, constants_, stored.shape, out);
    }
  }

  std::shared_ptr<const MappedFile> file_;
  std::vector<Constant> constants_;  // Views of file_ and of the external files they keep mapped.
  std::vector<Source> sources_;      // In the order of tensors_.
};

bool probe(std::span<const std::byte> file) noexcept {
  return looks_like_model(file);
}

std::unique_ptr<Checkpoint> open(std::shared_ptr<const MappedFile> file, const Limits& limits) {
  return std::make_unique<OnnxCheckpoint>(std::move(file), limits);
}

}  // namespace
}  // namespace hindcast::io::onnx

namespace hindcast::io {

extern const Format onnx_format;
const Format onnx_format = {
    .id = "onnx",
    .description = "ONNX models: initializers, constants, external data",
    .reference = "https://github.com/onnx/onnx/blob/main/docs/IR.md",
    .probe = onnx::probe,
    .open = onnx::open,
};

}  // namespace hindcast::io
