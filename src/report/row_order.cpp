#include "report/row_order.hpp"

#include "metrics/better.hpp"

namespace hindcast::report {

std::optional<double> rank_of(double value, const TableOrder& order) {
  if (order.metric == "mapping_condition" && value == 0.0) {
    return std::nullopt;
  }
  switch (order.first) {
    case TableOrder::First::lowest:
      return -value;
    case TableOrder::First::largest:
      return value;
    case TableOrder::First::worst:
      break;
  }
  switch (metrics::better_of_layers(order.metric)) {
    case metrics::Better::higher:
      return -value;
    case metrics::Better::nearer_to_one:
      return std::abs(value - 1.0);
    case metrics::Better::lower:
    case metrics::Better::unknown:
      break;
  }
  return value;
}

}  // namespace hindcast::report
