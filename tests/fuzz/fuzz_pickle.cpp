// libFuzzer target: the inert pickle machine, every value it makes, and what is said about a file
// that is nothing but a pickle.

#include "fuzz/input.hpp"
#include "io/container/pickle.hpp"
#include "io/torch/bare_pickle.hpp"

namespace {

using hindcast::io::pickle::Graph;
using hindcast::io::pickle::Index;

void require_in_graph(const Graph& graph, Index value) {
  hindcast::fuzz::require(value < graph.size(), "a value that refers to none");
}

void require_sound(const Graph& graph, Index value) {
  for (const Index item : graph.items(value)) {
    require_in_graph(graph, item);
  }
  if (const auto* const call = graph.call(value)) {
    for (const Index part :
         {call->callee, call->arguments, call->entries, call->appended, call->state}) {
      require_in_graph(graph, part);
    }
  }
  require_in_graph(graph, graph.persistent_id(value));
  (void)graph.truth(value);
  (void)graph.integer(value);
  (void)graph.number(value);
  (void)std::string(graph.text(value));
  if (const auto* const global = graph.global(value)) {
    (void)(std::string(global->module) + std::string(global->name));
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hindcast;
  const fuzz::Bytes file = fuzz::bytes_of(data, size);
  fuzz::expect_nothing_but_errors([&] {
    ByteCursor cursor(file);
    const Graph graph = io::pickle::read_pickle(cursor);
    require_in_graph(graph, graph.root());
    for (Index value = 0; value < graph.size(); ++value) {
      require_sound(graph, value);
    }
  });
  fuzz::require_printable(io::torch::describe_bare_pickle(file).value_or(""));
  return 0;
}
