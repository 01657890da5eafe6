// top: what the engine does, live.

#include <fmt/format.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <optional>
#include <thread>

#include "cli/commands/common.h"
#include "cli/screen.h"
#include "cli/top_view.h"

namespace skald::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Millis kPatience{5'000};  // with a server that has stopped answering
constexpr const char* kPath = "/v1/overview";

struct Options {
  double interval_s = 1;
  bool once = false;
};

Client client_of(const Globals& globals) {
  const Millis asked(static_cast<std::int64_t>(globals.timeout_s * 1'000));
  return Client({globals.server, globals.token, std::min(asked, kPatience)});
}

Clock::duration interval_of(const Options& options) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.interval_s));
}

// That may be over when we ask again; any other error will not.
bool passes(const Error& error) {
  return error.kind == ErrorKind::kUnreachable || error.kind == ErrorKind::kUnavailable ||
         error.kind == ErrorKind::kOverloaded || error.kind == ErrorKind::kTimeout;
}

// Fetches on a thread of its own, so that keys work while a server does not answer.
class Fetcher {
 public:
  Fetcher(Client client, const Screen& screen)
      : client_(std::move(client)), screen_(screen), thread_([this](const std::stop_token& stop) { run(stop); }) {}

  void ask() {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
    changed_.notify_one();
  }
  // What came since the last call, if anything has.
  std::optional<Result<Value>> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(answer_, std::nullopt);
  }
  bool busy() const {
    const std::lock_guard lock(mutex_);
    return wanted_;
  }

 private:
  void run(const std::stop_token& stop) {
    while (true) {
      {
        std::unique_lock lock(mutex_);
        if (!changed_.wait(lock, stop, [this] { return wanted_; })) return;
      }
      auto answer = client_.get(kPath);
      {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
        wanted_ = false;
      }
      screen_.report();
    }
  }

  const Client client_;
  const Screen& screen_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool wanted_ = false;
  std::optional<Result<Value>> answer_;
  std::jthread thread_;
};

// The frame as it is now, from one answer to the next.
class Watching {
 public:
  explicit Watching(std::string server) { frame_.server = std::move(server); }

  void saw(Value overview) {
    frame_.away.clear();
    // The engine makes one anew only so often: the same one again says nothing of rates.
    if (!frame_.overview.is_null() && overview.value("at", "") == frame_.overview.value("at", "")) return;
    frame_.rates = rates_between(frame_.overview, overview);
    frame_.overview = std::move(overview);
  }
  void missed(const Error& error) { frame_.away = error.message; }
  void pause() { frame_.paused = !frame_.paused; }
  bool paused() const { return frame_.paused; }

  std::vector<std::string> lines(const TopSize& size) {
    if (!frame_.paused) frame_.now = SystemClock().now();
    return top_lines(frame_, size);
  }

 private:
  TopFrame frame_;
};

class Live {
 public:
  Live(const Globals& globals, const Options& options)
      : colour_(!globals.style().plain()),
        interval_(interval_of(options)),
        watching_(globals.server),
        fetcher_(client_of(globals), screen_) {}

  // The exit code; `refused` is then what the server said for good.
  int run(std::optional<Error>& refused) {
    auto next = Clock::now();
    while (true) {
      if (Clock::now() >= next && !watching_.paused() && !fetcher_.busy()) {
        fetcher_.ask();
        next = Clock::now() + interval_;
      }
      screen_.show(watching_.lines({screen_.columns(), screen_.rows(), colour_}));
      switch (screen_.wait(std::max(next, Clock::now() + std::chrono::milliseconds(50)))) {
        case Screen::Event::kInterrupted:
          return kInterrupted;
        case Screen::Event::kKey:
          if (screen_.key() == 'q' || screen_.key() == 'Q') return kDone;
          if (screen_.key() == 'p' || screen_.key() == 'P' || screen_.key() == ' ') watching_.pause();
          break;
        case Screen::Event::kReport:
          if (auto answer = fetcher_.take(); answer && !take(*std::move(answer), refused)) return kFailed;
          break;
        case Screen::Event::kResized:
        case Screen::Event::kTime:
          break;
      }
    }
  }
  bool asking() const { return fetcher_.busy(); }
  void give_back() const { screen_.give_back(); }

 private:
  bool take(Result<Value> answer, std::optional<Error>& refused) {
    if (answer) {
      watching_.saw(*std::move(answer));
    } else if (passes(answer.error())) {
      watching_.missed(answer.error());
    } else {
      refused = answer.error();
      return false;
    }
    return true;
  }

  const bool colour_;
  const Clock::duration interval_;
  Screen screen_;  // before the thread, which inherits the blocked signals
  Watching watching_;
  Fetcher fetcher_;
};

int live(const Globals& globals, const Options& options) {
  std::optional<Error> refused;
  int code = kDone;
  {
    Live view(globals, options);
    code = view.run(refused);
    // Nobody who wants to leave waits for a server that has stopped answering: the thread that does ends with the
    // process.
    if (view.asking()) {
      view.give_back();
      std::_Exit(code);
    }
  }
  return refused ? complain(*refused) : code;
}

// Waits for the next tick; false: interrupted.
bool tick(const Options& options) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const auto whole = static_cast<time_t>(options.interval_s);
  const timespec wait{whole, static_cast<long>((options.interval_s - static_cast<double>(whole)) * 1e9)};
  return ::sigtimedwait(&signals, nullptr, &wait) < 0;
}

int as_json(const Globals& globals, const Options& options) {
  const Client client = client_of(globals);
  const bool many = globals.output() == Format::kJsonl && !options.once;
  do {
    const auto overview = client.get(kPath);
    if (!overview) return complain(overview.error());
    print(to_json(*overview, globals.output() == Format::kJson ? 2 : -1) + "\n");
  } while (many && tick(options));
  return many ? kInterrupted : kDone;
}

// One frame, with the rates of one interval.
int as_text(const Globals& globals, const Options& options) {
  const Client client = client_of(globals);
  Watching watching(globals.server);
  for (int i = 0; i < 2; ++i) {
    auto overview = client.get(kPath);
    if (!overview) return complain(overview.error());
    watching.saw(*std::move(overview));
    if (i == 0 && !tick(options)) return kInterrupted;
  }
  TopSize size;
  size.colour = !globals.style().plain();
  size.columns = 200;
  for (const std::string& line : watching.lines(size)) print(line + "\n");
  return kDone;
}

int top(const Globals& globals, const Options& options) {
  switch (globals.output()) {
    case Format::kIds:
      return complain(make_error(ErrorKind::kInvalid, "usage", "top shows no list of ids: skald list -o ids does"));
    case Format::kJson:
    case Format::kJsonl:
      return as_json(globals, options);
    case Format::kText:
      break;
  }
  return options.once || ::isatty(STDOUT_FILENO) == 0 ? as_text(globals, options) : live(globals, options);
}

}  // namespace

void add_top(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("top", "what the engine does, live: rates, queues, workers, failures");
  command->add_option("--interval", options->interval_s, "between two looks")
      ->check(CLI::Range(0.1, 3'600.0))
      ->capture_default_str();
  command->add_flag("--once", options->once, "one frame, as text; also where the output is no terminal");
  command->callback([&context, options] { context.exit_code = top(context.globals, *options); });
}

}  // namespace skald::cli
