#include <algorithm>
#include <array>
#include <vector>

#include "spectral/kernels/kernel_set.hpp"

namespace hindcast::spectral {

extern const KernelSet baseline_kernels;
#if defined(__x86_64__)
extern const KernelSet avx2_kernels;
extern const KernelSet avx512_kernels;
#endif

std::span<const KernelSet* const> kernel_sets() {
  static const std::vector<const KernelSet*> supported = [] {
    std::vector<const KernelSet*> sets = {
#if defined(__x86_64__)
      &avx512_kernels,
      &avx2_kernels,
#endif
      &baseline_kernels
    };
    std::erase_if(sets, [](const KernelSet* set) { return !set->supported(); });
    return sets;
  }();
  return supported;
}

}  // namespace hindcast::spectral
