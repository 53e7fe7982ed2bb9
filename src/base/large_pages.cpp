#include "base/large_pages.hpp"

#include <cstdint>
#include <sys/mman.h>

namespace hindcast {
namespace {

constexpr std::uintptr_t kPage = 4096;
constexpr std::size_t kLargePage = std::size_t{2} << 20U;

}  // namespace

void prefer_large_pages(void* memory, std::size_t bytes) noexcept {
  if (bytes < kLargePage) {
    return;
  }
  // What the pages at both ends hold besides is not ours to advise on.
  const auto begin = (reinterpret_cast<std::uintptr_t>(memory) + kPage - 1) & ~(kPage - 1);
  const auto end = (reinterpret_cast<std::uintptr_t>(memory) + bytes) & ~(kPage - 1);
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

}  // namespace hindcast
