#pragma once

#include <string>
#include <string_view>

namespace hindcast::spectral {

/// The kernels of OpenBLAS that do best on this processor, among those that every release since
/// 0.3.8 has; empty where what the library takes by itself needs no help, as far as we can tell.
///
/// OpenBLAS chooses by the processor's model, and takes its oldest kernels (`Prescott`, SSE3) for
/// one that came out after it: 0.3.21, of Debian bookworm, then multiplies matrices at a fifth of
/// the rate. What the processor and the system can do is asked here instead.
[[nodiscard]] std::string_view better_kernels(std::string_view chosen_by_library);

/// Sees to it that OpenBLAS takes the best kernels, unless the user chose some, and starts no
/// threads. Reads and writes the environment, so it is for the time before there are threads.
bool prepare_blas();

/// "OpenBLAS (Haswell kernels)", or what is there in its place.
[[nodiscard]] std::string kernels_description();

}  // namespace hindcast::spectral
