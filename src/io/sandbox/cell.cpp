// The outer end of a cell. Messages of a fixed size go through two pipes, their contents through a
// window of shared memory. Pipes rather than a futex, because the end of the process closes them;
// rather than sockets, because the cell is to have none.
//
// Everything that comes back is checked: the kind of a message, its size against the window. What
// an answer means is for the caller to check, from a copy.

#include "io/sandbox/cell.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <new>
#include <poll.h>
#include <sys/wait.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

#include <fmt/format.h>

#include "base/system_error.hpp"
#include "base/text.hpp"
#include "io/sandbox/confinement.hpp"

namespace hindcast::io::sandbox {
namespace {

// What a refusal may say; more is cut off.
constexpr std::size_t kMostReason = 4096;

// Longer than anybody waits, and short enough for the arithmetic of clocks.
constexpr double kForever = 1e8;

// The kernel's "dies with its parent" means the thread that forked it, so only the first will do.
bool is_first_thread() {
#ifdef __linux__
  return syscall(SYS_gettid) == getpid();
#else
  return false;
#endif
}

// Where there is no exception to be seen there was no memory to make it.
[[noreturn]] void crash() noexcept {
  const std::exception_ptr thrown = std::current_exception();
  if (!thrown) {
    _exit(kOutOfMemoryStatus);
  }
  try {
    std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    _exit(kOutOfMemoryStatus);
  } catch (...) {
    std::abort();
  }
}

ErrorCode checked_code(std::uint32_t code) {
  return code <= static_cast<std::uint32_t>(ErrorCode::limit_exceeded)
             ? static_cast<ErrorCode>(code)
             : ErrorCode::malformed;
}

}  // namespace

Cell::Cell(const CellOptions& options, const std::function<void(Channel&)>& inhabitant)
    : options_(options),
      is_in_need_(!has_address_space(options.memory_bytes)),
      window_(kWindowBytes),
      requests_(make_pipe()),
      replies_(make_pipe()),
      process_(start(inhabitant)) {
  // The end of the process must close the pipe of its replies. That of the requests keeps a reader
  // here: writing to a dead cell then raises no SIGPIPE.
  replies_.writing.close();
  fcntl(requests_.writing.number(), F_SETFL, O_NONBLOCK);
  collect([](std::span<const std::byte> /*part*/) {});  // Only that it is locked.
}

Cell::~Cell() = default;

Cell::Pipe Cell::make_pipe() {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) {
    throw system_error(errno);
  }
  Pipe made{.reading = Descriptor(ends[0]), .writing = Descriptor(ends[1])};
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  return made;
}

pid_t Cell::start(const std::function<void(Channel&)>& inhabitant) {
  const pid_t parent = getpid();
  const bool dies_with_parent = is_first_thread();
  const pid_t id = fork();
  if (id < 0) {
    throw Error(ErrorCode::io,
                std::string("cannot start a process to read it in: ") + system_error(errno).what());
  }
  if (id == 0) {
    live(inhabitant, parent, dies_with_parent);
  }
  return id;
}

void Cell::live(const std::function<void(Channel&)>& inhabitant, pid_t parent,
                bool dies_with_parent) noexcept {
  std::set_new_handler(nullptr);  // Those of the program around us would speak for it.
  std::set_terminate(crash);
  Channel channel({.requests = requests_.reading.number(), .replies = replies_.writing.number()},
                  window_.bytes(), out_of_memory());
  const std::string obstacle =
      confine({.descriptors = {requests_.reading.number(), replies_.writing.number()},
               .memory_bytes = options_.memory_bytes,
               .parent = parent,
               .dies_with_parent = dies_with_parent});
  if (obstacle.empty()) {
    channel.finish();
    inhabitant(channel);  // An exception ends in std::terminate, which is a crash like others.
  } else {
    channel.refuse(ErrorCode::unsupported,
                   fmt::format("this system has no sandbox for {} ({}); {}", options_.inhabitant,
                               obstacle, options_.without_sandbox));
  }
  // Not exit(): what is registered to run there belongs to the program around us.
  _exit(EXIT_SUCCESS);
}

std::string Cell::out_of_memory() const {
  return is_in_need_ ? "out of memory (see ulimit -v)"
                     : fmt::format("needs more memory than {} bytes, the limit of its cell{}",
                                   options_.memory_bytes, options_.raise_memory);
}

int Cell::Process::stop() noexcept {
  if (is_over_) {
    return status_;
  }
  is_over_ = true;
  // Killed only while it is known to be our child: where children are reaped unseen, its number may
  // be another's by now. A process that is ending already keeps its own status.
  if (waitpid(id_, &status_, WNOHANG) == 0) {
    kill(id_, SIGKILL);
    while (waitpid(id_, &status_, 0) < 0 && errno == EINTR) {
    }
  }
  return status_;
}

void Cell::ask(std::span<const std::byte> request, const TakePart& take) {
  if (death_) {
    throw Error(death_->code, death_->reason);
  }
  std::ranges::copy(request, window_.bytes().begin());
  tell({.kind = MessageKind::request, .code = 0, .size = request.size()});
  collect(take);
}

void Cell::collect(const TakePart& take) {
  const double seconds = std::min(options_.seconds, kForever);
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                           std::chrono::duration<double>(seconds));
  allow_computing_for(process_.id(), seconds);
  while (true) {
    const Message message = hear(deadline);
    switch (message.kind) {
      case MessageKind::part:
        hand_over(message, take);
        break;
      case MessageKind::done:
        return;
      case MessageKind::refusal:
        refused(message);
      default:
        die(death_by_nonsense(options_.inhabitant));
    }
  }
}

void Cell::hand_over(const Message& message, const TakePart& take) {
  const auto part = payload(message);
  try {
    take(part);
  } catch (...) {
    process_.stop();  // It is in the middle of an answer that nobody will hear.
    death_ = death_by_nonsense(options_.inhabitant);
    throw;
  }
  tell({.kind = MessageKind::next, .code = 0, .size = 0});
}

// Never waits: a cell that does not listen to so short a message has more of them unread than
// there were questions.
void Cell::tell(const Message& message) {
  if (write(requests_.writing.number(), &message, sizeof(message)) != sizeof(message)) {
    die(death_by_nonsense(options_.inhabitant));
  }
}

Message Cell::hear(Clock::time_point deadline) {
  Message message;
  auto rest = std::as_writable_bytes(std::span(&message, 1));
  while (!rest.empty()) {
    wait_for_reply(deadline);
    const ssize_t count = read(replies_.reading.number(), rest.data(), rest.size());
    if (count == 0) {
      die(end_of_process());
    }
    if (count > 0) {
      rest = rest.subspan(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      die(death_by_nonsense(options_.inhabitant));
    }
  }
  return message;
}

// Returns where there is something to read, if only that there will be nothing more.
void Cell::wait_for_reply(Clock::time_point deadline) {
  pollfd reply{.fd = replies_.reading.number(), .events = POLLIN, .revents = 0};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    const int timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
    const int ready = poll(&reply, 1, timeout);
    if (ready > 0) {
      return;
    }
    if (ready == 0 && left <= 0) {
      die(death_by_clock(options_.seconds, options_.inhabitant, options_.raise_seconds));
    }
  }
}

std::span<const std::byte> Cell::payload(const Message& message) {
  if (message.size > window_.bytes().size()) {
    die(death_by_nonsense(options_.inhabitant));
  }
  return window_.bytes().first(message.size);
}

void Cell::refused(const Message& message) {
  const auto bytes = payload(message).first(std::min<std::size_t>(message.size, kMostReason));
  std::string reason(bytes.size(), '\0');
  std::ranges::transform(bytes, reason.begin(),
                         [](std::byte b) { return std::to_integer<char>(b); });
  throw Error(checked_code(message.code), printable_line(reason));
}

Death Cell::end_of_process() {
  const int status = process_.stop();
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) {
    return death_by_clock(options_.seconds, options_.inhabitant, options_.raise_seconds);
  }
  return is_in_need_ ? death_in_need(status, options_.inhabitant)
                     : death_by(status, options_.inhabitant);
}

void Cell::die(Death death) {
  process_.stop();
  death_ = std::move(death);
  throw Error(death_->code, death_->reason);
}

}  // namespace hindcast::io::sandbox
