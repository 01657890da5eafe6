#include "engine/definition/jq_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "engine/definition/jq_protocol.h"

extern char** environ;

namespace skald::definition {
namespace {

constexpr const char* kHiddenArgument = "evaluate-expressions";
constexpr std::size_t kCheckedTogether = 100;  // within the deadline of one evaluation

tl::unexpected<Error> cannot(const std::string& what) {
  return fail(ErrorKind::kInternal, "expression-failed", "the expression evaluator does not answer: " + what);
}

}  // namespace

bool is_expression_server(int argc, char** argv) { return argc >= 2 && std::strcmp(argv[1], kHiddenArgument) == 0; }

// One child. Ended, and reaped, with this object.
class JqChild {
 public:
  JqChild(pid_t pid, int socket) : pid_(pid), socket_(socket) {}
  ~JqChild() {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    ::close(socket_);
  }
  JqChild(const JqChild&) = delete;
  JqChild& operator=(const JqChild&) = delete;

  static std::unique_ptr<JqChild> start(std::size_t memory_bytes) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return nullptr;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], kChildSocket);
    std::string name = "skald";
    std::string hidden = kHiddenArgument;
    std::string memory = std::to_string(memory_bytes);
    std::array<char*, 4> arguments{name.data(), hidden.data(), memory.data(), nullptr};
    pid_t pid = 0;
    const int failed = ::posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed != 0) {
      ::close(ends[0]);
      return nullptr;
    }
    return std::make_unique<JqChild>(pid, ends[0]);
  }

  // Sends a request and waits for its answer until the child has computed for `deadline`; on a busy machine it may have
  // to wait for its turn, so that more time passes, but not without end.
  std::optional<Value> ask(const Value& request, Millis deadline, bool* timed_out) const {
    const Millis before = computed();
    if (!send_frame(socket_, request)) return std::nullopt;
    Millis left = deadline;
    for (int waits = 0; waits < kMostWaits && left > Millis(0); ++waits) {
      if (frame_comes(socket_, left)) return receive_frame(socket_, kMostWaits * deadline, timed_out);
      left = deadline - (computed() - before);
    }
    *timed_out = true;
    return std::nullopt;
  }

 private:
  static constexpr int kMostWaits = 20;

  // Its processor time so far.
  Millis computed() const {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return Millis(0);
    return Millis(time.tv_sec * 1'000 + time.tv_nsec / 1'000'000);
  }

  const pid_t pid_;
  const int socket_;
};

JqProcess::JqProcess(JqLimits limits) : limits_(limits) {}
JqProcess::~JqProcess() = default;

std::unique_ptr<JqChild> JqProcess::take() {
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return running_ < limits_.processes; });
    ++running_;
    if (!idle_.empty()) {
      auto child = std::move(idle_.back());
      idle_.pop_back();
      return child;
    }
  }
  return JqChild::start(limits_.memory_bytes);
}

void JqProcess::give_back(std::unique_ptr<JqChild> child) {
  {
    const std::lock_guard lock(mutex_);
    --running_;
    if (child) idle_.push_back(std::move(child));
  }
  returned_.notify_one();
}

Result<Value> JqProcess::ask(const Value& request) {
  std::unique_ptr<JqChild> child = take();
  if (!child) {
    give_back(nullptr);
    return cannot("it cannot be started");
  }
  bool timed_out = false;
  std::optional<Value> answer = child->ask(request, limits_.deadline, &timed_out);
  if (!answer) child.reset();  // killed: it is still busy, or it has ended
  give_back(std::move(child));
  if (!answer && timed_out) {
    return fail(ErrorKind::kInvalid, "expression-timeout",
                "the expression did not end within " + format_duration(limits_.deadline));
  }
  if (!answer) {
    return fail(ErrorKind::kInvalid, "expression-memory", "the expression needs more memory than it may have");
  }
  if (answer->contains("code")) {
    return fail(ErrorKind::kInvalid, (*answer)["code"].get<std::string>(), (*answer)["message"].get<std::string>());
  }
  return std::move((*answer)["value"]);
}

Result<Value> JqProcess::run(const std::string& program, const Scope& scope) {
  Value request{{"op", "run"}, {"program", program}, {"dot", scope.dot}};
  request["names"] = Value::array();
  request["values"] = Value::array();
  for (const auto& [name, value] : scope.variables) {
    request["names"].push_back(name);
    request["values"].push_back(value);
  }
  return ask(request);
}

Status JqProcess::check(const std::string& program, const std::vector<std::string_view>& variables) {
  const JqProgram one{program, {variables.begin(), variables.end()}};
  return check_all({&one, 1});
}

Status JqProcess::check_all(std::span<const JqProgram> programs) {
  while (!programs.empty()) {
    const auto some = programs.first(std::min(programs.size(), kCheckedTogether));
    programs = programs.subspan(some.size());
    Value request{{"op", "check"}, {"programs", Value::array()}};
    for (const auto& [text, variables] : some) request["programs"].push_back({{"program", text}, {"names", variables}});
    if (auto answer = ask(request); !answer) {
      // Programs on which libjq 1.6 itself breaks leave the same silence as those that need too much.
      const bool died = answer.error().code == "expression-memory";
      return died ? fail(ErrorKind::kInvalid, "bad-expression", "not valid jq: it cannot be compiled")
                  : fail(std::move(answer.error()));
    }
  }
  return {};
}

}  // namespace skald::definition
