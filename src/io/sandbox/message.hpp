#pragma once

#include <cstdint>

namespace hindcast::io::sandbox {

/// What the two sides of a cell tell each other. What belongs to a message lies at the start of the
/// window they share.
enum class MessageKind : std::uint32_t {
  request,  ///< To the cell: a question, `size` bytes long.
  next,     ///< To the cell: the part was taken, the window is free again.
  part,     ///< From the cell: `size` bytes of the answer.
  done,     ///< From the cell: the answer is complete; also said once it is locked.
  refusal,  ///< From the cell: no answer; `code` is an ErrorCode, `size` bytes say why.
};

/// Goes through a pipe, whole or not at all: a pipe takes so few bytes in one piece.
struct Message {
  MessageKind kind = MessageKind::request;
  std::uint32_t code = 0;
  std::uint64_t size = 0;
};

}  // namespace hindcast::io::sandbox
