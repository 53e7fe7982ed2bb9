// OpenBLAS has functions that choose its kernels anew, by the variable that users may set. They are
// called while the program is loaded, when there is no other thread yet that could be in the midst
// of a product or read a variable. Another BLAS does not have them, and then nothing is done.

#include "spectral/blas_kernels.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/format.h>

extern "C" {
// NOLINTBEGIN(readability-identifier-naming)
char* openblas_get_corename() __attribute__((weak));
void openblas_set_num_threads(int count) __attribute__((weak));
void gotoblas_dynamic_init() __attribute__((weak));
void gotoblas_dynamic_quit() __attribute__((weak));
// NOLINTEND(readability-identifier-naming)
}

namespace hindcast::spectral {
namespace {

constexpr const char* kVariable = "OPENBLAS_CORETYPE";

// Kernels by what they need; the first name of each is asked for.
struct Level {
  bool (*supported)();
  std::string_view preferred;
  std::array<std::string_view, 6> names;
};

#if defined(__x86_64__)
// These ask whether the system keeps the wide registers, too.
bool has_avx512() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512cd") != 0 &&
         __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0;
}

bool has_avx2() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
}

bool has_avx() {
  return __builtin_cpu_supports("avx") != 0;
}

constexpr std::array<Level, 3> kLevels = {{
    {has_avx512, "SkylakeX", {"SkylakeX", "Cooperlake", "SapphireRapids"}},
    // AMD's of before Zen are as good as their processors allow.
    {has_avx2,
     "Haswell",
     {"Haswell", "Zen", "Excavator", "Steamroller", "Piledriver", "Bulldozer"}},
    {has_avx, "Sandybridge", {"Sandybridge"}},
}};
// Those without AVX, among them what the library falls back on where it does not know the
// processor. A name that is nowhere here is of a later release, which knows better.
constexpr std::array<std::string_view, 11> kOldest = {
    "Prescott", "Core2",     "Penryn",       "Dunnington", "Nehalem", "Atom",
    "Nano",     "Barcelona", "Opteron_SSE3", "Opteron",    "Bobcat"};
#endif

void keep_to_one_thread() {
  // Threads of its own would compete with ours.
  if (openblas_set_num_threads != nullptr) {
    openblas_set_num_threads(1);
  }
}

void choose_kernels() {
  if (openblas_get_corename == nullptr || gotoblas_dynamic_init == nullptr ||
      gotoblas_dynamic_quit == nullptr || std::getenv(kVariable) != nullptr) {
    return;
  }
  // In a program without shared libraries OpenBLAS may not have had its turn. The second call of
  // two does nothing.
  gotoblas_dynamic_init();
  const std::string better(better_kernels(openblas_get_corename()));
  if (better.empty()) {
    return;
  }
  // The variable is for the library alone, not for programs that this one might start.
  setenv(kVariable, better.c_str(), 1);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv(kVariable);
}

}  // namespace

std::string_view better_kernels(std::string_view chosen_by_library) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool is_known =
      std::ranges::find(kOldest, chosen_by_library) != kOldest.end() ||
      std::ranges::any_of(kLevels, [&](const Level& level) {
        return std::ranges::find(level.names, chosen_by_library) != level.names.end();
      });
  if (!is_known) {
    return {};
  }
  for (const Level& level : kLevels) {
    if (std::ranges::find(level.names, chosen_by_library) != level.names.end()) {
      return {};
    }
    if (level.supported()) {
      return level.preferred;
    }
  }
#else
  static_cast<void>(chosen_by_library);
#endif
  return {};
}

bool prepare_blas() {
  choose_kernels();
  keep_to_one_thread();
  return true;
}

std::string kernels_description() {
  return openblas_get_corename != nullptr
             ? fmt::format("OpenBLAS ({} kernels)", openblas_get_corename())
             : "reference or other";
}

}  // namespace hindcast::spectral
