// What is taken away, besides the system calls (see syscall_filter.cpp): open files, the
// environment, signal handlers, the terminal, core dumps, the right to be traced, and memory beyond
// a bound. Some of it the filter would refuse as well; a hole in one wall is not one in the other.

#include "io/sandbox/confinement.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <fmt/format.h>

#include "base/system_error.hpp"
#include "io/sandbox/syscall_filter.hpp"

namespace hindcast::io::sandbox {
namespace {

// A handler of the program around us has no business here, and would hide a crash.
void reset_signals() {
  for (int number = 1; number < NSIG; ++number) {
    std::signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void close_range_of(int first, int last) {
  if (first > last) {
    return;
  }
#ifdef __linux__
  if (close_range(static_cast<unsigned>(first), static_cast<unsigned>(last), 0) == 0) {
    return;
  }
#endif
  const long end = std::min<long>(last, sysconf(_SC_OPEN_MAX));
  for (long number = first; number <= end; ++number) {
    close(static_cast<int>(number));
  }
}

void close_all_but(std::array<int, 2> kept) {
  std::ranges::sort(kept);
  close_range_of(0, kept[0] - 1);
  close_range_of(kept[0] + 1, kept[1] - 1);
  close_range_of(kept[1] + 1, std::numeric_limits<int>::max());
}

// Never raises what is lower already.
bool lower(decltype(RLIMIT_AS) resource, rlim_t value) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0) {
    return false;
  }
  limit.rlim_max = std::min(limit.rlim_max, value);
  limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
  return setrlimit(resource, &limit) == 0;
}

bool has_page_below(rlim_t bytes, rlim_t hard) {
  const rlimit limit{.rlim_cur = bytes, .rlim_max = hard};
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (setrlimit(RLIMIT_AS, &limit) != 0) {
    return false;
  }
  void* const address = mmap(nullptr, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) {
    return false;
  }
  munmap(address, page);
  return true;
}

// Found by asking for one page more under one bound after the other. /proc would tell it as well,
// where there is one, but is one more file to open.
rlim_t address_space_in_use(rlim_t hard) {
  constexpr rlim_t kWholeAddressSpace = rlim_t{1} << 48U;
  rlim_t too_low = 0;
  rlim_t enough = std::min(hard, kWholeAddressSpace);
  while (enough - too_low > 4096) {
    const rlim_t middle = too_low + (enough - too_low) / 2;
    (has_page_below(middle, hard) ? enough : too_low) = middle;
  }
  return enough;
}

// While the bound is below what is in use the stack cannot grow, so it grows in advance.
void touch_stack() {
  // NOLINTNEXTLINE(modernize-avoid-c-arrays): std::array has no volatile access.
  volatile char room[65'536];
  for (std::size_t i = 0; i < sizeof(room); i += 1024) {
    room[i] = 0;
  }
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

bool bound_memory(std::uint64_t bytes) {
  if (kSanitized) {
    return true;  // AddressSanitizer hangs or exits where it gets no memory.
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0) {
    return false;
  }
  touch_stack();
  const rlim_t in_use = address_space_in_use(limit.rlim_max);
  limit.rlim_max = std::min(limit.rlim_max, in_use + bytes);
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_AS, &limit) == 0;
}

bool forgo_privileges(const Confinement& left) {
#ifdef __linux__
  if (left.dies_with_parent && prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
    return false;
  }
  if (getppid() != left.parent) {
    _exit(EXIT_SUCCESS);  // It died before it could be told.
  }
  return prctl(PR_SET_DUMPABLE, 0) == 0;
#else
  return left.parent != 0;
#endif
}

bool lower_limits(const Confinement& left) {
  return lower(RLIMIT_CORE, 0) && lower(RLIMIT_FSIZE, 0) && lower(RLIMIT_NOFILE, 0) &&
         lower(RLIMIT_NPROC, 0) && bound_memory(left.memory_bytes);
}

}  // namespace

std::string confine(const Confinement& left) {
  reset_signals();
  setsid();  // What the terminal sends to the program is for the program to handle.
  close_all_but(left.descriptors);
  environ = nullptr;
  if (!forgo_privileges(left) || !lower_limits(left)) {
    return fmt::format("resource limits: {}", system_error(errno).what());
  }
  return allow_computing_only();
}

bool has_address_space(std::uint64_t bytes) noexcept {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* const address = mmap(nullptr, bytes, PROT_NONE, flags, -1, 0);
  if (address == MAP_FAILED) {
    return false;
  }
  munmap(address, bytes);
  return true;
}

void allow_computing_for(pid_t process, double seconds) noexcept {
#ifdef __linux__
  clockid_t clock = 0;
  timespec used{};
  rlimit limit{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0 ||
      prlimit(process, RLIMIT_CPU, nullptr, &limit) != 0) {
    return;
  }
  // Whole seconds, and later than the clock on the wall, which tells better what happened.
  const auto allowed = static_cast<rlim_t>(std::ceil(seconds)) + 1;
  limit.rlim_cur = std::min(limit.rlim_max, static_cast<rlim_t>(used.tv_sec) + allowed);
  prlimit(process, RLIMIT_CPU, &limit, nullptr);
#endif
}

}  // namespace hindcast::io::sandbox
