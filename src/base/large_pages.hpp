#pragma once

#include <cstddef>

namespace hindcast {

/// Asks the system to back memory that was not touched yet by large pages, where it is large enough
/// for one: filling it page by page takes longer than reading the weights that go there. Advice
/// only; nothing depends on it.
void prefer_large_pages(void* memory, std::size_t bytes) noexcept;

}  // namespace hindcast
