// The commands as a script runs them: what they print, and their exit codes.

#include <signal.h>

#include <algorithm>

#include "tests/cli/commands_fixture.h"
#include "tests/cli/stand_in_server.h"

namespace skald::cli {
namespace {

// The command line of every process that names `folder` in it, one a line.
std::string command_lines(const std::string& folder) {
  std::string found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream in(entry.path() / "cmdline");
    std::string line(std::istreambuf_iterator<char>(in), {});
    std::replace(line.begin(), line.end(), '\0', ' ');
    if (line.find(folder) != std::string::npos) found += line + "\n";
  }
  return found;
}

TEST_F(Commands, SubmitWaitShowAndHistory) {
  const Ran done = skald("submit t/flow --id s1 --input '{\"n\":7}' --label city=Bergen --wait -o jsonl");
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(Value::parse(done.out)["output"], Value({{"answer", 7}}));
  EXPECT_EQ(skald("submit t/flow --id s1 --input '{\"n\":7}'").out, "s1\n") << "the same again is harmless";
  EXPECT_NE(skald("show s1").out.find("city=Bergen"), std::string::npos);
  EXPECT_EQ(Value::parse(skald("show s1 -o json").out)["status"], "completed");
  const Ran history = skald("history s1 -o jsonl");
  EXPECT_EQ(Value::parse(history.out.substr(0, history.out.find('\n')))["type"], "saga.started");
  EXPECT_EQ(skald("history s1 --data " + data_ + "/d -o jsonl").out, history.out) << "the folder says the same";
  EXPECT_EQ(skald("history s1 --follow -o jsonl").out, history.out);
  const Ran reversed = skald("history s1 --reverse -o jsonl");
  EXPECT_EQ(Value::parse(reversed.out.substr(0, reversed.out.find('\n')))["type"], "saga.completed");
}

TEST_F(Commands, ABatchIsSubmittedOnceHoweverOften) {
  std::ofstream file(data_ + "/batch.jsonl");
  for (int i = 0; i < 1'200; ++i) file << R"({"input":{"n":)" << i << "}}\n";
  file << "\n"
          R"({"id":"named","workflow":"t/waits","labels":{"of":"it"}})"
          "\n";
  file.close();
  const Ran first = skald("submit t/flow --batch " + data_ + "/batch.jsonl --label batch=one");
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(first.out, "1201 started, 0 were there already, 0 refused\n");
  EXPECT_EQ(skald("list --label batch=one --count").out, "1201\n");
  EXPECT_EQ(skald("list --label of=it -o ids").out, "named\n");
  const Ran again = skald("submit t/flow --batch " + data_ + "/batch.jsonl --label batch=one -o json");
  EXPECT_EQ(Value::parse(again.out), (Value{{"started", 0}, {"known", 1'201}, {"refused", 0}}));
  EXPECT_EQ(skald("submit t/flow --batch - --id late -o ids", server_, data_ + "/batch.jsonl").out.substr(0, 7),
            "late-1\n");
}

TEST_F(Commands, OfABatchEachBadLineIsNamed) {
  std::ofstream(data_ + "/bad.jsonl") << "{}\n{bad\n7\n";
  const Ran bad = skald("submit t/flow --batch " + data_ + "/bad.jsonl");
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_NE(bad.err.find("bad.jsonl:2: "), std::string::npos) << bad.err;
  EXPECT_NE(bad.err.find("bad.jsonl:3: expected an object"), std::string::npos) << bad.err;
  EXPECT_NE(bad.err.find("2 of 3 lines cannot be read; nothing was submitted"), std::string::npos) << bad.err;
  std::ofstream(data_ + "/refused.jsonl") << R"({"id":"a b"})"
                                             "\n"
                                             R"({"id":"good"})"
                                             "\n"
                                             R"({"workflow":"t/none"})"
                                             "\n";
  const Ran refused = skald("submit t/flow --batch " + data_ + "/refused.jsonl -o jsonl");
  EXPECT_EQ(refused.exit_code, 3) << "the highest: the unknown workflow";
  EXPECT_NE(refused.err.find("refused.jsonl:1: "), std::string::npos) << refused.err;
  EXPECT_EQ(Value::parse(refused.out.substr(0, refused.out.find('\n')))["line"], 1);
  EXPECT_EQ(skald("show good").exit_code, 0) << "the others are submitted";
  EXPECT_EQ(skald("submit t/flow --batch " + data_ + "/bad.jsonl --wait").exit_code, 2);
  EXPECT_EQ(skald("submit --batch " + data_ + "/refused.jsonl").exit_code, 2) << "no workflow is named";
}

TEST_F(Commands, SignalsAndEventsReachWhatListens) {
  std::ofstream(data_ + "/listens.yaml") << R"(
document: { dsl: '1.0.3', namespace: t, name: listens, version: '1.0.0' }
do:
  - answer: { listen: { to: { any: [ { with: { type: yes, subject: '${ $workflow.id }' } }, { with: { type: no } } ] } } }
)";
  ASSERT_EQ(skald("deploy " + data_ + "/listens.yaml").exit_code, 0);
  for (const char* id : {"l1", "l2", "l3"}) skald(std::string("submit t/listens --id ") + id);
  const Ran wrong = skald("signal l1 maybe");
  EXPECT_EQ(wrong.exit_code, 5);
  EXPECT_NE(wrong.err.find("some listen for: no, yes"), std::string::npos) << wrong.err;
  EXPECT_EQ(skald("signal l1 yes --data '{bad'").exit_code, 2);
  EXPECT_EQ(skald("signal nobody yes").exit_code, 3);
  EXPECT_EQ(skald("signal l1 yes --data '{\"by\":\"ada\"}' --reason phoned --id first").out, "l1  completed\n");
  EXPECT_EQ(Value::parse(skald("show l1 -o json").out)["output"], (Value{{{"by", "ada"}}}));
  const std::string history = skald("history l1").out;
  EXPECT_NE(history.find("yes about l1, no"), std::string::npos) << history;
  EXPECT_NE(history.find("reason phoned"), std::string::npos) << history;
  EXPECT_EQ(history.find("ada") == std::string::npos, false) << history;
  EXPECT_EQ(skald("history l1 --redact-payloads").out.find("ada"), std::string::npos);
  EXPECT_EQ(skald("signal l1 yes").exit_code, 5) << "it has ended";

  EXPECT_NE(skald("state l2").out.find("listening since"), std::string::npos) << skald("state l2").out;
  EXPECT_NE(skald("explain l2").out.find("skald signal l2 yes --data JSON"), std::string::npos);
  // What is published before the engine has its place in the stream is nobody's.
  const auto status_of_l2 = [&] { return Value::parse(skald("show l2 -o json").out).value("status", ""); };
  for (int sent = 0; sent < 100 && status_of_l2() == "running"; ++sent) {
    EXPECT_EQ(skald("emit yes --subject l2 --data 7 -o json").exit_code, 0);
  }
  EXPECT_EQ(Value::parse(skald("show l2 -o json").out)["output"], (Value{7}));
  EXPECT_EQ(skald("list --workflow t/listens --status running -o ids").out, "l3\n");
  std::ofstream(data_ + "/ids") << "l3\n";
  EXPECT_EQ(skald("signal - no", server_, data_ + "/ids").out, "l3  completed\n");
  EXPECT_EQ(skald("emit '' --data 1").exit_code, 2);
}

TEST_F(Commands, ListsAndCounts) {
  skald("submit t/flow --id listed --label only=this --wait");
  EXPECT_EQ(skald("list --label only=this -o ids").out, "listed\n");
  EXPECT_EQ(skald("list --label only=this --count").out, "1\n");
  EXPECT_EQ(Value::parse(skald("list --label only=this -o json").out)["items"].size(), 1U);
  EXPECT_NE(skald("list").out.find("WAITS FOR"), std::string::npos);
  EXPECT_NE(skald("workflows").out.find("t/flow"), std::string::npos);
}

TEST_F(Commands, ExitCodesAreAsDocumented) {
  const auto expect = [](const Ran& ran, int code, const std::string& said) {
    EXPECT_EQ(ran.exit_code, code) << ran.err;
    EXPECT_NE(ran.err.find(said), std::string::npos) << ran.err;
  };
  expect(skald("show nobody"), 3, "nobody");
  expect(skald("history nobody"), 3, "nobody");
  expect(skald("submit t/none"), 3, "t/none");
  expect(skald("submit t/flow --input '{bad'"), 2, "--input");
  expect(skald("submit t/flow --id 'a b'"), 2, "a b");
  expect(skald("submit t/flow --label nothing"), 2, "KEY=VALUE");
  expect(skald("submit"), 2, "WORKFLOW");
  expect(skald("nonsense"), 2, "");
  expect(skald("deploy /no/such/file"), 2, "/no/such/file");
  expect(skald("history x --data /no/such/folder"), 3, "/no/such/folder");
  expect(skald("list", "http://127.0.0.1:1"), 4, "cannot reach");
  expect(skald("dev --data " + data_ + "/d"), 5, "in use by process");
  expect(skald("worker --config /no/such/file"), 2, "/no/such/file");
  expect(skald("worker"), 2, "--http-calls");
  expect(skald("worker --http-calls --allow-host http://a/"), 2, "'http://a/' is no host");
  expect(skald("worker --config /no/such/file --allow-host a"), 2, "--http-calls");
  skald("submit t/flow --id taken --input '{\"n\":1}'");
  expect(skald("submit t/flow --id taken --input '{\"n\":2}'"), 5, "taken");
  EXPECT_EQ(skald("help").exit_code, 0);
  EXPECT_EQ(skald("--version").exit_code, 0);
}

TEST_F(Commands, AWaitIsBoundedAndAnEndThatIsNotCompletedIsOne) {
  EXPECT_EQ(skald("submit t/waits --id w1 --wait --timeout 0.3").exit_code, 124);
  EXPECT_NE(skald("workers").out.find("nobody"), std::string::npos);
  EXPECT_EQ(skald("cancel w1 --reason 'no longer needed'").exit_code, 0);
  EXPECT_EQ(skald("submit t/waits --id w1 --wait").exit_code, 1);
  EXPECT_NE(skald("history w1").out.find("no longer needed"), std::string::npos);
  EXPECT_EQ(skald("retry w1 --reason again").exit_code, 5) << "there is nothing to retry";
}

TEST_F(Commands, DevServesHttpCalls) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto served = [] { return skald("workers").out.find("skald.http") != std::string::npos; };
  bool seen = false;
  // It says every five seconds that it is there.
  while (!(seen = served()) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_TRUE(seen);
}

TEST_F(Commands, BackupAndRestore) {
  skald("submit t/flow --id kept --input '{\"n\":3}' --wait");
  const std::string backups = data_ + "/backups";
  const Ran made = skald("backup " + backups + " -o json");
  EXPECT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(Value::parse(made.out)["backup"], 1);
  EXPECT_NE(skald("backup " + data_ + "/d/../backups --keep 1").out.find("backup 2 of store"), std::string::npos);
  EXPECT_EQ(skald("backup " + data_ + "/d").exit_code, 5) << "it holds something else";
  EXPECT_EQ(skald("backup " + data_ + "/d/engine").exit_code, 2) << "the engine's own folder";
  EXPECT_EQ(skald("backup").exit_code, 2);

  const Ran refused = skald("restore " + backups + " --data " + data_ + "/d");
  EXPECT_EQ(refused.exit_code, 5);
  EXPECT_NE(refused.err.find("in use by process"), std::string::npos) << refused.err;
  EXPECT_EQ(skald("restore " + data_ + "/nothing --data " + data_ + "/r").exit_code, 3);
  const Ran restored = skald("restore " + backups + " --data " + data_ + "/r -o json");
  ASSERT_EQ(restored.exit_code, 0) << restored.err;
  const Value told = Value::parse(restored.out);
  EXPECT_EQ(told["backup"], 2);
  EXPECT_GE(told["sagas"].get<int>(), 1);
  EXPECT_EQ(skald("history kept --data " + data_ + "/r -o jsonl").out, skald("history kept -o jsonl").out);
  EXPECT_EQ(skald("restore " + backups + " --data " + data_ + "/r").exit_code, 5) << "it is not empty now";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(backups)) {
    if (entry.path().extension() == ".sst") std::filesystem::resize_file(entry.path(), 7);
  }
  const Ran damaged = skald("restore " + backups + " --data " + data_ + "/r2");
  EXPECT_EQ(damaged.exit_code, 6);
  EXPECT_NE(damaged.err.find("damaged"), std::string::npos) << damaged.err;
}

TEST_F(Commands, WhoIsNoEngineIsNotTakenForOne) {
  StandInServer other;
  other.is_no_engine();
  other.answer("/v1/sagas/s", {{"ok", true}});
  other.answer("POST /v1/sagas", {{"ok", true}});
  for (const char* command : {"show s", "list", "submit t/flow", "history s", "workers"}) {
    const Ran ran = skald("--server " + other.url() + " " + command);
    EXPECT_EQ(ran.exit_code, 4) << command;
    EXPECT_NE(ran.err.find("what answers at " + other.url() + " is no Skald engine"), std::string::npos) << ran.err;
    EXPECT_EQ(ran.out, "") << command;
  }
}

TEST_F(Commands, ABodyThatNoEngineTakesIsToldAsThat) {
  std::ofstream(data_ + "/large.json") << '"' << std::string(20'000'000, 'x') << '"';
  const Ran ran = skald("submit t/flow --input @" + data_ + "/large.json");
  EXPECT_EQ(ran.exit_code, 2) << ran.err;
  EXPECT_NE(ran.err.find("2097152"), std::string::npos) << ran.err;
}

TEST_F(Commands, AWorkerWithoutABrokerSaysSoAndLeavesOutItsPassword) {
  const Ran ran = shell("timeout 4 " SKALD_BINARY " worker --http-calls --nats nats://me:secret@127.0.0.1:1 2>&1");
  EXPECT_NE(ran.out.find("no broker answers"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("127.0.0.1:1"), std::string::npos) << ran.out;
  EXPECT_EQ(ran.out.find("secret"), std::string::npos) << ran.out;
}

TEST_F(Commands, WhatIsGivenWrongIsNamed) {
  EXPECT_EQ(skald("--server " + server_ + "/ list").exit_code, 0) << "the address as a browser writes it";
  EXPECT_EQ(skald("submit t/flow --id ''").exit_code, 2);
  const Ran folder = skald("deploy " + data_);
  EXPECT_EQ(folder.exit_code, 2);
  EXPECT_NE(folder.err.find(data_ + " is a folder"), std::string::npos) << folder.err;
  const Ran data = skald("signal s yes --data '{bad'");
  EXPECT_EQ(data.exit_code, 2);
  EXPECT_NE(data.err.find("skald: --data: "), std::string::npos) << data.err;
  EXPECT_EQ(data.err.find("--input"), std::string::npos) << data.err;
}

TEST_F(Commands, ABadDocumentIsToldLineByLine) {
  std::ofstream(data_ + "/bad.yaml") << "document: { dsl: '1.0.3', namespace: t, name: bad, version: '1.0.0' }\n"
                                        "do:\n  - a: { call: x.y, bogus: 1 }\n  - b: { listen: {} }\n";
  const Ran bad = skald("deploy " + data_ + "/bad.yaml");
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_NE(bad.err.find("bad.yaml:3:21: "), std::string::npos) << bad.err;
  EXPECT_NE(bad.err.find("bad.yaml:4:18: "), std::string::npos) << bad.err;
  EXPECT_EQ(skald("workflows t/bad").exit_code, 3) << "nothing was deployed";
}

TEST_F(Commands, AServersFileHasTheNamesOfItsFlags) {
  const std::string config = data_ + "/server.yaml";
  const std::string never = data_ + "/never";
  std::ofstream(config) << "data: " + never +
                               "\nhttp: 127.0.0.1:0\nnats: nats://127.0.0.1:1\nshards: 4\ntoken: sesame\n";
  const auto server =
      Process::start({SKALD_BINARY, "server", "--config", config, "--data", data_ + "/s"}, data_ + "/server.out");
  ASSERT_TRUE(server);
  Process running = *server;
  const std::string line = first_line(data_ + "/server.out");
  EXPECT_NE(line.find("data=" + data_ + "/s"), std::string::npos) << "the flag stands";
  EXPECT_FALSE(std::filesystem::exists(never));
  const std::size_t at = line.find("http=");
  const std::string url = line.substr(at + 5, line.find(' ', at) - at - 5);
  EXPECT_EQ(skald("list", url).exit_code, 5) << "the file's token is asked for";
  EXPECT_EQ(skald("list --token sesame", url).exit_code, 0);
  running.signal(SIGTERM);
  EXPECT_TRUE(running.wait(Millis(20'000)));
}

TEST_F(Commands, AServersFileIsChecked) {
  const std::string config = data_ + "/bad-server.yaml";
  std::ofstream(config) << "http: 127.0.0.1:0\ncolour: red\n";
  const Ran unknown = skald("server --config " + config);
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.err.find("bad-server.yaml:2:1: unknown key 'colour'"), std::string::npos) << unknown.err;
  std::ofstream(config) << "threads: many\n";
  const Ran wrong = skald("server --config " + config);
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.err.find("bad-server.yaml"), std::string::npos) << wrong.err;
  std::ofstream(config) << "data: [a\n";
  EXPECT_EQ(skald("server --config " + config).exit_code, 2);
}

TEST_F(Commands, ARetentionThatIsTooShortOrNoneIsRefused) {
  const auto refused = [](const std::string& retention, const std::string& said) {
    const Ran ran = skald("server --data " + data_ + "/never --retention " + retention);
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_NE(ran.err.find(said), std::string::npos) << ran.err;
  };
  refused("1h", "at least 1d 1h");
  refused("soon", "'soon' is no duration");
  EXPECT_FALSE(std::filesystem::exists(data_ + "/never"));
}

TEST_F(Commands, ATokenIsNotInAnyCommandLineButOurs) {
  const std::string folder = data_ + "/t";
  ::setenv("SKALD_TOKEN", "sesame", 1);
  const auto dev = Process::start({SKALD_BINARY, "dev", "--data", folder, "--http", "127.0.0.1:0"}, data_ + "/t.out");
  ::unsetenv("SKALD_TOKEN");
  ASSERT_TRUE(dev);
  Process running = *dev;
  const std::string line = first_line(data_ + "/t.out");
  const std::size_t at = line.find("http=");
  ASSERT_NE(at, std::string::npos) << line;
  const std::string url = line.substr(at + 5, line.find(' ', at) - at - 5);
  EXPECT_EQ(skald("list", url).exit_code, 5);
  EXPECT_EQ(skald("list --token sesame", url).exit_code, 0);
  const std::string shown = command_lines(folder + "/engine");
  EXPECT_NE(shown.find("server"), std::string::npos) << "the engine was found";
  EXPECT_EQ(shown.find("sesame"), std::string::npos) << shown;
  running.signal(SIGTERM);
  EXPECT_TRUE(running.wait(Millis(20'000)));
}

}  // namespace
}  // namespace skald::cli
