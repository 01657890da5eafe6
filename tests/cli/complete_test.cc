// What may stand next on a command line.

#include "cli/complete.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/arrange.h"
#include "cli/tree.h"
#include "engine/inspect/list_query.h"
#include "tests/cli/command_line.h"

namespace skald::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::Not;

class Complete : public ::testing::Test {
 protected:
  // The words that may stand at the end of this line.
  std::vector<std::string> words(const std::string& line) {
    std::vector<std::string> found;
    for (const Candidate& each : all(line).words) found.push_back(each.word);
    return found;
  }
  Candidates all(const std::string& line) {
    asked_.clear();
    std::vector<std::string> split = split_line("skald " + line);
    split.erase(split.begin());
    return complete(line_.app, split, [this](const Asked& whom, const std::string& path) -> Result<Value> {
      whom_ = whom;
      asked_.push_back(path);
      const auto answer = answers_.find(path);
      if (answer != answers_.end()) return Value::parse(answer->second);
      return fail(ErrorKind::kUnreachable, "unreachable", "nobody is there");
    });
  }

  CommandLine line_;
  std::map<std::string, std::string> answers_;
  std::vector<std::string> asked_;
  Asked whom_;
};

TEST_F(Complete, EveryCommandAndEveryOptionOfEachIsOffered) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(line_.app)) names.push_back(command->get_name());
  EXPECT_EQ(words(""), names);
  for (const CLI::App* command : commands_of(line_.app)) {
    const std::vector<std::string> offered = words(command->get_name() + " --");
    for (const CLI::Option* option : options_of(*command)) {
      for (const std::string& name : option->get_lnames()) EXPECT_THAT(offered, Contains("--" + name));
    }
    EXPECT_THAT(offered, Contains("--server"));
    EXPECT_THAT(offered, Not(Contains("--version")));
  }
}

TEST_F(Complete, ACommandStandsBehindGlobalOptions) {
  EXPECT_THAT(words("-o json --server http://h:1 hist"), ElementsAre("history"));
  EXPECT_THAT(words("--server=http://h:1 hist"), ElementsAre("history"));
}

TEST_F(Complete, EnumeratedValuesAreOfferedHoweverTheOptionIsSpelled) {
  EXPECT_THAT(words("list -o "), ElementsAre("text", "json", "jsonl", "ids"));
  EXPECT_THAT(words("list -o js"), ElementsAre("json", "jsonl"));
  EXPECT_THAT(words("list -ojs"), ElementsAre("-ojson", "-ojsonl"));
  EXPECT_THAT(words("list --output-format=js"), ElementsAre("--output-format=json", "--output-format=jsonl"));
  EXPECT_THAT(words("list --status "), ElementsAreArray(inspect::saga_statuses()));
  EXPECT_THAT(words("list --status=st"), ElementsAre("--status=stuck"));
  EXPECT_THAT(words("completion "), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(words("completion bash "), IsEmpty());
}

TEST_F(Complete, OfAListTheLastValueIsCompleted) {
  EXPECT_THAT(words("list --status running,st"), ElementsAre("running,stuck"));
  EXPECT_THAT(words("list --status=running,stuck,comp"),
              ElementsAre("--status=running,stuck,compensating", "--status=running,stuck,completed",
                          "--status=running,stuck,compensated"));
  EXPECT_THAT(words("list --status stuck,st"), IsEmpty()) << "not twice";
  EXPECT_THAT(words("list --label a,b"), IsEmpty());
  answers_["/v1/workflows"] = R"({"items":[{"workflow":"t/a"},{"workflow":"t/b"}]})";
  EXPECT_THAT(words("cancel --workflow t/b,"), ElementsAre("t/b,t/a"));
  EXPECT_THAT(words("-o text,"), IsEmpty()) << "takes one value";
}

TEST_F(Complete, AnOptionThatWasGivenIsNotOfferedAgainUnlessItRepeats) {
  EXPECT_THAT(words("list --count --cou"), IsEmpty());
  EXPECT_THAT(words("list --label a=b --lab"), ElementsAre("--label"));
}

TEST_F(Complete, BehindTwoDashesNothingIsAnOption) { EXPECT_THAT(words("check -- --st"), IsEmpty()); }

TEST_F(Complete, FilesAndFoldersAreTheShellsToName) {
  EXPECT_EQ(all("check ").files, Candidates::Files::kFiles);
  EXPECT_EQ(all("check a.yaml b").files, Candidates::Files::kFiles) << "of several, each";
  EXPECT_EQ(all("history o1 --data ").files, Candidates::Files::kFolders);
  EXPECT_EQ(all("history o1 --data=./x").before, "--data=");
  EXPECT_EQ(all("submit a/b --input ").files, Candidates::Files::kNone) << "it may be JSON as well";
  EXPECT_EQ(all("submit a/b --input @in").before, "@");
  EXPECT_EQ(all("submit a/b --input=@in").before, "--input=@");
  EXPECT_EQ(all("show ").files, Candidates::Files::kNone);
}

TEST_F(Complete, WorkflowsComeFromTheServerWithTheirVersionsOnceTheyAreAskedFor) {
  answers_["/v1/workflows"] =
      R"({"items":[{"workflow":"t/b","version":"1.0.0"},{"workflow":"t/b","version":"1.1.0"},{"workflow":"t/a","version":"1.0.0"}]})";
  EXPECT_THAT(words("submit "), ElementsAre("t/a", "t/b"));
  EXPECT_THAT(words("submit t/b@"), ElementsAre("t/b@1.0.0", "t/b@1.1.0"));
  EXPECT_THAT(words("list --workflow t/"), ElementsAre("t/a", "t/b"));
  EXPECT_THAT(words("workflows t/a"), ElementsAre("t/a"));
  EXPECT_THAT(words("submit t/a t"), IsEmpty()) << "it takes one";
}

TEST_F(Complete, IdsAreTheNewestAndForAVerbThoseThatItCanActOn) {
  answers_["/v1/sagas?limit=200"] =
      R"({"items":[{"id":"new","status":"running","workflow":"t/a"},{"id":"old","status":"completed","workflow":"t/a"}]})";
  answers_["/v1/sagas?limit=200&status=stuck"] = R"({"items":[{"id":"bad","status":"stuck","workflow":"t/a"}]})";
  EXPECT_THAT(words("show "), ElementsAre("new", "old"));
  EXPECT_EQ(all("show ").words.at(0).what, "running t/a");
  EXPECT_THAT(words("show new "), ElementsAre("old")) << "not twice";
  EXPECT_THAT(words("retry "), ElementsAre("bad"));
  EXPECT_THAT(words("resolve "), ElementsAre("bad"));
}

TEST_F(Complete, WhatWasTypedOfAnIdIsAskedForSoThatNoSagaIsTooOldToBeFound) {
  answers_["/v1/sagas?limit=200&id=old"] =
      R"({"items":[{"id":"old-1","run":"01a2173a-dc1c-7003-8deb-4fad0c16923a","status":"completed","workflow":"t/a"}],"next_cursor":null})";
  answers_["/v1/sagas?limit=200&status=stuck&id=a%26b"] = R"({"items":[{"id":"a&b","status":"stuck"}]})";
  EXPECT_THAT(words("show old"), ElementsAre("old-1"));
  EXPECT_THAT(words("retry a\\&b"), ElementsAre("a&b"));
  answers_["/v1/sagas?limit=200&id=01a2173a-d"] = answers_["/v1/sagas?limit=200&id=old"];
  EXPECT_THAT(words("show 01a2173a-d"), ElementsAre("01a2173a-dc1c-7003-8deb-4fad0c16923a")) << "by its run as well";
}

TEST_F(Complete, APageThatEndedForWantOfTimeIsGoneOnFrom) {
  answers_["/v1/sagas?limit=200&status=stuck&id=o"] = R"({"items":[],"next_cursor":"c1"})";
  answers_["/v1/sagas?limit=200&status=stuck&id=o&cursor=c1"] = R"({"items":[{"id":"o1"}],"next_cursor":"c1"})";
  EXPECT_THAT(words("retry o"), Contains("o1"));
  EXPECT_EQ(asked_.size(), 5U) << "but not for ever";
}

TEST_F(Complete, StepsAreThoseThatTheNamedSagaWaitsFor) {
  answers_["/v1/sagas/o1"] = R"({"id":"o1","pending":[{"step":"/do/4/charge","task":"payments.charge"}]})";
  EXPECT_THAT(words("retry o1 --step "), ElementsAre("/do/4/charge"));
  EXPECT_THAT(words("retry --step "), IsEmpty());
}

TEST_F(Complete, TheServerIsTheOneThatTheLineNames) {
  all("--server http://h:1 --token=secret show ");
  EXPECT_EQ(whom_.server, "http://h:1");
  EXPECT_EQ(whom_.token, "secret");
}

TEST_F(Complete, AServerThatIsAwayIsAskedOnceAndNothingIsOffered) {
  EXPECT_THAT(words("cancel "), IsEmpty());
  EXPECT_EQ(asked_.size(), 1U) << "the other statuses would wait as long";
  EXPECT_THAT(words("submit "), IsEmpty());
}

TEST_F(Complete, TopicsAndCommandsCanBeHelpedWith) {
  EXPECT_THAT(words("help sa"), ElementsAre("sagas"));
  EXPECT_THAT(words("help his"), ElementsAre("history"));
  EXPECT_THAT(words("help cance"), ElementsAre("cancel")) << "once, although it is both";
}

TEST_F(Complete, NonsenseIsAnsweredWithNothing) {
  EXPECT_THAT(words("nonsense --x y z"), IsEmpty());
  EXPECT_THAT(words("list --nonsense "), Not(Contains("nonsense")));
  EXPECT_THAT(complete(line_.app, {}, nullptr).words, Not(IsEmpty()));
}

TEST(SplitLine, TakesQuotesAwayAsAShellDoes) {
  EXPECT_THAT(split_line("skald show a"), ElementsAre("skald", "show", "a"));
  EXPECT_THAT(split_line("skald  show "), ElementsAre("skald", "show", ""));
  EXPECT_THAT(split_line(R"(skald --reason 'it is "so"' a\ b "c\"d")"),
              ElementsAre("skald", "--reason", "it is \"so\"", "a b", "c\"d"));
  EXPECT_THAT(split_line("skald '' x"), ElementsAre("skald", "", "x"));
  EXPECT_THAT(split_line("skald 'open qu"), ElementsAre("skald", "open qu"));
  EXPECT_THAT(split_line(""), ElementsAre(""));
}

TEST(CandidatesText, IsALineEachWhateverIsInIt) {
  Candidates found;
  found.words = {{"a", "one\ntwo\tthree"}};
  found.files = Candidates::Files::kFolders;
  found.before = "--data=";
  EXPECT_EQ(candidates_text(found), "word\ta\tone two three\nfolders\t--data=\n");
}

}  // namespace
}  // namespace skald::cli
