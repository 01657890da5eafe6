// The Tab key in real shells, with the scripts that `skald completion` prints.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/process.h"
#include "tests/cli/pseudo_terminal.h"
#include "tests/cli/stand_in_server.h"

namespace skald::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Shells : public ::testing::Test {
 protected:
  Shells() {
    std::string folder = std::filesystem::temp_directory_path() / "skald-shells-XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    std::filesystem::create_directory(folder_ + "/data folder");
    std::filesystem::create_directory(folder_ + "/flows");
    std::ofstream(folder_ + "/flow.yaml") << "\n";
    server_.answer("/v1/workflows", Value::parse(R"({"items":[{"workflow":"store/checkout","version":"1.0.0"},
        {"workflow":"store/checkout","version":"1.0.1"},{"workflow":"travel/trip","version":"1.0.0"}]})"));
    server_.answer("/v1/sagas",
                   Value::parse(R"({"items":[{"id":"order:2","status":"running","workflow":"store/checkout"},
        {"id":"order:1","status":"running","workflow":"store/checkout"}]})"));
    ::setenv("SKALD_SERVER", server_.url().c_str(), 1);
  }
  ~Shells() override {
    ::unsetenv("SKALD_SERVER");
    std::filesystem::remove_all(folder_);
  }

  static bool is_here(const std::string& shell) { return !find_program(shell).empty(); }

  // The lines that a shell prints for this script.
  std::vector<std::string> lines_of(const std::string& shell, const std::string& script) {
    std::ofstream(folder_ + "/script") << script;
    const std::string path = std::filesystem::path(SKALD_BINARY).parent_path();
    const std::string command =
        "cd '" + folder_ + "' && HOME='" + folder_ + "' PATH=" + path + ":$PATH " + shell + " script 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::vector<std::string> lines;
    std::string text;
    std::array<char, 4'096> buffer{};
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), size);
    EXPECT_EQ(::pclose(pipe), 0) << text;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    std::filesystem::remove(folder_ + "/script");
    return lines;
  }

  // What bash would put in place of the last word of its own splitting.
  std::vector<std::string> bash(const std::string& line, const std::string& words) {
    return lines_of("bash --norc", "source <(skald completion bash)\nCOMP_WORDS=(" + words +
                                       ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\nCOMP_LINE='" + line +
                                       "'\nCOMP_POINT=${#COMP_LINE}\n_skald\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
  }
  std::vector<std::string> fish(const std::string& line) {
    return lines_of("fish --no-config", "skald completion fish | source\ncomplete -C '" + line + "'\n");
  }

  std::string folder_;
  StandInServer server_;
};

TEST_F(Shells, BashCompletesCommandsOptionsAndValues) {
  EXPECT_THAT(bash("skald hi", "skald hi"), ElementsAre("history"));
  EXPECT_THAT(bash("skald list --st", "skald list --st"), ElementsAre("--status"));
  EXPECT_THAT(bash("skald list -o js", "skald list -o js"), ElementsAre("json", "jsonl"));
}

TEST_F(Shells, BashPutsInOnlyWhatStandsBehindItsOwnWordBreaks) {
  EXPECT_THAT(bash("skald list --status=st", "skald list --status = st"), ElementsAre("stuck"));
  EXPECT_THAT(bash("skald list --status=", "skald list --status ="), ::testing::Contains("running"));
  EXPECT_THAT(bash("skald show order:", "skald show order :"), ElementsAre("2", "1"));
  EXPECT_THAT(bash("skald submit store/checkout@", "skald submit store/checkout @"), ElementsAre("1.0.0", "1.0.1"));
  EXPECT_THAT(bash("skald submit st", "skald submit st"), ElementsAre("store/checkout"));
}

TEST_F(Shells, BashCompletesTheLastValueOfAList) {
  EXPECT_THAT(bash("skald list --status running,st", "skald list --status running,st"), ElementsAre("running,stuck"));
  EXPECT_THAT(bash("skald list --status=running,st", "skald list --status = running,st"), ElementsAre("running,stuck"));
  EXPECT_THAT(bash("skald list --workflow travel/trip,", "skald list --workflow travel/trip,"),
              ElementsAre("travel/trip,store/checkout"));
}

TEST_F(Shells, BashCompletesFilesAndFolders) {
  EXPECT_THAT(bash("skald check fl", "skald check fl"), ::testing::UnorderedElementsAre("flow.yaml", "flows"));
  EXPECT_THAT(bash("skald history x --data da", "skald history x --data da"), ElementsAre("data folder"));
  EXPECT_THAT(bash("skald history x --data=fl", "skald history x --data = fl"), ElementsAre("flows"));
  EXPECT_THAT(bash("skald submit a --input @flow.", "skald submit a --input @ flow."), ElementsAre("flow.yaml"));
}

TEST_F(Shells, ATabInBashCompletesTheLine) {
  const std::string path = std::filesystem::path(SKALD_BINARY).parent_path();
  PseudoTerminal terminal({"bash", "--norc", "-i"}, {"PS1=$ ", "PATH=" + path + ":" + std::getenv("PATH")});
  terminal.type("source <(skald completion bash)\n");
  terminal.type("echo ready$((1+1))\n");
  ASSERT_TRUE(terminal.shows("ready2"));
  terminal.type("skald hist\t");
  EXPECT_TRUE(terminal.shows("skald history ")) << terminal.shown();
  terminal.type("order:2 --rev\t");
  EXPECT_TRUE(terminal.shows("order:2 --reverse ")) << terminal.shown();
  terminal.type("\x15skald show ord\t");
  EXPECT_TRUE(terminal.shows("skald show order:")) << terminal.shown();
}

TEST_F(Shells, ATabInZshCompletesTheLine) {
  if (!is_here("zsh")) GTEST_SKIP() << "no zsh";
  const std::string path = std::filesystem::path(SKALD_BINARY).parent_path();
  PseudoTerminal terminal({"zsh", "-f", "-i"}, {"PS1=$ ", "PATH=" + path + ":" + std::getenv("PATH")});
  terminal.type("cd '" + folder_ + "'; autoload -Uz compinit; compinit -u -D\n");
  terminal.type("source <(skald completion zsh)\n");
  terminal.type("echo ready$((1+1))\n");
  ASSERT_TRUE(terminal.shows("ready2")) << terminal.shown();
  terminal.type("skald hist\t");
  EXPECT_TRUE(terminal.shows("history ")) << terminal.shown();
  terminal.type("\x15skald list --status=stu\tZ");
  EXPECT_TRUE(terminal.shows("ck")) << terminal.shown();
  terminal.type("\x15skald list --status running,stu\tZ");
  EXPECT_TRUE(terminal.shows("ck")) << terminal.shown();
  terminal.type("\x15skald show order:\t");
  EXPECT_TRUE(terminal.shows("order:2")) << terminal.shown();
  EXPECT_TRUE(terminal.shows("running store/checkout")) << "what it is stands beside it; " << terminal.shown();
  terminal.type("\x15skald check flow.\t");
  EXPECT_TRUE(terminal.shows("yaml")) << terminal.shown();
}

TEST_F(Shells, FishOffersWordsWithWhatTheyAre) {
  if (!is_here("fish")) GTEST_SKIP() << "no fish";
  EXPECT_THAT(fish("skald hist"), ElementsAre("history\teverything that happened to a saga"));
  EXPECT_THAT(fish("skald list --status=st"), ElementsAre("--status=stuck"));
  EXPECT_THAT(fish("skald list --status running,st"), ElementsAre("running,stuck"));
  EXPECT_THAT(fish("skald list --status=running,st"), ElementsAre("--status=running,stuck"));
  EXPECT_THAT(fish("skald show "), ElementsAre("order:2\trunning store/checkout", "order:1\trunning store/checkout"));
  EXPECT_THAT(fish("skald submit travel/trip@"), ElementsAre("travel/trip@1.0.0"));
}

TEST_F(Shells, FishCompletesFilesAndFolders) {
  if (!is_here("fish")) GTEST_SKIP() << "no fish";
  EXPECT_THAT(fish("skald check flow."), ElementsAre(HasSubstr("flow.yaml")));
  EXPECT_THAT(fish("skald history x --data fl"), ElementsAre(HasSubstr("flows/")));
  EXPECT_THAT(fish("skald history x --data=fl"), ElementsAre(HasSubstr("--data=flows/")));
  EXPECT_THAT(fish("skald submit a --input @flow."), ElementsAre(HasSubstr("@flow.yaml")));
}

TEST_F(Shells, AServerThatIsAwayOffersNothingAndSaysNothing) {
  ::setenv("SKALD_SERVER", "http://127.0.0.1:1", 1);
  EXPECT_THAT(bash("skald show ", "skald show ''"), ElementsAre("")) << "one empty line: no candidate";
  if (is_here("fish")) {
    EXPECT_THAT(fish("skald show "), IsEmpty());
  }
}

TEST_F(Shells, TheScriptsAreFreeOfSyntaxErrors) {
  EXPECT_THAT(lines_of("bash", "skald completion bash | bash -n\n"), IsEmpty());
  if (is_here("zsh")) {
    EXPECT_THAT(lines_of("bash", "skald completion zsh | zsh -n\n"), IsEmpty());
  }
  if (is_here("fish")) {
    EXPECT_THAT(lines_of("bash", "skald completion fish | fish -n\n"), IsEmpty());
  }
}

}  // namespace
}  // namespace skald::cli
