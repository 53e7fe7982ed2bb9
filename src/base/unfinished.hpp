#pragma once

#include <csignal>
#include <filesystem>

namespace hindcast {

/// A file or an empty directory that must not be left behind where the program is ended by a signal
/// before it is finished. Knows its path only: whoever made it removes it otherwise.
class Unfinished {
 public:
  enum class Kind { file, directory };

  Unfinished(const std::filesystem::path& path, Kind kind) noexcept;
  Unfinished(Unfinished&& other) noexcept;
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  Unfinished& operator=(Unfinished&&) = delete;
  /// It is finished, or was removed.
  ~Unfinished();

  /// For what ends the program: from now on whoever begins to make something waits for that end.
  /// Returns once what others have begun is told of, or after a second. Takes no lock and no
  /// memory, as does remove_all.
  static void stop_makers() noexcept;

  /// Removes all there are, files first.
  static void remove_all() noexcept;

 private:
  static constexpr int kNone = -1;
  int slot_ = kNone;
};

/// While it lives no signal reaches this thread, and one that reaches another thread waits for it:
/// what is made is told of before the program ends. Short, and never one in another.
class SignalsHeld {
 public:
  SignalsHeld() noexcept;
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  SignalsHeld(SignalsHeld&&) = delete;
  SignalsHeld& operator=(SignalsHeld&&) = delete;
  ~SignalsHeld();

 private:
  sigset_t before_ = {};
};

}  // namespace hindcast
