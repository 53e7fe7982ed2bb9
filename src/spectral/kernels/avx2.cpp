// For processors with AVX2 and FMA (Haswell, Zen and later).

#include "spectral/kernels/kernel_set.hpp"

#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif

#define LANES 4
#define COLUMNS 4
#define LEFT_VECTORS 3
#include "spectral/kernels/body.hpp"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace hindcast::spectral {

extern const KernelSet avx2_kernels;
const KernelSet avx2_kernels = {.name = "avx2",
                                // Asks whether the system keeps the wide registers, too.
                                .supported =
                                    []() noexcept {
                                      return __builtin_cpu_supports("avx2") != 0 &&
                                             __builtin_cpu_supports("fma") != 0;
                                    },
                                .multiply = multiply,
                                .apply_both_ways = apply_both_ways,
                                .apply_transposed = apply_transposed,
                                .subtract_product = subtract_product};

}  // namespace hindcast::spectral

#endif
