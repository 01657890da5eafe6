// How far a long command has come, on a terminal and elsewhere.

#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/commands_fixture.h"
#include "tests/cli/pseudo_terminal.h"

namespace skald::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ProgressLine, HasTheRateAndHowLongItTakesYet) {
  EXPECT_EQ(progress_line("verifying", 400, 1'000, 5, 80),
            "verifying [############                  ] 400/1000 80/s, 7.0s left");
  EXPECT_EQ(progress_line("verifying", 1'000, 1'000, 10, 80),
            "verifying [##############################] 1000/1000 100/s");
}

TEST(ProgressLine, GuessesNothingBeforeThereIsSomethingToGuessFrom) {
  EXPECT_THAT(progress_line("export", 0, 1'000, 10, 80), Not(HasSubstr("left")));
  EXPECT_THAT(progress_line("export", 5, 1'000, 0.1, 80), Not(HasSubstr("left")));
}

TEST(ProgressLine, FitsTheTerminal) {
  for (std::size_t columns = 1; columns < 100; ++columns) {
    EXPECT_LE(progress_line("verifying", 400, 1'000, 5, columns).size(), columns);
  }
  EXPECT_EQ(progress_line("verifying", 400, 1'000, 5, 36), "verifying 400/1000 80/s, 7.0s left")
      << "the bar goes first";
}

TEST_F(Commands, LongWorkShowsHowFarItIsOnATerminalOnly) {
  std::ofstream file(data_ + "/many.jsonl");
  for (int i = 0; i < 12; ++i) file << "{}\n";
  file.close();
  const std::vector<std::string> start{SKALD_BINARY, "--server", server_,      "submit",
                                       "t/waits",    "--label",  "of=progress"};
  std::vector<std::string> batch = start;
  batch.insert(batch.end(), {"--batch", data_ + "/many.jsonl"});
  PseudoTerminal submitting(batch);
  EXPECT_TRUE(submitting.shows("submitting [")) << submitting.shown();
  EXPECT_TRUE(submitting.shows("12/12"));
  EXPECT_EQ(submitting.ends(), 0);
  EXPECT_THAT(submitting.shown(), HasSubstr("\r\033[K12 started, ")) << "the bar makes room for the summary";

  const std::vector<std::string> all{"--label", "of=progress", "--yes", "--reason", "a test"};
  const auto verb = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {SKALD_BINARY, "--server", server_});
    words.insert(words.end(), all.begin(), all.end());
    return words;
  };
  PseudoTerminal suspending(verb({"suspend"}));
  EXPECT_TRUE(suspending.shows("suspend ["));
  EXPECT_TRUE(suspending.shows("12/12"));
  EXPECT_EQ(suspending.ends(), 0);
  EXPECT_THAT(suspending.shown(), HasSubstr("\r\033[Ksuspend: 12 done"));
  PseudoTerminal plainly(verb({"--color", "never", "resume"}));
  EXPECT_EQ(plainly.ends(), 0);
  EXPECT_THAT(plainly.shown(), HasSubstr("resume: 12 done"));
  EXPECT_THAT(plainly.shown(), Not(HasSubstr("12/12")));
  const Ran piped = skald("cancel --label of=progress --yes --reason 'a test'");
  EXPECT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_EQ(piped.err, "cancel: 12 done\n");
}

}  // namespace
}  // namespace skald::cli
