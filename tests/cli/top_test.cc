// `skald top` on a terminal: keys, signals, and a server that goes and comes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/cli/commands_fixture.h"
#include "tests/cli/pseudo_terminal.h"
#include "tests/cli/stand_in_server.h"

namespace skald::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr const char* kTaken = "\033[?1049h\033[?25l";
constexpr const char* kGivenBack = "\033[?25h\033[?1049l";

Value overview(int running) {
  return {{"at", format_time(SystemClock().now())},
          {"sagas", {{"running", running}}},
          {"totals", {{"started", running}}},
          {"ready", {{"log", true}, {"broker", true}}}};
}

class Top : public ::testing::Test {
 protected:
  Top() { server_.emplace().answer("/v1/overview", overview(1)); }

  std::vector<std::string> command(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{SKALD_BINARY, "--server", server_->url(), "top", "--interval", "0.1"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  std::optional<StandInServer> server_;
};

TEST_F(Top, ShowsWhatChangesAndLeavesOnQ) {
  PseudoTerminal terminal(command());
  EXPECT_TRUE(terminal.shows("running 1 "));
  server_->answer("/v1/overview", overview(42));
  EXPECT_TRUE(terminal.shows("running 42 "));
  EXPECT_FALSE(terminal.echoes());
  terminal.type("q");
  EXPECT_EQ(terminal.ends(), 0);
  EXPECT_THAT(terminal.shown(), HasSubstr(kTaken));
  EXPECT_THAT(terminal.shown(), EndsWith(kGivenBack));
}

TEST_F(Top, PausesOnPAndGoesOn) {
  PseudoTerminal terminal(command());
  ASSERT_TRUE(terminal.shows("running 1 "));
  terminal.type("p");
  ASSERT_TRUE(terminal.shows("paused"));
  const std::size_t asked = server_->asked().size();
  server_->answer("/v1/overview", overview(42));
  terminal.resize(90, 20);
  ASSERT_TRUE(terminal.shows("running 1 ")) << "the same frame, drawn anew";
  EXPECT_LE(server_->asked().size(), asked + 1) << "one may have been under way";
  terminal.type("p");
  EXPECT_TRUE(terminal.shows("running 42 "));
}

TEST_F(Top, EverySignalThatEndsItGivesTheTerminalBack) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    PseudoTerminal terminal(command());
    ASSERT_TRUE(terminal.shows("running 1 "));
    terminal.signal(number);
    EXPECT_EQ(terminal.ends(), 130) << number;
    EXPECT_THAT(terminal.shown(), EndsWith(kGivenBack)) << number;
  }
  PseudoTerminal terminal(command());
  ASSERT_TRUE(terminal.shows("running 1 "));
  terminal.type("\x03");
  EXPECT_EQ(terminal.ends(), 130) << "ctrl-c";
}

TEST_F(Top, AStopGivesTheTerminalBackAndGoesOnWhereItWas) {
  PseudoTerminal terminal(command());
  ASSERT_TRUE(terminal.shows("running 1 "));
  terminal.signal(SIGTSTP);
  ASSERT_TRUE(terminal.stops());
  EXPECT_TRUE(terminal.comes_to(kGivenBack)) << terminal.shown();
  EXPECT_TRUE(terminal.echoes());
  server_->answer("/v1/overview", overview(42));
  terminal.signal(SIGCONT);
  EXPECT_TRUE(terminal.shows("running 42 "));
  EXPECT_FALSE(terminal.echoes());
  terminal.type("q");
  EXPECT_EQ(terminal.ends(), 0);
}

TEST_F(Top, ATerminalThatBecomesNarrowIsKeptTo) {
  PseudoTerminal terminal(command());
  ASSERT_TRUE(terminal.shows("IN FLIGHT")) << "a column of wide terminals";
  terminal.resize(60, 12);
  ASSERT_TRUE(terminal.shows("WAITING  OLDEST  BREAKERS")) << "that column is gone";
}

TEST_F(Top, AServerThatGoesIsToldOfAndOneThatComesBackIsShown) {
  PseudoTerminal terminal(command());
  ASSERT_TRUE(terminal.shows("running 1 "));
  const int port = server_->port();
  server_.reset();
  ASSERT_TRUE(terminal.shows("server away: cannot reach the server"));
  EXPECT_TRUE(terminal.shows("running 1 ")) << "the last frame stays";
  server_.emplace(port).answer("/v1/overview", overview(42));
  EXPECT_TRUE(terminal.shows("running 42 "));
}

TEST_F(Top, WhatTheServerRefusesForGoodEndsIt) {
  server_.emplace();
  PseudoTerminal terminal(command());
  EXPECT_EQ(terminal.ends(), 3);
  EXPECT_THAT(terminal.shown(), HasSubstr("no /v1/overview"));
}

TEST_F(Top, AServerThatDoesNotAnswerHoldsNobodyUp) {
  const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(silent, 8), 0);
  ASSERT_EQ(::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  PseudoTerminal terminal({SKALD_BINARY, "--server", url, "--timeout", "3000", "top"});
  ASSERT_TRUE(terminal.shows("skald top"));
  const auto begun = std::chrono::steady_clock::now();
  terminal.type("q");
  EXPECT_EQ(terminal.ends(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(4))
      << "shorter than its patience with servers";
  EXPECT_THAT(terminal.shown(), EndsWith(kGivenBack));
  ::close(silent);
}

TEST_F(Top, JsonLinesAreOneATickUntilItIsInterrupted) {
  PseudoTerminal terminal(command({"-o", "jsonl"}));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(terminal.shows("\"running\":1"));
  terminal.signal(SIGINT);
  EXPECT_EQ(terminal.ends(), 130);
}

TEST_F(Commands, TopShowsAFrameOfARealEngine) {
  skald("submit t/waits --id top1");
  const Ran text = skald("top --once");
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("rates    started "));
  EXPECT_THAT(text.out, ::testing::Not(HasSubstr("started -"))) << "from two looks";
  EXPECT_THAT(text.out, HasSubstr("nobody.serves  nobody"));
  EXPECT_EQ(text.out.find('\033'), std::string::npos) << "no terminal, no colour";
  EXPECT_GE(Value::parse(skald("top -o json").out)["sagas"]["running"], 1);
  EXPECT_EQ(skald("top -o jsonl --once").exit_code, 0);
  EXPECT_EQ(skald("top -o ids").exit_code, 2);
  EXPECT_EQ(skald("top --once", "http://127.0.0.1:1").exit_code, 4);
  EXPECT_EQ(skald("top --interval 0").exit_code, 2);
}

}  // namespace
}  // namespace skald::cli
