#pragma once

#include "hindcast/metrics/layer_measurement.hpp"

namespace hindcast::metrics {

/// Takes out of `measured` what double precision cannot hold, such as the noise variance of weights
/// near the largest double, and marks where that was with Status::non_finite. A condition that is
/// not finite is one whose smallest singular value is lost: Status::below_resolution.
void keep_finite(UnfoldingMeasurement& measured);

/// The same for the comparisons of a layer.
void keep_finite(LayerMeasurement& measured);

}  // namespace hindcast::metrics
