// The handler runs in whatever thread touched a vanished page, in the middle of anything. It takes
// no lock and no memory: the slots are a list that only grows, and each is read as it is found.

#include "base/lost_pages.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

namespace hindcast {
namespace detail {

struct WatchedSlot {
  std::atomic<std::uintptr_t> begin = 0;  // 0 where the slot is free.
  std::atomic<std::size_t> size = 0;
  std::atomic<bool> lost = false;
  WatchedSlot* next = nullptr;
};

}  // namespace detail

namespace {

using detail::WatchedSlot;

static_assert(std::atomic<std::uintptr_t>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);

std::atomic<WatchedSlot*> first_slot = nullptr;
std::mutex slots_mutex;
std::uintptr_t page_bytes = 0;
struct sigaction before = {};

// Where the slot's mapping ends, if it holds `address`; else 0.
std::uintptr_t end_around(const WatchedSlot& slot, std::uintptr_t address) noexcept {
  const std::uintptr_t begin = slot.begin.load();
  const std::size_t size = slot.size.load();
  const bool holds = begin != 0 && address >= begin && address - begin < size;
  return holds && slot.begin.load() == begin ? begin + size : 0;
}

// A file is cut at its end, so nothing behind the page that is gone is there.
bool put_zeros(std::uintptr_t address) noexcept {
  for (WatchedSlot* slot = first_slot.load(); slot != nullptr; slot = slot->next) {
    const std::uintptr_t end = end_around(*slot, address);
    if (end == 0) {
      continue;
    }
    slot->lost.store(true);
    const std::uintptr_t page = address / page_bytes * page_bytes;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a signal's address is compared, so a number.
    return mmap(reinterpret_cast<void*>(page), end - page, PROT_READ,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
  }
  return false;
}

void on_bus_error(int number, siginfo_t* info, void* /*context*/) noexcept {
  const int kept = errno;
  const bool is_fault = info->si_code > 0;  // Else somebody sent the signal.
  if (!is_fault || !put_zeros(reinterpret_cast<std::uintptr_t>(info->si_addr))) {
    sigaction(SIGBUS, &before, nullptr);
    if (!is_fault) {
      raise(number);
    }
  }
  errno = kept;  // The access is repeated on return.
}

void install() {
  page_bytes = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  struct sigaction action = {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &before);
}

WatchedSlot* free_slot() {
  WatchedSlot* slot = first_slot.load();
  while (slot != nullptr && slot->begin.load() != 0) {
    slot = slot->next;
  }
  if (slot == nullptr) {
    slot = new WatchedSlot;  // NOLINT(cppcoreguidelines-owning-memory): the handler may read it.
    slot->next = first_slot.load();
    first_slot.store(slot);
  }
  return slot;
}

}  // namespace

WatchedPages::WatchedPages(std::span<const std::byte> mapped) {
  static std::once_flag installed;
  std::call_once(installed, install);
  const std::scoped_lock lock(slots_mutex);
  slot_ = free_slot();
  slot_->lost.store(false);
  slot_->size.store(mapped.size());
  slot_->begin.store(reinterpret_cast<std::uintptr_t>(mapped.data()));
}

WatchedPages::~WatchedPages() {
  if (slot_ != nullptr) {
    slot_->begin.store(0);
  }
}

bool WatchedPages::lost() const noexcept {
  return slot_ != nullptr && slot_->lost.load();
}

}  // namespace hindcast
