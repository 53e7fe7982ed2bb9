// Opens a checkpoint of any format and factorises each of its weights:
//
//   factorise CHECKPOINT

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"
#include "hindcast/spectral/evbmf.hpp"
#include "hindcast/spectral/spectrum.hpp"
#include "hindcast/tensor/classification.hpp"
#include "hindcast/tensor/unfolding.hpp"
#include "hindcast/version.hpp"

namespace {

using namespace hindcast;

std::vector<double> values_of(const io::Checkpoint& checkpoint, std::size_t index) {
  std::size_t count = 1;
  for (const std::uint64_t extent : checkpoint.tensors()[index].shape) {
    count *= extent;
  }
  std::vector<double> values(count);
  checkpoint.read(index, values);
  return values;
}

void print_low_rank(const tensor::TensorInfo& info, const tensor::Layout& layout,
                    const std::vector<double>& values) {
  for (const tensor::Unfolding unfolding : tensor::unfoldings_of(layout)) {
    const tensor::Matrix matrix = tensor::unfold(values, info.shape, layout, unfolding);
    const spectral::Spectrum spectrum = spectral::dense_spectrum(matrix);
    if (const auto low_rank = spectral::evbmf_exact(spectrum)) {
      std::printf("%s %s rank %td knowledge gain %.17g\n", info.name.c_str(),
                  tensor::name(unfolding).data(), low_rank->rank, low_rank->knowledge_gain);
    }
  }
}

void print_checkpoint(const char* path) {
  const io::OpenedCheckpoint opened = io::open_checkpoint(path, {});
  const auto tensors = opened.checkpoint->tensors();
  const auto verdicts = tensor::classify(tensors, {});
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (verdicts[i].analysed()) {
      print_low_rank(tensors[i], *verdicts[i].layout, values_of(*opened.checkpoint, i));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: factorise CHECKPOINT\n");
    return 2;
  }
  try {
    print_checkpoint(argv[1]);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", argv[1], error.what());
    return 2;
  }
  std::printf("by hindcast %s\n", version().data());
}
