#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <sys/types.h>

#include "base/descriptor.hpp"
#include "io/sandbox/channel.hpp"
#include "io/sandbox/death.hpp"
#include "io/sandbox/message.hpp"
#include "io/sandbox/window.hpp"

namespace hindcast::io::sandbox {

struct CellOptions {
  std::string inhabitant;          ///< For messages: "the HDF5 library".
  std::string without_sandbox;     ///< For messages: what can be done on a system without one.
  std::string raise_memory = {};   ///< For messages, added to them: how to have more memory ...
  std::string raise_seconds = {};  ///< ... or more time.
  std::uint64_t memory_bytes = 0;  ///< Address space besides what this process uses already.
  double seconds = 0.0;            ///< For each answer, by the clock on the wall.
};

/// A process that can only compute: it sees the memory this one had when it was made, and has no
/// files, no network, no other process and a bound on memory and time. What it says is not trusted.
///
/// Forked, not started anew: what it is to read lies in memory already, and starting a program
/// would mean finding it, loading 40 libraries and letting it open files first. Other threads may
/// run meanwhile. Of the locks they may hold, glibc gives malloc's and the loader's to the child in
/// order; our own code takes none on the way, and one that was missed ends at the time limit. (GCC
/// 12's AddressSanitizer does not hand over its allocator: there, no other thread may allocate.)
class Cell {
 public:
  /// Gets an answer part by part. The bytes are still within reach of the cell: they may change
  /// while they are looked at, so copy them first.
  using TakePart = std::function<void(std::span<const std::byte> part)>;

  /// Runs `inhabitant` in the cell. Throws Error: unsupported where this system has no sandbox, io
  /// where it has no process to spare.
  Cell(const CellOptions& options, const std::function<void(Channel&)>& inhabitant);
  Cell(const Cell&) = delete;
  Cell& operator=(const Cell&) = delete;
  Cell(Cell&&) = delete;
  Cell& operator=(Cell&&) = delete;
  ~Cell();

  /// Asks, and returns when the answer is complete. Throws Error where the cell refuses to answer,
  /// or dies over it: then it stays dead. What `take` throws ends the cell as well. The request
  /// must fit the window.
  void ask(std::span<const std::byte> request, const TakePart& take);

  /// How the cell ended; nothing while it lives.
  [[nodiscard]] const std::optional<Death>& death() const noexcept { return death_; }

  /// The largest part an answer comes in.
  static constexpr std::size_t kWindowBytes = std::size_t{4} << 20U;

 private:
  using Clock = std::chrono::steady_clock;

  // A pipe of which this process keeps both ends, until it closes one.
  struct Pipe {
    Descriptor reading;
    Descriptor writing;
  };

  // A forked process; killed at the latest when its owner is gone.
  class Process {
   public:
    explicit Process(pid_t id) : id_(id) {}
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    Process(Process&&) = delete;
    Process& operator=(Process&&) = delete;
    ~Process() { stop(); }

    [[nodiscard]] pid_t id() const noexcept { return id_; }
    /// Its status as by waitpid.
    int stop() noexcept;

   private:
    pid_t id_;
    bool is_over_ = false;
    int status_ = 0;
  };

  [[nodiscard]] static Pipe make_pipe();
  [[nodiscard]] pid_t start(const std::function<void(Channel&)>& inhabitant);
  [[noreturn]] void live(const std::function<void(Channel&)>& inhabitant, pid_t parent,
                         bool dies_with_parent) noexcept;

  [[nodiscard]] std::string out_of_memory() const;
  void collect(const TakePart& take);
  void hand_over(const Message& message, const TakePart& take);
  void tell(const Message& message);
  [[nodiscard]] Message hear(Clock::time_point deadline);
  void wait_for_reply(Clock::time_point deadline);
  [[nodiscard]] std::span<const std::byte> payload(const Message& message);
  [[noreturn]] void refused(const Message& message);
  [[nodiscard]] Death end_of_process();
  [[noreturn]] void die(Death death);

  CellOptions options_;
  bool is_in_need_;  // Of memory that the options allow, and the system does not.
  Window window_;
  Pipe requests_;
  Pipe replies_;
  Process process_;
  std::optional<Death> death_;
};

}  // namespace hindcast::io::sandbox
