// A seccomp filter: a small program in classic BPF that the kernel runs at every system call.
// https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
//
// Written by hand and not with libseccomp: it is a list of numbers with two conditions, and a
// library to write it for us would be the larger thing to trust. Calls that are not listed fail
// rather than kill, because which ones a C library tries first changes from version to version.

#include "io/sandbox/syscall_filter.hpp"

#ifdef __linux__

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "base/system_error.hpp"

namespace hindcast::io::sandbox {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;  // Nobody has tried the lists below there.
#endif

// x86_64 has a second table of calls, whose numbers start here. No other architecture goes so far.
constexpr std::uint32_t kX32Calls = 0x40000000;

constexpr std::array kAllowed = {
    SYS_read,          SYS_write,          SYS_exit,         SYS_exit_group,      SYS_brk,
    SYS_munmap,        SYS_mremap,         SYS_madvise,      SYS_futex,           SYS_sched_yield,
    SYS_clock_gettime, SYS_gettimeofday,   SYS_getrandom,    SYS_getpid,          SYS_gettid,
    SYS_rt_sigaction,  SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_restart_syscall,
    SYS_sigaltstack,  // AddressSanitizer asks for it before every throw.
};

// Nothing that decodes a file does these, so that whatever does is no longer ours.
constexpr std::array kFatal = {
    SYS_execve,
    SYS_execveat,
    SYS_clone,
    SYS_clone3,
    SYS_socket,
    SYS_connect,
    SYS_socketpair,
    SYS_ptrace,
#ifdef SYS_fork
    SYS_fork,
    SYS_vfork,
#endif
    SYS_process_vm_readv,
    SYS_process_vm_writev,
};

constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;

class Program {
 public:
  Program() {
    load(offsetof(seccomp_data, arch));
    answer_unless(BPF_JEQ, kArchitecture, SECCOMP_RET_KILL_PROCESS);
    load(offsetof(seccomp_data, nr));
    answer_if(BPF_JGE, kX32Calls, SECCOMP_RET_KILL_PROCESS);
  }

  void on_call(long number, std::uint32_t action) { answer_if(BPF_JEQ, word(number), action); }

  /// `action` for the call where (argument `condition` value) holds, else refused. Arguments are
  /// compared by their lower half: all there is to protection flags and process numbers.
  void on_call_with(long number, std::size_t argument, std::uint16_t condition, std::uint32_t value,
                    std::uint32_t if_true, std::uint32_t if_false) {
    add(BPF_JMP | BPF_JEQ | BPF_K, word(number), 0, 4);
    load(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
    answer_if(condition, value, if_true);
    answer(if_false);
  }

  void answer(std::uint32_t action) { add(BPF_RET | BPF_K, action, 0, 0); }

  [[nodiscard]] sock_fprog get() noexcept {
    return {.len = static_cast<unsigned short>(steps_.size()), .filter = steps_.data()};
  }

 private:
  static std::uint32_t word(long number) { return static_cast<std::uint32_t>(number); }

  void load(std::size_t offset) {
    add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset), 0, 0);
  }
  void answer_if(std::uint16_t condition, std::uint32_t value, std::uint32_t action) {
    add(static_cast<std::uint16_t>(BPF_JMP | BPF_K | condition), value, 0, 1);
    answer(action);
  }
  void answer_unless(std::uint16_t condition, std::uint32_t value, std::uint32_t action) {
    add(static_cast<std::uint16_t>(BPF_JMP | BPF_K | condition), value, 1, 0);
    answer(action);
  }
  void add(std::uint16_t code, std::uint32_t value, std::uint8_t if_true, std::uint8_t if_false) {
    steps_.push_back({.code = code, .jt = if_true, .jf = if_false, .k = value});
  }

  std::vector<sock_filter> steps_;
};

Program computing_only() {
  Program program;
  for (const long number : kAllowed) {
    program.on_call(number, SECCOMP_RET_ALLOW);
  }
  for (const long number : {SYS_mmap, SYS_mprotect}) {
    constexpr std::size_t kProtection = 2;
    program.on_call_with(number, kProtection, BPF_JSET, PROT_EXEC, kRefuse, SECCOMP_RET_ALLOW);
  }
  // abort() signals its own thread; a signal to another process would be an attack.
  program.on_call_with(SYS_tgkill, 0, BPF_JEQ, static_cast<std::uint32_t>(getpid()),
                       SECCOMP_RET_ALLOW, kRefuse);
  for (const long number : kFatal) {
    program.on_call(number, SECCOMP_RET_KILL_PROCESS);
  }
  program.answer(kRefuse);
  return program;
}

}  // namespace

std::string allow_computing_only() {
  if (kArchitecture == 0) {
    return "there is no list of system calls for this processor";
  }
  Program program = computing_only();
  sock_fprog filter = program.get();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    return fmt::format("seccomp: {}", system_error(errno).what());
  }
  return {};
}

}  // namespace hindcast::io::sandbox

#else

namespace hindcast::io::sandbox {

std::string allow_computing_only() {
  return "only Linux can confine a process to its memory";
}

}  // namespace hindcast::io::sandbox

#endif
