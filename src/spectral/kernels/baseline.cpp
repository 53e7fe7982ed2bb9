// For every x86-64 processor, and for those of another kind.

#include "spectral/kernels/kernel_set.hpp"

#define LANES 2
#define COLUMNS 4
#define LEFT_VECTORS 2
#include "spectral/kernels/body.hpp"

namespace hindcast::spectral {

extern const KernelSet baseline_kernels;
const KernelSet baseline_kernels = {.name = "baseline",
                                    .supported = []() noexcept { return true; },
                                    .multiply = multiply,
                                    .apply_both_ways = apply_both_ways,
                                    .apply_transposed = apply_transposed,
                                    .subtract_product = subtract_product};

}  // namespace hindcast::spectral
