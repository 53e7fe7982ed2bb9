#include "html/layer_rows.hpp"

#include <algorithm>
#include <unordered_map>

namespace hindcast::html {

const report::LayerReport& LayerRow::last() const {
  return **std::find_if(at.rbegin(), at.rend(), [](const auto* layer) { return layer != nullptr; });
}

std::vector<LayerRow> layer_rows(const report::RunReport& run) {
  std::vector<LayerRow> rows;
  std::unordered_map<std::string_view, std::size_t> places;
  const std::size_t count = run.checkpoints.size();
  for (std::size_t back = 0; back < count; ++back) {
    const std::size_t t = count - 1 - back;
    for (const report::LayerReport& layer : run.checkpoints[t].layers) {
      const auto place = places.try_emplace(layer.name, rows.size());
      if (place.second) {
        rows.push_back(
            {.name = layer.name, .at = std::vector<const report::LayerReport*>(count, nullptr)});
      }
      rows[place.first->second].at[t] = &layer;
    }
  }
  return rows;
}

}  // namespace hindcast::html
