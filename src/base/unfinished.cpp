// Paths in memory that is there from the start, so that a handler of signals can read them whatever
// the thread it interrupted is doing.

#include "base/unfinished.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <pthread.h>
#include <time.h>
#include <unistd.h>
#include <utility>

#include <climits>

namespace hindcast {
namespace {

enum class State { free, taken, file, directory };

struct Slot {
  std::atomic<State> state = State::free;
  std::array<char, PATH_MAX> path = {};
};

static_assert(std::atomic<State>::is_always_lock_free);

// More than any command writes; what finds no slot is left behind at worst.
std::array<Slot, 32> slots;

// Threads in the middle of making something and telling of it.
std::atomic<int> making = 0;
std::atomic<bool> ending = false;

constexpr int kMostWaits = 1000;
constexpr timespec kWait = {.tv_sec = 0, .tv_nsec = 1'000'000};

}  // namespace

Unfinished::Unfinished(const std::filesystem::path& path, Kind kind) noexcept {
  const std::string& name = path.native();
  if (name.size() >= PATH_MAX) {
    return;
  }
  for (std::size_t i = 0; i < slots.size(); ++i) {
    State free = State::free;
    if (slots[i].state.compare_exchange_strong(free, State::taken)) {
      std::memcpy(slots[i].path.data(), name.c_str(), name.size() + 1);
      slots[i].state.store(kind == Kind::file ? State::file : State::directory);
      slot_ = static_cast<int>(i);
      return;
    }
  }
}

Unfinished::Unfinished(Unfinished&& other) noexcept : slot_(std::exchange(other.slot_, kNone)) {}

Unfinished::~Unfinished() {
  if (slot_ != kNone) {
    slots[static_cast<std::size_t>(slot_)].state.store(State::free);
  }
}

void Unfinished::stop_makers() noexcept {
  ending.store(true);
  for (int i = 0; i < kMostWaits && making.load() > 0; ++i) {
    nanosleep(&kWait, nullptr);
  }
}

void Unfinished::remove_all() noexcept {
  for (const Slot& slot : slots) {
    if (slot.state.load() == State::file) {
      unlink(slot.path.data());
    }
  }
  // In the order they were told of: the innermost directory first.
  for (const Slot& slot : slots) {
    if (slot.state.load() == State::directory) {
      rmdir(slot.path.data());
    }
  }
}

SignalsHeld::SignalsHeld() noexcept {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before_);
  ++making;
  if (ending.load()) {
    --making;
    while (true) {
      nanosleep(&kWait, nullptr);
    }
  }
}

SignalsHeld::~SignalsHeld() {
  --making;
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace hindcast
