// For processors with AVX-512 (Skylake-X, Zen 4 and later).

#include "spectral/kernels/kernel_set.hpp"

#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,avx2,fma")
#endif

#define LANES 8
#define COLUMNS 8
#define LEFT_VECTORS 3
#include "spectral/kernels/body.hpp"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace hindcast::spectral {

extern const KernelSet avx512_kernels;
const KernelSet avx512_kernels = {.name = "avx512",
                                  // Asks whether the system keeps the wide registers, too.
                                  .supported =
                                      []() noexcept {
                                        return __builtin_cpu_supports("avx512f") != 0 &&
                                               __builtin_cpu_supports("avx512vl") != 0 &&
                                               __builtin_cpu_supports("avx512dq") != 0 &&
                                               __builtin_cpu_supports("fma") != 0;
                                      },
                                  .multiply = multiply,
                                  .apply_both_ways = apply_both_ways,
                                  .apply_transposed = apply_transposed,
                                  .subtract_product = subtract_product};

}  // namespace hindcast::spectral

#endif
