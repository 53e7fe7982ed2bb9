// What a cell can and cannot do. Whatever is tried inside is tried outside as well, where it must
// succeed: a test that only failed to try would pass otherwise.

#include "io/sandbox/cell.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "io/sandbox/confinement.hpp"
#include "support/sanitizers.hpp"

namespace hindcast::io::sandbox {
namespace {

using test::kSanitized;
using Bytes = std::span<const std::byte>;
using Body = std::function<void(Channel&)>;

const CellOptions kOptions = {.inhabitant = "the guest",
                              .without_sandbox = "do without",
                              .memory_bytes = 64U << 20U,
                              .seconds = 20.0};

Bytes bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// A cell that does the same thing whenever it is asked.
Cell cell_doing(const Body& body, const CellOptions& options = kOptions) {
  return Cell(options,
              [&](Channel& channel) { channel.serve([&](Bytes /*request*/) { body(channel); }); });
}

std::string ask(Cell& cell, std::string_view request = {}) {
  std::string answer;
  try {
    cell.ask(bytes_of(request), [&](Bytes part) {
      answer.append(reinterpret_cast<const char*>(part.data()), part.size());
    });
  } catch (const Error& error) {
    return fmt::format("error: {}", error.what());
  }
  return answer;
}

std::string outcome_of(const Body& body, const CellOptions& options = kOptions) {
  Cell cell = cell_doing(body, options);
  return ask(cell);
}

void say(Channel& channel, std::string_view text) {
  channel.send_all(bytes_of(text));
}

const char* const kHostile =
    "error: the guest was stopped (SIGSYS) as it tried to start a process, use the network or "
    "touch "
    "another process while reading this file: it is hostile";
const char* const kNonsense =
    "error: the guest gave an answer that makes no sense: this file is hostile";

std::string crashed(std::string_view signal) {
  return fmt::format(
      "error: the guest crashed ({}) while reading this file: it is damaged or hostile", signal);
}

TEST_CASE("sandbox: a cell answers, one question after another") {
  Cell cell(kOptions, [](Channel& channel) {
    std::size_t asked = 0;
    channel.serve([&](Bytes request) {
      say(channel, fmt::format("{}:", ++asked));
      channel.send_all(request);
    });
  });
  CHECK(ask(cell, "one") == "1:one");
  CHECK(ask(cell, "two") == "2:two");
  CHECK_FALSE(cell.death());
}

TEST_CASE("sandbox: an answer may be longer than the window") {
  std::string expected(Cell::kWindowBytes * 2 + 1234, '\0');
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expected[i] = static_cast<char>(i * 7919 >> 8U);
  }
  CHECK(outcome_of([&](Channel& channel) { say(channel, expected); }) == expected);
}

TEST_CASE("sandbox: a refusal is an error, and the cell goes on") {
  Cell cell = cell_doing([count = 0](Channel& channel) mutable {
    if (++count == 1) {
      throw Error(ErrorCode::unsupported, "not today");
    }
    say(channel, "well then");
  });
  CHECK_THROWS_WITH_AS(cell.ask({}, [](Bytes) {}), "not today", Error);
  CHECK(ask(cell) == "well then");
}

TEST_CASE("sandbox: a crash is told by its signal, and again to whoever asks next") {
  for (const auto& [signal, name] :
       {std::pair{SIGSEGV, "SIGSEGV"}, std::pair{SIGABRT, "SIGABRT"}, std::pair{SIGFPE, "SIGFPE"},
        std::pair{SIGILL, "SIGILL"}, std::pair{SIGTRAP, "SIGTRAP"}}) {
    Cell cell = cell_doing([number = signal](Channel&) { std::raise(number); });
    CHECK(ask(cell) == crashed(name));
    CHECK(ask(cell) == crashed(name));
    CHECK(cell.death()->code == ErrorCode::malformed);
  }
}

TEST_CASE("sandbox: real crashes, not only raised ones") {
  // Not a null pointer, which UBSan would find first.
  void* const nowhere = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(nowhere != MAP_FAILED);
  CHECK(outcome_of([&](Channel&) { *static_cast<volatile char*>(nowhere) = 1; }) ==
        crashed("SIGSEGV"));
  CHECK(outcome_of([](Channel&) { std::abort(); }) == crashed("SIGABRT"));
}

TEST_CASE("sandbox: a handler of the program does not see the crash of a cell") {
  const auto before = std::signal(SIGSEGV, [](int) { _exit(0); });
  CHECK(outcome_of([](Channel&) { std::raise(SIGSEGV); }) == crashed("SIGSEGV"));
  std::signal(SIGSEGV, before);
}

TEST_CASE("sandbox: ending the process is told with its status") {
  CHECK(outcome_of([](Channel&) { _exit(3); }) ==
        "error: the guest ended its process (status 3) while reading this file: it is damaged or "
        "hostile");
}

TEST_CASE("sandbox: a cell that does not come back is ended at the limit of time") {
  CellOptions hasty = kOptions;
  hasty.seconds = 0.2;
  Cell cell = cell_doing(
      [](Channel&) {
        volatile bool forever = true;
        while (forever) {
        }
      },
      hasty);
  CHECK(ask(cell) == "error: the guest took longer than 0.2 s over this file, the limit");
  CHECK(cell.death()->timed_out);
  CHECK(cell.death()->code == ErrorCode::limit_exceeded);
}

TEST_CASE("sandbox: parts do not buy time") {
  CellOptions hasty = kOptions;
  hasty.seconds = 0.2;
  CHECK(outcome_of(
            [](Channel& channel) {
              while (true) {
                channel.send(0);
              }
            },
            hasty) == "error: the guest took longer than 0.2 s over this file, the limit");
}

TEST_CASE("sandbox: time of the processor is bounded as well, should nobody be there to look") {
  const pid_t child = fork();
  if (child == 0) {
    volatile bool forever = true;
    while (forever) {
    }
  }
  allow_computing_for(child, 0.0);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGXCPU);
}

// Keeps what it allocates; throws bad_alloc where there is no more, as operator new does.
void allocate_without_bound(std::size_t blocks) {
  constexpr std::size_t kBlock = std::size_t{1} << 20U;
  std::vector<std::vector<char>> kept;
  for (std::size_t i = 0; i < blocks; ++i) {
    kept.emplace_back(kBlock, 'x');
  }
}

TEST_CASE("sandbox: memory is bounded, and running out of it is told") {
  if (kSanitized) {
    MESSAGE("skipped: the memory of a cell is not bounded in a sanitizer build");
    return;
  }
  allocate_without_bound(128);  // This process may, twice the limit of the cell.
  Cell cell = cell_doing([](Channel& channel) {
    allocate_without_bound(1U << 20U);
    say(channel, "no bound");
  });
  CHECK(ask(cell) == "error: needs more memory than 67108864 bytes, the limit of its cell");
  CHECK_FALSE(cell.death());
}

TEST_CASE("sandbox: what the program uses already does not count against the limit of memory") {
  const std::vector<char> large(std::size_t{256} << 20U, 'x');
  CHECK(outcome_of([&](Channel& channel) {
          allocate_without_bound(32);
          say(channel, large[12345] == 'x' ? "fits" : "differs");
        }) == "fits");
}

struct Deed {
  const char* name;
  bool (*succeeds)();
};

int inherited_descriptor() {
  static const int descriptor = open("/dev/null", O_WRONLY | O_CLOEXEC);
  return descriptor;
}

bool succeeds_and_closes(int descriptor) {
  return descriptor >= 0 && close(descriptor) == 0;
}

// What fails inside without ending the cell.
constexpr std::array kRefused = {
    Deed{"open a file", [] { return succeeds_and_closes(open("/dev/null", O_RDONLY)); }},
    Deed{"write a file", [] { return succeeds_and_closes(open("/dev/null", O_WRONLY)); }},
    Deed{"look at a file",
         [] {
           struct stat status {};
           return stat("/", &status) == 0;
         }},
    Deed{"see the environment", [] { return environ != nullptr && *environ != nullptr; }},
    Deed{"use what is open", [] { return write(inherited_descriptor(), "x", 1) == 1; }},
    Deed{"make a pipe",
         [] {
           std::array<int, 2> ends{};
           return pipe(ends.data()) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0;
         }},
    Deed{"reach another process", [] { return kill(getppid(), 0) == 0; }},
    Deed{"get memory to run code in",
         [] {
           void* const code = mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
           return code != MAP_FAILED && munmap(code, 4096) == 0;
         }},
    Deed{"make memory executable",
         [] {
           void* const code =
               mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
           return mprotect(code, 4096, PROT_READ | PROT_EXEC) == 0;
         }},
    Deed{"change its limits",
         [] {
           rlimit limit{};
           return getrlimit(RLIMIT_AS, &limit) == 0 && setrlimit(RLIMIT_AS, &limit) == 0;
         }},
    Deed{"become traceable", [] { return prctl(PR_SET_DUMPABLE, 1) == 0; }},
};

TEST_CASE("sandbox: a cell has no files, no environment and no power over others") {
  REQUIRE(inherited_descriptor() >= 0);
  for (const Deed& deed : kRefused) {
    CAPTURE(deed.name);
    CHECK(deed.succeeds());
    CHECK(outcome_of([&](Channel& channel) {
            say(channel, deed.succeeds() ? "succeeds" : "fails");
          }) == "fails");
  }
}

bool child_succeeds(pid_t child) {
  int status = 1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

// What only somebody else's code would do.
constexpr std::array kFatal = {
    Deed{"fork",
         [] {
           const pid_t child = fork();
           if (child == 0) {
             _exit(0);
           }
           return child_succeeds(child);
         }},
    Deed{"run a program",
         [] {
           // Outside it takes a process of its own; inside, the filter sees execve first.
           const pid_t child = getenv("PATH") != nullptr ? fork() : 0;
           if (child == 0) {
             execl("/bin/true", "true", nullptr);
             _exit(1);
           }
           return child_succeeds(child);
         }},
    Deed{"start a thread",
         [] {
           std::thread([] {}).join();
           return true;
         }},
    Deed{"make a socket", [] { return succeeds_and_closes(socket(AF_INET, SOCK_STREAM, 0)); }},
    Deed{"make a local socket",
         [] { return succeeds_and_closes(socket(AF_UNIX, SOCK_STREAM, 0)); }},
};

TEST_CASE("sandbox: a cell that starts a process or makes a socket is ended and named hostile") {
  for (const Deed& deed : kFatal) {
    CAPTURE(deed.name);
    CHECK(deed.succeeds());
    CHECK(outcome_of([&](Channel& channel) {
            say(channel, deed.succeeds() ? "succeeds" : "fails");
          }) == kHostile);
  }
}

int open_descriptors() {
  int count = 0;
  for (int number = 0; number < 1024; ++number) {
    // Neither moves a byte; both fail where nothing is open.
    if (read(number, nullptr, 0) == 0 || write(number, nullptr, 0) == 0) {
      ++count;
    }
  }
  return count;
}

TEST_CASE("sandbox: the two ends of its wire are all that is open in a cell") {
  CHECK(open_descriptors() > 2);
  CHECK(outcome_of([](Channel& channel) { say(channel, std::to_string(open_descriptors())); }) ==
        "2");
}

TEST_CASE("sandbox: answers that cannot be meant end the cell") {
  const auto lie = [](Message message) {
    return outcome_of([=](Channel& channel) { channel.tell(message); });
  };
  constexpr std::uint64_t kTooMuch = Cell::kWindowBytes + 1;
  CHECK(lie({.kind = MessageKind::part, .code = 0, .size = kTooMuch}) == kNonsense);
  CHECK(lie({.kind = MessageKind::part, .code = 0, .size = ~std::uint64_t{0}}) == kNonsense);
  CHECK(lie({.kind = MessageKind::refusal, .code = 0, .size = kTooMuch}) == kNonsense);
  CHECK(lie({.kind = MessageKind::request, .code = 0, .size = 0}) == kNonsense);
  CHECK(lie({.kind = MessageKind::next, .code = 0, .size = 0}) == kNonsense);
  CHECK(lie({.kind = static_cast<MessageKind>(99), .code = 0, .size = 0}) == kNonsense);
}

TEST_CASE("sandbox: a cell that talks without listening does not make the other side wait") {
  CHECK(outcome_of([](Channel& channel) {
          while (true) {
            channel.tell({.kind = MessageKind::part, .code = 0, .size = 1});
          }
        }) == kNonsense);
}

TEST_CASE(
    "sandbox: what a refusal says is one printable line of bounded length, with a real code") {
  const std::string evil = "\x1b[31m\nhindcast: all is well" + std::string(1 << 20, '!');
  Cell cell =
      cell_doing([&](Channel& channel) { channel.refuse(static_cast<ErrorCode>(77), evil); });
  try {
    cell.ask({}, [](Bytes) {});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    CHECK(std::string(error.what()).starts_with("\\x1b[31m\\x0ahindcast: all is well!!"));
    CHECK(std::string(error.what()).size() < 5000);
  }
}

TEST_CASE("sandbox: a cell whose answer is not wanted is gone") {
  Cell cell = cell_doing([](Channel& channel) { say(channel, "too much"); });
  CHECK_THROWS_WITH_AS(cell.ask({}, [](Bytes) { throw Error(ErrorCode::malformed, "enough"); }),
                       "enough", Error);
  CHECK(cell.death());
}

TEST_CASE("sandbox: a cell outlives the thread that made it") {
  std::unique_ptr<Cell> cell;
  std::thread([&] {
    cell = std::make_unique<Cell>(kOptions, [](Channel& channel) {
      channel.serve([&](Bytes) { say(channel, "still here"); });
    });
  }).join();
  CHECK(ask(*cell) == "still here");
}

TEST_CASE("sandbox: cells can be made while other threads allocate") {
  if (kSanitized) {
    MESSAGE("skipped: the sanitizer's allocator does not survive a fork among threads");
    return;
  }
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&done, i] {
      while (!done) {
        const std::vector<std::string> garbage(
            100, fmt::format("{}", fmt::join(std::vector(50, i), ",")));
      }
    });
  }
  for (int i = 0; i < 40; ++i) {
    const std::string answer = outcome_of([](Channel& channel) {
      const std::vector<std::string> strings(1000, std::string(100, 'x'));
      say(channel, strings.back());
    });
    CHECK(answer == std::string(100, 'x'));
  }
  done = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
}

// A process with a cell that tells its number, which is written to `out`, and then never returns.
[[noreturn]] void live_with_a_cell(int out) {
  Cell cell = cell_doing([](Channel& channel) {
    const pid_t own = getpid();
    std::memcpy(channel.window().data(), &own, sizeof(own));
    channel.tell({.kind = MessageKind::part, .code = 0, .size = sizeof(own)});
    volatile bool forever = true;
    while (forever) {
    }
  });
  cell.ask({}, [&](Bytes part) { (void)!write(out, part.data(), part.size()); });
  _exit(0);
}

TEST_CASE("sandbox: a cell does not outlive its program, not even in the middle of a loop") {
  REQUIRE(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);  // So that the cell can be waited for here.
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const pid_t program = fork();
  if (program == 0) {
    live_with_a_cell(ends[1]);
  }
  close(ends[1]);
  pid_t cell = 0;
  REQUIRE(read(ends[0], &cell, sizeof(cell)) == sizeof(cell));
  REQUIRE(kill(program, SIGKILL) == 0);
  int status = 0;
  REQUIRE(waitpid(program, &status, 0) == program);
  REQUIRE(waitpid(cell, &status, 0) == cell);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
  close(ends[0]);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

}  // namespace
}  // namespace hindcast::io::sandbox
