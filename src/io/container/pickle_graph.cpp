#include "io/container/pickle.hpp"

namespace hindcast::io::pickle {
namespace {

template <typename T>
const T* payload(const Graph::Node& node) {
  return std::get_if<T>(&node.payload);
}

}  // namespace

std::string_view name(Kind kind) noexcept {
  switch (kind) {
    case Kind::none:
      return "None";
    case Kind::boolean:
      return "a boolean";
    case Kind::integer:
      return "an integer";
    case Kind::big_integer:
      return "an integer of more than 64 bits";
    case Kind::real:
      return "a real number";
    case Kind::text:
      return "a text";
    case Kind::bytes:
      return "bytes";
    case Kind::tuple:
      return "a tuple";
    case Kind::list:
      return "a list";
    case Kind::dict:
      return "a dict";
    case Kind::set:
      return "a set";
    case Kind::global:
      return "a class or function";
    case Kind::persistent:
      return "a persistent object";
    case Kind::call:
      break;
  }
  return "an object";
}

bool Graph::truth(Index value) const {
  const Node& node = nodes_[value];
  return node.kind == Kind::boolean && std::get<std::int64_t>(node.payload) != 0;
}

std::optional<std::int64_t> Graph::integer(Index value) const {
  const Node& node = nodes_[value];
  return node.kind == Kind::integer ? std::optional(std::get<std::int64_t>(node.payload))
                                    : std::nullopt;
}

std::optional<double> Graph::number(Index value) const {
  if (const auto* real = payload<double>(nodes_[value])) {
    return *real;
  }
  const auto whole = integer(value);
  return whole ? std::optional(static_cast<double>(*whole)) : std::nullopt;
}

std::string_view Graph::text(Index value) const {
  const auto* text = payload<std::string_view>(nodes_[value]);
  return text != nullptr ? *text : std::string_view();
}

std::span<const Index> Graph::items(Index value) const {
  const Node& node = nodes_[value];
  const auto* items = node.kind != Kind::persistent ? payload<Items>(node) : nullptr;
  return items != nullptr ? std::span<const Index>(*items) : std::span<const Index>();
}

const GlobalName* Graph::global(Index value) const {
  return payload<GlobalName>(nodes_[value]);
}

const Call* Graph::call(Index value) const {
  return payload<Call>(nodes_[value]);
}

Index Graph::persistent_id(Index value) const {
  const Node& node = nodes_[value];
  return node.kind == Kind::persistent ? std::get<Items>(node.payload).front() : 0;
}

}  // namespace hindcast::io::pickle
