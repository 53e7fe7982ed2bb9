#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hindcast/report/report.hpp"

#include "base/json_writer.hpp"
#include "html/drawn.hpp"
#include "html/layer_rows.hpp"

namespace hindcast::html {

/// How much of the singular values a page shows.
struct SpectraShown {
  std::int64_t points = 100'000;       ///< Of one spectrum, at most: a report may claim any size.
  std::size_t checkpoints = SIZE_MAX;  ///< Of one run, at most.
};

/// All that a report has where that is little. Of much, first fewer points of each spectrum and
/// then fewer checkpoints, so that a page of 200 layers at 300 checkpoints stays below 5 MB.
[[nodiscard]] SpectraShown spectra_shown(const report::Report& report);

/// `most` numbers from 1 to `size`, the first and the last among them, as evenly spread on a
/// logarithmic axis as whole numbers can be; all where there are no more, and fewer where some
/// coincide. `most` is at least 2.
[[nodiscard]] std::vector<std::int64_t> shown_places(std::int64_t size, std::int64_t most);

/// `most` of `count` checkpoints, evenly spread, the first and the last among them.
[[nodiscard]] std::vector<std::size_t> shown_checkpoints(std::size_t count, std::size_t most);

/// Writes "spectra", which spectrum.js reads; null where the run has none.
void write_spectra(JsonWriter& json, const std::vector<LayerRow>& rows, const SpectraShown& shown,
                   Digits digits);

}  // namespace hindcast::html
