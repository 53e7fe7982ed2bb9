#include "hindcast/io/checkpoint.hpp"

#include "hindcast/base/error.hpp"

#include "base/mapped_file.hpp"

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

template <typename Use>
auto Checkpoint::while_unchanged(const Use& use) const {
  const auto require_unchanged = [&] {
    if (watched_ != nullptr) {
      watched_->require_unchanged();
    }
  };
  try {
    const auto result = use();
    require_unchanged();
    return result;
  } catch (const Error&) {
    require_unchanged();  // A better reason for whatever seems to be wrong.
    throw;
  }
}

void Checkpoint::read(std::size_t index, std::span<double> out) const {
  while_unchanged([&] {
    fill(index, out);
    return true;
  });
}

bool Checkpoint::use_stored(std::size_t index, const UseBytes& use) const {
  return while_unchanged([&] { return lend(index, use); });
}

bool Checkpoint::lend(std::size_t /*index*/, const UseBytes& /*use*/) const {
  return false;
}

}  // namespace hindcast::io
