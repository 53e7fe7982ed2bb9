#include "base/text.hpp"
#include "tensor/roles/verdict.hpp"

namespace hindcast::tensor::roles {

std::string_view without_output_index(std::string_view name) noexcept {
  const std::size_t colon = name.rfind(':');
  const bool numbered = colon != std::string_view::npos && colon + 1 < name.size() &&
                        name.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
  return numbered ? name.substr(0, colon) : name;
}

const std::string& place_in_model(const TensorInfo& tensor) noexcept {
  return tensor.evidence.dialect == Dialect::keras3 && !tensor.path.empty() ? tensor.path
                                                                            : tensor.name;
}

NameTable::NameTable(std::span<const TensorInfo> tensors) {
  by_name_.reserve(tensors.size());
  for (const TensorInfo& tensor : tensors) {
    by_name_.emplace(without_output_index(place_in_model(tensor)), &tensor);
  }
}

const TensorInfo* NameTable::sibling(const TensorInfo& tensor, std::string_view last) const {
  const std::string_view name = without_output_index(place_in_model(tensor));
  const std::size_t parent = name.find_last_of("./") + 1;  // 0 where there is no separator.
  const auto found = by_name_.find(std::string(name.substr(0, parent)).append(last));
  return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace hindcast::tensor::roles
