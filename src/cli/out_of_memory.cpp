// What throws takes memory, and what is thrown where nothing may be thrown ends the program: both
// arrive at the handler of std::terminate, which then cannot see what for. So the first refusal is
// remembered, and gives back a reserve that the exception and the unwinding live on.

#include "cli/out_of_memory.hpp"

#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/unfinished.hpp"
#include "cli/run.hpp"

namespace hindcast::cli {
namespace {

constexpr std::size_t kReserveBytes = 256 << 10U;
// Pages of the stack are memory as well, and to have none for them is SIGSEGV.
constexpr std::size_t kStackBytes = 512 << 10U;
// With less, the libraries that are loaded fail in ways of their own.
constexpr std::size_t kLeastBytes = 4 << 20U;

std::atomic<void*> reserve = nullptr;
std::atomic<bool> was_refused = false;
std::atomic<bool> is_ending = false;

void remember_refusal() {
  was_refused = true;
  std::free(reserve.exchange(nullptr));
  throw std::bad_alloc();
}

// Exceptions of other kinds may have come from it, too, as where a thread could not be made.
bool is_memory_the_reason() noexcept {
  if (ran_out_of_memory() || !std::current_exception()) {
    return true;
  }
  try {
    std::rethrow_exception(std::current_exception());
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
    return false;
  }
}

[[noreturn]] void end_without_memory() noexcept {
  if (is_ending.exchange(true)) {
    while (true) {
      pause();  // Another thread ends the program.
    }
  }
  print_out_of_memory();
  Unfinished::stop_makers();
  Unfinished::remove_all();
  _exit(static_cast<int>(ExitStatus::trouble));
}

[[noreturn]] void end() noexcept {
  if (!is_memory_the_reason()) {
    std::abort();
  }
  end_without_memory();
}

bool has_room(std::size_t bytes) {
  void* const address = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return address != MAP_FAILED && munmap(address, bytes) == 0;
}

bool is_stack_larger() {
  rlimit limit{};
  return getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur > 2 * kStackBytes;
}

void touch_stack() {
  // NOLINTNEXTLINE(modernize-avoid-c-arrays): std::array has no volatile access.
  volatile char room[kStackBytes];
  for (std::size_t i = 0; i < sizeof(room); i += 1024) {
    room[i] = 0;
  }
}

}  // namespace

void handle_out_of_memory() {
  if (!has_room(kLeastBytes)) {
    end_without_memory();
  }
  if (is_stack_larger()) {
    touch_stack();
  }
  reserve = std::malloc(kReserveBytes);
  std::set_new_handler(remember_refusal);
  std::set_terminate(end);
}

bool ran_out_of_memory() noexcept {
  return was_refused;
}

void print_out_of_memory() noexcept {
  constexpr std::string_view kLine = "hindcast: out of memory\n";
  (void)!write(STDERR_FILENO, kLine.data(), kLine.size());
}

}  // namespace hindcast::cli
