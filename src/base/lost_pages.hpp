#pragma once

#include <cstddef>
#include <span>

namespace hindcast {

namespace detail {
struct WatchedSlot;
}

/// A mapped file whose pages may vanish: whoever cuts the file short takes them away, and touching
/// one raises SIGBUS, which would end the program. While this object lives zeros stand in for them,
/// and that they do is remembered.
///
/// The first one made installs the handler of SIGBUS, for the whole process. Other causes of that
/// signal go where they went before.
class WatchedPages {
 public:
  WatchedPages() = default;
  /// `mapped` begins at a page.
  explicit WatchedPages(std::span<const std::byte> mapped);
  WatchedPages(const WatchedPages&) = delete;
  WatchedPages& operator=(const WatchedPages&) = delete;
  WatchedPages(WatchedPages&&) = delete;
  WatchedPages& operator=(WatchedPages&&) = delete;
  ~WatchedPages();

  /// Did a thread touch a page that was gone?
  [[nodiscard]] bool lost() const noexcept;

 private:
  detail::WatchedSlot* slot_ = nullptr;
};

}  // namespace hindcast
