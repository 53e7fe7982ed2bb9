#include "io/sandbox/channel.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <unistd.h>
#include <utility>

namespace hindcast::io::sandbox {
namespace {

// Without the other side there is nobody to tell, and nothing left to do.
[[noreturn]] void leave() {
  _exit(EXIT_SUCCESS);
}

}  // namespace

Channel::Channel(Ends ends, std::span<std::byte> window, std::string out_of_memory)
    : ends_(ends), window_(window), out_of_memory_(std::move(out_of_memory)) {}

void Channel::serve(const Handler& handler) {
  while (const std::optional<Message> message = next_message()) {
    const auto asked = window_.first(std::min(message->size, window_.size()));
    // A copy, because the answer is written where the question lies.
    const std::vector<std::byte> request(asked.begin(), asked.end());
    answer(request, handler);
  }
  leave();
}

void Channel::answer(std::span<const std::byte> request, const Handler& handler) {
  try {
    handler(request);
    finish();
  } catch (const Error& error) {
    refuse(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    refuse(ErrorCode::limit_exceeded, out_of_memory_);
  }
}

void Channel::send(std::size_t size) {
  tell({.kind = MessageKind::part, .code = 0, .size = size});
  if (!next_message()) {
    leave();
  }
}

void Channel::send_all(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), window_.size());
    std::ranges::copy(bytes.first(size), window_.begin());
    send(size);
    bytes = bytes.subspan(size);
  }
}

void Channel::finish() {
  tell({.kind = MessageKind::done, .code = 0, .size = 0});
}

void Channel::refuse(ErrorCode code, std::string_view reason) {
  const auto bytes = std::as_bytes(std::span(reason));
  const std::size_t size = std::min(bytes.size(), window_.size());
  std::ranges::copy(bytes.first(size), window_.begin());
  tell({.kind = MessageKind::refusal, .code = static_cast<std::uint32_t>(code), .size = size});
}

void Channel::tell(const Message& message) {
  if (write(ends_.replies, &message, sizeof(message)) != sizeof(message)) {
    leave();
  }
}

std::optional<Message> Channel::next_message() {
  Message message;
  ssize_t count = 0;
  do {
    count = read(ends_.requests, &message, sizeof(message));
  } while (count < 0 && errno == EINTR);
  return count == sizeof(message) ? std::optional(message) : std::nullopt;
}

}  // namespace hindcast::io::sandbox
