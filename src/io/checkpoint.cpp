#include "hindcast/io/checkpoint.hpp"

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

}  // namespace hindcast::io
