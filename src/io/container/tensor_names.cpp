#include "io/container/tensor_names.hpp"

#include <string>
#include <vector>

#include "io/hdf5/dialect.hpp"

namespace hindcast::io {

void describe_by_path(std::span<tensor::TensorInfo> tensors) {
  std::vector<std::string> paths;
  for (const tensor::TensorInfo& info : tensors) {
    paths.push_back(info.path);
  }
  const tensor::Dialect dialect = hdf5::detect_dialect(paths, {});
  const std::vector<std::string> names = hdf5::report_names(paths);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    tensors[i].name = names[i];
    tensors[i].evidence.dialect = dialect;
    tensors[i].evidence.optimizer_state = hdf5::is_optimizer_state(paths[i]);
  }
}

}  // namespace hindcast::io
