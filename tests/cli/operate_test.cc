// The operators' verbs as a script runs them: by id, by query, rehearsed, at a rate, and on a terminal.

#include <fmt/format.h>
#include <httplib.h>
#include <pty.h>

#include <atomic>
#include <functional>

#include "tests/cli/commands_fixture.h"

namespace skald::cli {
namespace {

// A service whose tasks are all answered with a status that the test sets, and the sidecar beside it.
class Service {
 public:
  Service(const std::string& nats, const std::string& folder) {
    server_.Post(".*", [this](const httplib::Request& request, httplib::Response& response) {
      response.status = request.path == "/do" ? status_.load() : 200;
      response.set_content("{}", "application/json");
    });
    const int port = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // a stop before that would be lost
    const std::string config = folder + "/sidecar.yaml";
    std::ofstream(config) << fmt::format(
        "nats: {{ url: '{}' }}\nservices:\n  s: {{ url: 'http://127.0.0.1:{}', concurrency: 4 }}\ntasks:\n"
        "  svc.do: {{ service: s, method: POST, path: /do, timeout: 5s }}\n"
        "  svc.pay: {{ service: s, method: POST, path: /pay, timeout: 5s }}\n"
        "  svc.undo: {{ service: s, method: POST, path: /undo, timeout: 5s }}\n",
        nats, port);
    auto worker = Process::start({SKALD_BINARY, "worker", "--config", config}, folder + "/worker.out");
    EXPECT_TRUE(worker);
    if (worker) worker_ = *worker;
  }
  ~Service() {
    worker_.signal(SIGTERM);
    EXPECT_TRUE(worker_.wait(Millis(20'000)));
    server_.stop();
    thread_.join();
  }
  // Of what POST /do is answered with from now on.
  void answers(int status) { status_ = status; }

 private:
  httplib::Server server_;
  std::thread thread_;
  Process worker_;
  std::atomic<int> status_{200};
};

class Operate : public Commands {
 protected:
  static void SetUpTestSuite() {
    Commands::SetUpTestSuite();
    deploy("undoes",
           "  - a: { call: svc.pay, compensate: { call: svc.undo } }\n  - b: { call: nobody.serves, effect: none }\n");
    deploy("sticks", "  - a: { call: svc.pay, pivot: true }\n  - b: { call: svc.do }\n");
  }
  static void deploy(const std::string& name, const std::string& tasks) {
    const std::string file = data_ + "/" + name + ".yaml";
    std::ofstream(file) << "document: { dsl: '1.0.3', namespace: t, name: " << name << ", version: '1.0.0' }\ndo:\n"
                        << tasks;
    ASSERT_EQ(skald("deploy " + file).exit_code, 0);
  }
  // Sagas <label>-1 to <label>-<count>, with the label set=<label>.
  static void submit(const std::string& workflow, const std::string& label, int count) {
    for (int i = 1; i <= count; ++i) {
      ASSERT_EQ(skald(fmt::format("submit {} --id {}-{} --label set={}", workflow, label, i, label)).exit_code, 0);
    }
  }
  static std::string count(const std::string& status, const std::string& label) {
    const std::string out = skald(fmt::format("list --count --status {} --label set={}", status, label)).out;
    return out.substr(0, out.find('\n'));
  }
  static bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return true;
  }
  static bool become(const std::string& status, const std::string& label, const std::string& how_many) {
    return eventually([&] { return count(status, label) == how_many; });
  }
  static bool waits_for(const std::string& id, const std::string& step) {
    return eventually([&] { return has(skald("show " + id).out, "waits for    " + step); });
  }
  // With a terminal in front of it, on which `typed` is entered.
  static Ran on_terminal(const std::string& arguments, const std::string& typed) {
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) {
      const std::string command = "SKALD_SERVER=" + server_ + " " SKALD_BINARY " " + arguments;
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
    Ran ran;
    EXPECT_EQ(::write(terminal, typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
    std::array<char, 1'024> buffer{};
    for (ssize_t size = 0; (size = ::read(terminal, buffer.data(), buffer.size())) > 0;) {
      ran.out.append(buffer.data(), static_cast<std::size_t>(size));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(terminal);
    ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ran;
  }
  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
};

TEST_F(Operate, ASagaIsSuspendedAndResumed) {
  submit("t/waits", "s", 1);
  const Ran suspended = skald("suspend s-1 --reason maintenance");
  EXPECT_EQ(suspended.exit_code, 0) << suspended.err;
  EXPECT_EQ(suspended.out, "s-1  suspended\n");
  EXPECT_EQ(suspended.err, "") << "one saga needs no summary";
  EXPECT_EQ(skald("list --status suspended --label set=s -o ids").out, "s-1\n");
  EXPECT_TRUE(has(skald("show s-1").out, "suspended"));
  EXPECT_EQ(skald("suspend s-1 --reason again").exit_code, 0) << "again is harmless";
  EXPECT_EQ(skald("retry s-1 --reason r").exit_code, 5);
  EXPECT_EQ(skald("resume s-1 --reason done").out, "s-1  running\n");
  EXPECT_TRUE(has(skald("history s-1").out, "maintenance"));
  EXPECT_EQ(skald("terminate s-1 --reason enough").exit_code, 0);
  EXPECT_EQ(skald("resume s-1 --reason r").exit_code, 5);
  EXPECT_EQ(skald("compensate s-1 --reason r").exit_code, 5);
  EXPECT_EQ(skald("compensate nobody --reason r").exit_code, 3);
}

TEST_F(Operate, AQueryActsOnEachSagaOnceAndSumsUp) {
  submit("t/waits", "q", 3);
  const Ran suspended = skald("suspend --workflow t/waits --label set=q --yes --reason maintenance");
  EXPECT_EQ(suspended.exit_code, 0) << suspended.err;
  EXPECT_EQ(suspended.err, "suspend: 3 done\n");
  EXPECT_EQ(count("suspended", "q"), "3");
  skald("terminate q-1 --reason enough");
  const Ran resumed = skald("resume --label set=q --yes --reason done");
  EXPECT_EQ(resumed.err, "resume: 2 done\n") << "without --status: those that it can act on";
  const Ran none = skald("resume --label set=q --yes --reason done");
  EXPECT_EQ(none.exit_code, 0);
  EXPECT_EQ(none.err, "no saga matches\n");
  const Ran cancelled = skald("cancel --label set=q --status terminated --yes --reason r");
  EXPECT_EQ(cancelled.exit_code, 5) << "what is asked for by its status is tried";
  EXPECT_TRUE(has(cancelled.err, "'q-1' has ended") && has(cancelled.err, "cancel: 0 done, 1 refused\n"))
      << cancelled.err;
}

TEST_F(Operate, AQueryIsRehearsedAndNothingChanges) {
  submit("t/waits", "d", 2);
  const Ran rehearsed = skald("terminate --label set=d --dry-run");
  EXPECT_EQ(rehearsed.exit_code, 0) << rehearsed.err;
  EXPECT_EQ(rehearsed.out, "d-2  running\nd-1  running\n");
  EXPECT_EQ(rehearsed.err, "terminate: 2 would be done; a dry run, nothing was changed\n");
  EXPECT_EQ(skald("suspend d-1 --dry-run").out, "d-1  running\n") << "by id as well";
  EXPECT_EQ(count("running", "d"), "2");
}

TEST_F(Operate, ARehearsedUndoSaysWhatWouldBeUndoneInWhichOrder) {
  const Service service(nats_, data_);
  submit("t/undoes", "u", 2);
  ASSERT_TRUE(waits_for("u-1", "/do/1/b") && waits_for("u-2", "/do/1/b"));
  const Ran rehearsed = skald("compensate --label set=u --dry-run");
  EXPECT_EQ(rehearsed.exit_code, 0) << rehearsed.err;
  EXPECT_EQ(rehearsed.out, "u-2  running\n  1. /do/0/a (svc.undo)\nu-1  running\n  1. /do/0/a (svc.undo)\n");
  const Value told = Value::parse(skald("compensate u-1 --dry-run -o json").out);
  EXPECT_EQ(told["would_undo"][0]["step"], "/do/0/a");
  EXPECT_TRUE(has(skald("show u-1").out, "would undo   /do/0/a (svc.undo)"));
  EXPECT_EQ(count("running", "u"), "2");
  EXPECT_EQ(skald("compensate --label set=u --yes --reason recall").exit_code, 0);
  EXPECT_TRUE(become("cancelled", "u", "2"));
  const Ran again = skald("compensate u-1 u-2 nobody --dry-run");
  EXPECT_EQ(again.exit_code, 5) << "the highest of 5 and 3";
  EXPECT_TRUE(has(again.err, "u-1: ") && has(again.err, "0 would be done, 2 refused, 1 failed")) << again.err;
}

TEST_F(Operate, StuckSagasAreRetriedAndSkippedByQuery) {
  Service service(nats_, data_);
  service.answers(409);
  submit("t/sticks", "k", 3);
  ASSERT_TRUE(become("stuck", "k", "3"));
  EXPECT_EQ(skald("compensate --label set=k --yes --reason r").exit_code, 5) << "there is no way back";
  service.answers(200);
  EXPECT_EQ(skald("skip k-1 --reason 'not needed'").exit_code, 0);
  const Ran retried = skald("retry --workflow t/sticks --label set=k --yes --reason fixed");
  EXPECT_EQ(retried.exit_code, 0) << retried.err;
  EXPECT_EQ(retried.err, "retry: 2 done\n");
  EXPECT_TRUE(become("completed", "k", "3"));
  EXPECT_EQ(skald("resolve --workflow t/sticks --reason r").exit_code, 2) << "each needs an output of its own";
}

TEST_F(Operate, ARateSpacesTheOrdersOut) {
  submit("t/waits", "r", 4);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(skald("suspend --label set=r --yes --rate 10 --reason r").exit_code, 0);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(300));
  EXPECT_EQ(skald("suspend --label set=r --yes --rate 0 --reason r").exit_code, 2);
}

TEST_F(Operate, IdsComeFromStandardInput) {
  submit("t/waits", "i", 2);
  const std::string ids = data_ + "/ids";
  std::ofstream(ids) << skald("list --label set=i -o ids").out;
  const Ran cancelled = skald("cancel - --reason enough", server_, ids);
  EXPECT_EQ(cancelled.exit_code, 0) << cancelled.err;
  EXPECT_EQ(cancelled.err, "cancel: 2 done\n");
  EXPECT_TRUE(become("cancelled", "i", "2"));
}

TEST_F(Operate, EveryVerbTakesTheIdsOfAList) {
  Service service(nats_, data_);
  service.answers(409);
  submit("t/sticks", "p", 4);
  ASSERT_TRUE(become("stuck", "p", "4"));
  const auto listed = [](const std::string& filter, const std::string& verb) {
    return piped("list " + filter + " -o ids", verb);
  };
  EXPECT_EQ(listed("--status stuck --label set=p --id p-1", "resolve - --output {} --reason r").out,
            "p-1  completed\n");
  EXPECT_EQ(listed("--status stuck --label set=p --id p-2", "skip - --reason r").out, "p-2  completed\n");
  EXPECT_EQ(listed("--status stuck --label set=p", "suspend - --reason r").err, "suspend: 2 done\n");
  EXPECT_EQ(listed("--status suspended --label set=p", "resume - --reason r").err, "resume: 2 done\n");
  EXPECT_EQ(listed("--status stuck --label set=p --id p-3", "terminate - --reason r").out, "p-3  terminated\n");
  service.answers(200);
  EXPECT_EQ(listed("--status stuck --status suspended --label set=p", "retry - --reason r").exit_code, 0);
  EXPECT_TRUE(eventually([&] { return has(skald("show p-4").out, "completed"); }));
  submit("t/waits", "p-w", 2);
  EXPECT_EQ(listed("--status running --label set=p-w --limit 1", "cancel - --reason r").exit_code, 0);
  EXPECT_EQ(listed("--status running --label set=p-w", "compensate - --reason r").exit_code, 0);
  EXPECT_TRUE(become("cancelled", "p-w", "2"));
  const Ran shown = listed("--id p- --sort id", "show - -o ids");
  EXPECT_EQ(shown.out, "p-1\np-2\np-3\np-4\np-w-1\np-w-2\n");
}

TEST_F(Operate, AnEmptyFilterIsNotAllSagas) {
  submit("t/waits", "empty", 1);
  for (const char* filter : {"--workflow ''", "--status ''", "--label ''", "--id ''", "--error ''", "--since ''",
                             "--workflow t/waits --id ''", "--workflow ','"}) {
    const Ran refused = skald(std::string("cancel --yes --reason r ") + filter);
    EXPECT_EQ(refused.exit_code, 2) << filter << refused.out;
  }
  EXPECT_NE(skald("show empty-1").out.find("running"), std::string::npos);
}

TEST_F(Operate, AQueryMayNameStatusesErrorsAndIds) {
  Service service(nats_, data_);
  service.answers(409);
  submit("t/sticks", "e", 2);
  submit("t/waits", "e-w", 1);
  ASSERT_TRUE(become("stuck", "e", "2"));
  EXPECT_EQ(skald("suspend --status stuck,running --id e- --dry-run -o ids").out, "e-w-1\ne-2\ne-1\n");
  EXPECT_EQ(skald("retry --error 'no such error' --dry-run").err, "no saga matches\n");
  const Value error = Value::parse(skald("show e-1 -o json").out)["pending"][0]["last_error"];
  EXPECT_EQ(skald(fmt::format("retry --error '{}' --id e- --dry-run -o ids", error["title"].get<std::string>())).out,
            "e-2\ne-1\n")
      << error;
  EXPECT_EQ(skald("cancel --status stuk --yes --reason r").exit_code, 2) << "a status that there is not";
}

TEST_F(Operate, WrongUsageIsToldBeforeAnythingIsDone) {
  submit("t/waits", "w", 1);
  const auto expect = [](const std::string& arguments, const std::string& said) {
    const Ran ran = skald(arguments);
    EXPECT_EQ(ran.exit_code, 2) << arguments;
    EXPECT_TRUE(has(ran.err, said)) << ran.err;
  };
  expect("suspend --reason r", "--workflow, --status or --label");
  expect("suspend w-1", "--reason is required");
  expect("suspend w-1 --label set=w --yes --reason r", "not both");
  expect("suspend --label set=w --reason r", "say --yes to suspend all that match");
  expect("resolve --reason r", "by their ids");
  expect("suspend --label nothing --yes --reason r", "key=value");
  EXPECT_EQ(count("running", "w"), "1");
}

TEST_F(Operate, OnATerminalItAsks) {
  submit("t/waits", "t", 2);
  const Ran refused = on_terminal("suspend --label set=t --reason r", "n\n");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_TRUE(has(refused.out, "suspend 2 sagas? [y/N]") && has(refused.out, "nothing was done")) << refused.out;
  EXPECT_EQ(count("running", "t"), "2");
  const Ran agreed = on_terminal("suspend --label set=t --reason r", "y\n");
  EXPECT_EQ(agreed.exit_code, 0) << agreed.out;
  EXPECT_EQ(count("suspended", "t"), "2");
}

TEST_F(Operate, AServerThatIsGoneStopsTheRest) {
  const Ran gone = skald("cancel a b c --reason r --timeout 1", "http://127.0.0.1:1");
  EXPECT_EQ(gone.exit_code, 4);
  EXPECT_TRUE(has(gone.err, "cancel: 0 done, 1 failed, 2 not tried")) << gone.err;
}

}  // namespace
}  // namespace skald::cli
