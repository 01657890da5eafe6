// trace, state and history with filters, as a script runs them: from the engine and from its folder.

#include <httplib.h>

#include <algorithm>

#include "tests/cli/commands_fixture.h"

namespace skald::cli {
namespace {

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

const std::string kId = "i-once";

class Inspect : public Commands {
 protected:
  static void submit(const std::string& id) {
    ASSERT_EQ(skald("submit t/flow --id " + id + " --input '{\"n\":7,\"card\":\"tok_private\"}' --wait").exit_code, 0);
  }
  static std::string folder() { return " --data " + data_ + "/d"; }
};

TEST_F(Inspect, TraceIsTheSameFromTheEngineAndFromItsFolder) {
  submit("i-trace");
  const Ran traced = skald("trace i-trace -o json");
  ASSERT_EQ(traced.exit_code, 0) << traced.err;
  EXPECT_EQ(Value::parse(traced.out)["spans"][0]["children"][0]["name"], "a");
  EXPECT_EQ(skald("trace i-trace -o json" + folder()).out, traced.out);
  const Ran text = skald("trace i-trace");
  EXPECT_NE(text.out.find("└ a "), std::string::npos) << text.out;
  EXPECT_EQ(text.out.find("\033["), std::string::npos) << "no colour where there is no terminal";
}

TEST_F(Inspect, StateIsOfAnyEventAndTheSameFromTheFolder) {
  submit("i-state");
  for (const std::string more : {"", " --at 1", " --diff 1 3"}) {
    const Ran state = skald("state i-state -o json" + more);
    ASSERT_EQ(state.exit_code, 0) << state.err;
    EXPECT_EQ(skald("state i-state -o json" + more + folder()).out, state.out);
  }
  EXPECT_EQ(Value::parse(skald("state i-state --at 1 -o json").out)["status"], "running");
  EXPECT_EQ(Value::parse(skald("state i-state -o json").out)["status"], "completed");
  EXPECT_NE(skald("state i-state --diff 1 3").out.find("+ \"completed\""), std::string::npos);
}

TEST_F(Inspect, AnEventThatIsNotThereIsWrongUse) {
  submit("i-none");
  for (const std::string& where : {std::string(), folder()}) {
    const Ran refused = skald("state i-none --at 99" + where);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_NE(refused.err.find("has no event 99; its last is 3"), std::string::npos) << refused.err;
  }
  EXPECT_EQ(skald("trace nobody").exit_code, 3);
  EXPECT_EQ(skald("state nobody").exit_code, 3);
  EXPECT_EQ(skald("trace i-none", "http://127.0.0.1:1").exit_code, 4);
  EXPECT_EQ(skald("history i-none --type stp.x").exit_code, 2);
}

TEST_F(Inspect, HistoryShowsWhatIsAskedFor) {
  submit("i-filter");
  for (const std::string& where : {std::string(), folder()}) {
    const auto count = [&where](const std::string& filter) {
      return lines_in(skald("history i-filter -o jsonl " + filter + where).out);
    };
    EXPECT_EQ(count(""), 3U);
    EXPECT_EQ(count("--type 'saga.*'"), 2U);
    EXPECT_EQ(count("--step a"), 1U);
    EXPECT_EQ(count("--errors"), 0U);
    EXPECT_EQ(count("--from 2"), 2U);
    EXPECT_EQ(count("--to 1"), 1U);
    EXPECT_EQ(count("--limit 2"), 2U);
    EXPECT_EQ(count("--since 2100-01-01T00:00:00Z"), 0U);
    const Ran latest = skald("history i-filter -o jsonl --reverse --limit 1" + where);
    EXPECT_EQ(Value::parse(latest.out)["type"], "saga.completed");
  }
  EXPECT_EQ(lines_in(skald("history i-filter -o jsonl --follow --type 'saga.*'").out), 2U);
  EXPECT_EQ(lines_in(skald("history i-filter -o jsonl --follow --limit 1").out), 1U);
}

TEST_F(Inspect, PayloadsStandBelowTheirEvents) {
  submit("i-payloads");
  const std::string text = skald("history i-payloads --payloads").out;
  EXPECT_NE(text.find("        {\n          \"card\": \"tok_private\""), std::string::npos) << text;
}

TEST_F(Inspect, WhatTextIsLaidOutByCannotBeHiddenInIt) {
  submit(kId);
  for (const std::string& command : {"history " + kId, "trace " + kId, "state " + kId}) {
    for (const char* pointer : {"/seq", "/*", "/**", "/**/seq", "/steps", "/open", "/steps/*", "/steps/*/attempt"}) {
      const std::string all = command + " --redact '" + pointer + "'";
      const Ran text = skald(all);
      EXPECT_TRUE(text.exit_code == 0 || (text.exit_code == 2 && text.err.find("--redact") != std::string::npos))
          << all << " " << text.exit_code << text.err;
      EXPECT_EQ(skald(all + " -o json").exit_code, 0) << all;
    }
  }
}

TEST_F(Inspect, IdsComeFromStandardInput) {
  submit(kId);
  const std::string ids = data_ + "/ids";
  std::ofstream(ids) << kId << "\n" << kId << "\n";
  for (const char* command : {"history", "trace", "state", "explain"}) {
    const Ran once = skald(std::string(command) + " " + kId + " -o jsonl");
    EXPECT_EQ(skald(std::string(command) + " - -o ids", server_, ids).out.substr(0, kId.size()), kId);
    EXPECT_EQ(skald(std::string(command) + " - -o jsonl", server_, ids).exit_code, 0);
    EXPECT_EQ(once.exit_code, 0);
  }
}

TEST_F(Inspect, NumbersThatAreNoneAreWrongUse) {
  submit(kId);
  for (const char* wrong : {"history --limit -1", "history --from -3", "history --from 0", "state --at -1"}) {
    EXPECT_EQ(skald(std::string(wrong).insert(std::string(wrong).find(' '), " " + kId)).exit_code, 2) << wrong;
  }
}

TEST_F(Inspect, AFullDiskIsSaid) {
  submit(kId);
  for (const char* command : {"history", "trace", "state", "show", "explain"}) {
    const Ran full = shell("SKALD_SERVER=" + server_ + " " SKALD_BINARY " " + command + " " + kId + " 2> " + data_ +
                           "/err > /dev/full");
    EXPECT_EQ(full.exit_code, 7) << command;
    EXPECT_NE(full.err.find("No space left"), std::string::npos) << full.err;
  }
}

TEST_F(Inspect, AReasonCannotSteerTheTerminal) {
  ASSERT_EQ(skald("submit t/waits --id steered").exit_code, 0);
  ASSERT_EQ(skald("suspend steered --reason \"$(printf 'why\\033[31m\\nnow')\"").exit_code, 0);
  for (const char* command : {"history steered", "trace steered"}) {
    const std::string out = skald(command).out;
    EXPECT_EQ(out.find('\x1b'), std::string::npos) << out;
    EXPECT_NE(out.find("why"), std::string::npos) << out;
  }
}

TEST_F(Inspect, WhatIsRedactedIsInNoOutput) {
  submit("i-redact");
  for (const std::string command :
       {"history i-redact", "history i-redact --payloads", "history i-redact -o jsonl", "history i-redact -o json",
        "state i-redact", "state i-redact -o json", "state i-redact --at 1 -o json",
        "state i-redact --diff 1 2 -o json", "trace i-redact -o json", "history i-redact --follow"}) {
    for (const std::string redacted : {" --redact-payloads", " --redact '/**/card'"}) {
      const Ran ran = skald(command + redacted);
      EXPECT_EQ(ran.exit_code, 0) << ran.err;
      EXPECT_EQ(ran.out.find("tok_private"), std::string::npos) << command << redacted << "\n" << ran.out;
    }
  }
  EXPECT_NE(skald("history i-redact -o jsonl --redact-payloads").out.find("\"hash\""), std::string::npos);
  EXPECT_EQ(skald("history i-redact --redact card").exit_code, 2);
}

// A service that answers with the secret that it was given.
class Secrets : public Commands {
 protected:
  static constexpr const char* kSecret = "hunter2-that-nobody-may-see";

  static void SetUpTestSuite() {
    std::string folder = std::filesystem::temp_directory_path() / "skald-secrets-XXXXXX";
    secrets_ = ::mkdtemp(folder.data());
    std::ofstream(secrets_ + "/mail") << kSecret << "\n";
    start({"--secrets", secrets_});
  }
  static void TearDownTestSuite() {
    Commands::TearDownTestSuite();
    std::filesystem::remove_all(secrets_);
  }

  Secrets() {
    shop_.Get("/echo", [this](const httplib::Request& request, httplib::Response& response) {
      given_ = request.get_header_value("Authorization");
      response.status = request.has_param("refuse") ? 409 : 200;
      response.set_content(Value{{"title", given_}, {"said", given_}}.dump(), "application/json");
    });
    port_ = shop_.bind_to_any_port("127.0.0.1");
    serving_ = std::thread([this] { shop_.listen_after_bind(); });
    while (!shop_.is_running()) std::this_thread::yield();  // a stop before that would be lost
  }
  ~Secrets() override {
    shop_.stop();
    serving_.join();
  }

  static inline std::string secrets_;
  httplib::Server shop_;
  std::thread serving_;
  int port_ = 0;
  std::string given_;
};

TEST_F(Secrets, StandInNoOutput) {
  const auto call = [this](const std::string& name, const std::string& query) {
    return "  - " + name +
           ":\n      call: http\n      with:\n        method: get\n        endpoint: 'http://127.0.0.1:" +
           std::to_string(port_) + "/echo" + query +
           "'\n        headers: { Authorization: '${ \"Bearer \" + $secrets.mail }' }\n";
  };
  std::ofstream(data_ + "/secret.yaml")
      << "document: { dsl: '1.0.3', namespace: t, name: secret, version: '1.0.0' }\nuse: { secrets: [ mail ] }\ndo:\n"
      << call("told", "") << call("refused", "?refuse=1");
  const Ran deployed = skald("deploy " + data_ + "/secret.yaml");
  ASSERT_EQ(deployed.exit_code, 0) << deployed.err;
  EXPECT_EQ(skald("submit t/secret --id s-1 --wait").exit_code, 1) << "its second step is refused";
  ASSERT_EQ(given_, std::string("Bearer ") + kSecret) << "the service has it";
  std::string all;
  for (const std::string command : {"show s-1", "history s-1", "history s-1 --payloads", "history s-1 --errors",
                                    "trace s-1", "state s-1", "state s-1 --at 3", "state s-1 --diff 1 4"}) {
    for (const std::string more : {"", " -o json", " -o jsonl"}) {
      for (const std::string& where : {std::string(), " --data " + data_ + "/d"}) {
        const Ran ran = skald(command + more + where);
        EXPECT_EQ(ran.exit_code, 0) << command << more << where << ": " << ran.err;
        EXPECT_EQ((ran.out + ran.err).find(kSecret), std::string::npos) << command << more << where;
        all += ran.out;
      }
    }
  }
  EXPECT_NE(all.find("⟦secret:mail⟧"), std::string::npos) << "the reference is shown";
}

}  // namespace
}  // namespace skald::cli
