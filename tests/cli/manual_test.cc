// The manual page: whole, and free of what the formatters complain about.

#include "cli/manual.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "cli/process.h"
#include "cli/topics.h"
#include "cli/tree.h"
#include "tests/cli/command_line.h"

namespace skald::cli {
namespace {

using ::testing::HasSubstr;

// What a formatter says of the page on either output.
std::string said_by(const std::string& command) {
  FILE* pipe = ::popen((std::string(SKALD_BINARY) + " help --man | " + command + " 2>&1").c_str(), "r");
  std::string text;
  std::array<char, 4'096> buffer{};
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), size);
  ::pclose(pipe);
  return text;
}

TEST(Manual, HasEveryCommandOptionAndTopic) {
  const CommandLine line;
  const std::string page = manual(line.app);
  for (const CLI::App* command : commands_of(line.app)) {
    EXPECT_THAT(page, HasSubstr("\n.SS skald " + command->get_name()));
    for (const CLI::Option* option : options_of(*command)) {
      if (option->check_lname("help")) continue;
      EXPECT_THAT(page, HasSubstr("\\fB" + roff(names_of(*option).back()) + "\\fR"));
    }
  }
  for (const Topic& topic : topics()) EXPECT_THAT(page, HasSubstr("\n.SS " + roff(topic.name) + ": "));
}

TEST(Manual, NothingOfTheTextIsTakenForARequest) {
  EXPECT_EQ(roff(".x 'y' a-b \\n\n'z"), "\\&.x \\(aqy\\(aq a\\-b \\en\n\\&\\(aqz");
}

TEST(Manual, GroffHasNothingToComplainAbout) {
  if (find_program("groff").empty()) GTEST_SKIP() << "no groff";
  EXPECT_EQ(said_by("groff -man -Tutf8 -ww -b -z"), "");
}

TEST(Manual, MandocHasNothingToComplainAbout) {
  if (find_program("mandoc").empty()) GTEST_SKIP() << "no mandoc";
  EXPECT_EQ(said_by("mandoc -man -T lint -W warning"), "");
}

TEST(Manual, ShowsCommandsAsTheyAreTyped) {
  if (find_program("mandoc").empty()) GTEST_SKIP() << "no mandoc";
  const std::string page = said_by("mandoc -man -T ascii | sed 's/.\\x08//g'");
  EXPECT_THAT(page, HasSubstr("skald submit travel/trip --id trip-1 --input '{\"city\":\"Bergen\"}'"));
  EXPECT_THAT(page, HasSubstr("--status STATUS"));
}

}  // namespace
}  // namespace skald::cli
