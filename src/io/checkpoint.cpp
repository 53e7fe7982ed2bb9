#include "hindcast/io/checkpoint.hpp"

#include "hindcast/base/error.hpp"

namespace hindcast::io {

std::string_view name(OrderEvidence evidence) noexcept {
  switch (evidence) {
    case OrderEvidence::layer_names:
      return "layer_names";
    case OrderEvidence::creation:
      return "creation";
    case OrderEvidence::graph:
      return "graph";
    case OrderEvidence::config:
      return "config";
    case OrderEvidence::names:
      break;
  }
  return "names";
}

void Checkpoint::read(std::size_t index, std::span<double> out) const {
  const auto require_unchanged = [&] {
    if (watched_ != nullptr) {
      watched_->require_unchanged();
    }
  };
  try {
    fill(index, out);
  } catch (const Error&) {
    require_unchanged();  // A better reason for whatever seems to be wrong.
    throw;
  }
  require_unchanged();
}

}  // namespace hindcast::io
