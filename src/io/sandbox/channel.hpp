#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/base/error.hpp"

#include "io/sandbox/message.hpp"

namespace hindcast::io::sandbox {

/// The inner end of a cell's wire.
class Channel {
 public:
  /// The descriptors of two pipes.
  struct Ends {
    int requests = -1;
    int replies = -1;
  };

  /// Answers one request by calling send() any number of times.
  using Handler = std::function<void(std::span<const std::byte> request)>;

  /// `out_of_memory` is what to say where there is too little of it.
  Channel(Ends ends, std::span<std::byte> window, std::string out_of_memory);

  /// Answers requests until the other side is gone, then ends the process. What a handler throws as
  /// Error becomes the answer, as does running out of the memory that the cell has.
  [[noreturn]] void serve(const Handler& handler);

  /// Where the next part of an answer is put together.
  [[nodiscard]] std::span<std::byte> window() const noexcept { return window_; }

  /// Hands over the first `size` bytes of the window, and returns when they were taken.
  void send(std::size_t size);

  /// Hands over `bytes`, as many parts as that takes.
  void send_all(std::span<const std::byte> bytes);

  /// Completes an answer, or says that the cell is locked.
  void finish();

  /// Says why there is no answer.
  void refuse(ErrorCode code, std::string_view reason);

  /// Sends whatever message this is: for tests of what the other side believes.
  void tell(const Message& message);

 private:
  [[nodiscard]] std::optional<Message> next_message();
  void answer(std::span<const std::byte> request, const Handler& handler);

  Ends ends_;
  std::span<std::byte> window_;
  std::string out_of_memory_;  // Worded in advance: later there may be no memory for it.
};

}  // namespace hindcast::io::sandbox
