// What `skald help` tells, and what is said of a line that cannot be read.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <sstream>

#include "cli/arrange.h"
#include "cli/nearest.h"
#include "cli/topics.h"
#include "cli/tree.h"
#include "cli/usage.h"
#include "tests/cli/command_line.h"

namespace skald::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What stands in backticks, and what is indented as code, line by line, without comments.
std::vector<std::string> code_of(const Topic& topic) {
  std::vector<std::string> code;
  std::istringstream lines(topic.text);
  std::string text;
  bool goes_on = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("    ", 0) != 0) {
      text += line + " ";
      goes_on = false;
      continue;
    }
    line = line.substr(0, line.find(" #"));
    (goes_on && !code.empty()) ? void(code.back() += line) : code.push_back(line);
    goes_on = line.back() == '\\';
  }
  static const std::regex kSpan("`([^`]+)`");
  for (std::sregex_iterator at(text.begin(), text.end(), kSpan), end; at != end; ++at) code.push_back((*at)[1]);
  return code;
}

// The words of each call of skald in a line: `skald list -o ids | skald show -` has two.
std::vector<std::vector<std::string>> calls_of(const std::string& code) {
  static const std::regex kQuoted("'[^']*'|\"[^\"]*\"");
  std::istringstream words(std::regex_replace(code, kQuoted, "QUOTED"));
  std::vector<std::vector<std::string>> calls;
  bool inside = false;
  for (std::string word; words >> word;) {
    if (word == "skald" || word == "<(skald") {
      calls.emplace_back();
      inside = true;
    } else if (word == "|" || word == ">" || word == "||") {
      inside = false;
    } else if (inside) {
      calls.back().push_back(word);
    }
  }
  return calls;
}

// Why a call cannot be made; empty: it can.
std::string wrong_with(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* command = &app;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = words[i].substr(0, words[i].find_first_of(")=,."));
    if (word.size() > 1 && word[0] == '-') {
      const CLI::Option* option = option_named(*command, word);
      if (option == nullptr) return "no option " + word;
      if (takes_value(*option)) ++i;
    } else if (command == &app) {
      command = command_named(app, word);
      if (command == nullptr) return "no command " + word;
    } else if (positionals_of(*command).empty()) {
      return command->get_name() + " takes no " + word;
    } else if (command->get_name() == "help") {
      if (topic_named(word) == nullptr && command_named(app, word) == nullptr && word != "TOPIC") {
        return "no topic " + word;
      }
    }
  }
  return "";
}

TEST(Topics, EveryCommandAndOptionInThemExists) {
  const CommandLine line;
  std::size_t calls = 0;
  for (const Topic& topic : topics()) {
    for (const std::string& code : code_of(topic)) {
      for (const auto& call : calls_of(code)) {
        ++calls;
        EXPECT_EQ(wrong_with(line.app, call), "") << topic.name << ": " << code;
      }
      if (code.rfind("--", 0) != 0) continue;
      const std::string name = code.substr(0, code.find_first_of(" ="));
      const auto commands = commands_of(line.app);
      EXPECT_TRUE(std::any_of(commands.begin(), commands.end(),
                              [&](const CLI::App* command) { return option_named(*command, name) != nullptr; }))
          << topic.name << ": no command has " << name;
    }
  }
  EXPECT_GT(calls, 100U) << "the texts are full of them";
}

TEST(Topics, TheCheckSeesWhatIsWrong) {
  const CommandLine line;
  EXPECT_EQ(wrong_with(line.app, calls_of("skald list --statsu stuck").at(0)), "no option --statsu");
  EXPECT_EQ(wrong_with(line.app, calls_of("skald list -o ids | skald shwo -").at(1)), "no command shwo");
  EXPECT_EQ(wrong_with(line.app, calls_of("skald help stuk").at(0)), "no topic stuk");
  EXPECT_EQ(wrong_with(line.app, calls_of("source <(skald workers bash)").at(0)), "workers takes no bash");
}

TEST(Topics, EachFitsAScreen) {
  for (const Topic& topic : topics()) {
    std::istringstream lines(topic.text);
    std::size_t count = 2;
    for (std::string line; std::getline(lines, line); ++count)
      EXPECT_LE(line.size(), 80U) << topic.name << ": " << line;
    EXPECT_LE(count, 36U) << topic.name;
    EXPECT_GE(count, 10U) << topic.name;
  }
}

TEST(Topics, EveryFileIsOne) {
  std::vector<std::string> files, names;
  for (const auto& entry : std::filesystem::directory_iterator(SKALD_SOURCE_DIR "/cli/topics")) {
    files.push_back(entry.path().stem());
  }
  for (const Topic& topic : topics()) names.push_back(topic.name);
  EXPECT_THAT(names, ::testing::UnorderedElementsAreArray(files));
}

TEST(Topics, CodeStandsOutInColour) {
  const Topic topic{"a", "b", "say `skald list` twice: `skald list`.\n"};
  EXPECT_EQ(topic_text(topic, Style(false)), "a: b\n\nsay `skald list` twice: `skald list`.\n");
  EXPECT_EQ(topic_text(topic, Style(true)),
            "\033[1ma: b\033[0m\n\nsay \033[1mskald list\033[0m twice: \033[1mskald list\033[0m.\n");
}

TEST(Tree, EveryCommandHasItsGroup) {
  const CommandLine line;
  std::vector<std::string> shown;
  for (const Group& group : groups_of(line.app)) shown.push_back(group.name);
  std::vector<std::string> expected;
  for (const std::string& name : group_names()) {
    if (std::find(shown.begin(), shown.end(), name) != shown.end()) expected.push_back(name);
  }
  EXPECT_EQ(shown, expected) << "cli/arrange.cc names every command, and its groups are shown in order";
}

TEST(Tree, EveryValueSaysWhatItIs) {
  const CommandLine line;
  std::vector<const CLI::App*> all = commands_of(line.app);
  all.push_back(&line.app);
  for (const CLI::App* command : all) {
    std::vector<const CLI::Option*> options = options_of(*command);
    for (const CLI::Option* option : positionals_of(*command)) options.push_back(option);
    for (const CLI::Option* option : options) {
      if (!takes_value(*option) || !choices_of(*option).empty()) continue;
      if (option->check_lname("reason")) continue;  // any text
      EXPECT_THAT(kind_of(*option), ::testing::Not(::testing::AnyOf("INT", "UINT", "FLOAT", "TEXT", "")))
          << command->get_name() << " " << option->get_name() << ": cli/arrange.cc says what it is";
    }
  }
}

TEST(Tree, ReadsChoicesAndRangesFromTheirChecks) {
  const CommandLine line;
  EXPECT_THAT(choices_of(*option_named(line.app, "-o")), ElementsAre("text", "json", "jsonl", "ids"));
  EXPECT_EQ(value_text(*option_named(*command_named(line.app, "server"), "--threads")), "N in [1 - 256]");
  EXPECT_EQ(value_text(*option_named(*command_named(line.app, "list"), "--count")), "");
  EXPECT_EQ(option_named(*command_named(line.app, "list"), "--server"), option_named(line.app, "--server"))
      << "what all commands take, each takes";
}

TEST(Nearest, IsASlipAway) {
  EXPECT_THAT(nearest("lst", {"list", "show", "state"}), ElementsAre("list"));
  EXPECT_THAT(nearest("hsitory", {"history", "show"}), ElementsAre("history")) << "two letters swapped are one slip";
  EXPECT_THAT(nearest("comp", {"completed", "compensated", "failed"}), ElementsAre("completed", "compensated"));
  EXPECT_THAT(nearest("xyzzy", {"list", "show"}), IsEmpty());
  EXPECT_THAT(nearest(std::string(1'000, 'x'), {"list"}), IsEmpty());
  EXPECT_EQ(distance("", "abc"), 3U);
}

std::string said_of(std::vector<std::string> words) {
  CommandLine line;
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    line.app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return usage_error(line.app, error, words);
  }
  return "it was read";
}

TEST(Usage, NamesTheNearestCommandOptionAndValue) {
  EXPECT_THAT(said_of({"lst"}), HasSubstr("there is no command 'lst'; did you mean 'list'?"));
  EXPECT_THAT(said_of({"-o", "json", "hsitory", "a"}), HasSubstr("'hsitory'; did you mean 'history'?"));
  EXPECT_THAT(said_of({"show", "a", "--timout", "3"}), HasSubstr("no option --timout; did you mean '--timeout'?"));
  EXPECT_THAT(said_of({"show", "a", "--timout=3"}), HasSubstr("no option --timout; did you mean '--timeout'?"));
  EXPECT_THAT(said_of({"workers", "-ojsn"}), HasSubstr("jsn not in {text,json,jsonl,ids}; did you mean 'json'?"));
  EXPECT_THAT(said_of({"xyzzy"}), HasSubstr("there is no command 'xyzzy'\n"));
}

TEST(Usage, SaysWhatElseIsWrongAsTheParserDoes) {
  EXPECT_THAT(said_of({}), HasSubstr("which command?"));
  EXPECT_THAT(said_of({"show"}), HasSubstr("ID is required"));
  EXPECT_THAT(said_of({"server", "--threads", "0"}), HasSubstr("--threads: Value 0 not in range 1 to 256"));
  EXPECT_THAT(said_of({"server", "--threads", "0"}), HasSubstr("skald server --help"));
  EXPECT_THAT(said_of({"list", "--since", "yesterday"}), HasSubstr("--since: 'yesterday' is neither a time"));
  EXPECT_THAT(said_of({"history", "a", "--until", ""}), HasSubstr("--until: it is empty"));
  for (const char* none : {"0", "-1", "soon", "nan", "1e300", "2x", "inf", "0.0001"}) {
    EXPECT_THAT(said_of({"list", "--timeout", none}), HasSubstr(std::string(none) + "' is no time to wait"));
  }
  EXPECT_EQ(said_of({"list", "--timeout", "0.5", "--since", "2h"}), "it was read");
}

}  // namespace
}  // namespace skald::cli
