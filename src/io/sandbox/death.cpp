#include "io/sandbox/death.hpp"

#include <csignal>
#include <cstring>
#include <sys/wait.h>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::io::sandbox {
namespace {

constexpr const char* kVerdict = "it is damaged or hostile";

// strsignal() would speak the user's language, and sigabbrev_np() is glibc's alone.
std::string name_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGABRT:
      return "SIGABRT";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    case SIGBUS:
      return "SIGBUS";
    case SIGTRAP:
      return "SIGTRAP";
    default:
      return fmt::format("signal {}", signal);
  }
}

Death death_by_signal(int signal, std::string_view inhabitant) {
  switch (signal) {
    case SIGSYS:
      return {ErrorCode::malformed,
              fmt::format("{} was stopped (SIGSYS) as it tried to start a process, use the network "
                          "or touch another process while reading this file: it is hostile",
                          inhabitant)};
    case SIGKILL:
      return {ErrorCode::limit_exceeded,
              fmt::format("{} was killed (SIGKILL) while reading this file; perhaps the machine "
                          "ran out of memory",
                          inhabitant)};
    case SIGBUS:
      return {
          ErrorCode::malformed,
          fmt::format("{} crashed (SIGBUS) while reading this file: it was cut short meanwhile, "
                      "or {}",
                      inhabitant, kVerdict)};
    default:
      return {ErrorCode::malformed, fmt::format("{} crashed ({}) while reading this file: {}",
                                                inhabitant, name_of(signal), kVerdict)};
  }
}

// The library asks for memory in places where it does not look whether it got any.
bool may_come_of_need(int status) {
  return WIFSIGNALED(status) &&
         (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGABRT || WTERMSIG(status) == SIGBUS);
}

}  // namespace

Death death_by(int status, std::string_view inhabitant) {
  if (WIFSIGNALED(status)) {
    return death_by_signal(WTERMSIG(status), inhabitant);
  }
  if (WEXITSTATUS(status) == kOutOfMemoryStatus) {
    return {ErrorCode::limit_exceeded,
            fmt::format("{} ran out of memory while reading this file", inhabitant)};
  }
  return {ErrorCode::malformed,
          fmt::format("{} ended its process (status {}) while reading this file: {}", inhabitant,
                      WEXITSTATUS(status), kVerdict)};
}

Death death_in_need(int status, std::string_view inhabitant) {
  if (!may_come_of_need(status)) {
    return death_by(status, inhabitant);
  }
  return {ErrorCode::limit_exceeded,
          fmt::format("{} crashed ({}) while reading this file: too little memory (see ulimit -v), "
                      "or {}",
                      inhabitant, name_of(WTERMSIG(status)), kVerdict)};
}

Death death_by_clock(double seconds, std::string_view inhabitant, std::string_view raise_with) {
  return {ErrorCode::limit_exceeded,
          fmt::format("{} took longer than {} s over this file, the limit{}", inhabitant,
                      shortest(seconds), raise_with),
          true};
}

Death death_by_nonsense(std::string_view inhabitant) {
  return {ErrorCode::malformed,
          fmt::format("{} gave an answer that makes no sense: this file is hostile", inhabitant)};
}

}  // namespace hindcast::io::sandbox
