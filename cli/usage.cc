#include "cli/usage.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/nearest.h"
#include "cli/tree.h"

namespace skald::cli {
namespace {

struct Read {
  const CLI::App* command = nullptr;
  std::string unknown;             // the first word that is no command, option or value
  std::string value;               // the first value that is not one of those that are enumerated
  std::vector<std::string> names;  // those that could have stood there
};

std::vector<std::string> all_option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : options_of(*app)) {
      for (const std::string& name : names_of(*option)) names.push_back(name);
    }
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(app)) names.push_back(command->get_name());
  return names;
}

// Looks for the first word that cannot stand where it does.
Read read(const CLI::App& app, const std::vector<std::string>& words) {
  Read read;
  read.command = &app;
  for (std::size_t i = 0; i < words.size() && read.names.empty(); ++i) {
    const std::string& word = words[i];
    if (word == "--") break;
    if (word.size() > 1 && word[0] == '-') {
      const std::size_t equals = word.find('=');
      const std::string name = word.substr(0, word.rfind("--", 0) == 0 ? equals : 2);
      const CLI::Option* option = option_named(*read.command, name);
      if (option == nullptr) {
        read.unknown = name;
        read.names = all_option_names(*read.command);
      } else if (takes_value(*option)) {
        const bool within = name.size() < word.size();
        const std::string value = within ? word.substr(name.size() + (equals == name.size() ? 1 : 0))
                                         : (i + 1 < words.size() ? words[++i] : "");
        const std::vector<std::string> choices = choices_of(*option);
        if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
          read.value = value;
          read.names = choices;
        }
      }
    } else if (read.command == &app) {
      const CLI::App* command = command_named(app, word);
      if (command != nullptr) {
        read.command = command;
      } else {
        read.unknown = word;
        read.names = command_names(app);
      }
    }
  }
  return read;
}

}  // namespace

std::string usage_error(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words) {
  const Read found = read(app, words);
  std::string text = error.what();
  std::string suggestion;
  if (found.command == &app && !found.unknown.empty() && found.unknown[0] != '-') {
    text = fmt::format("there is no command '{}'", found.unknown);
    suggestion = did_you_mean(found.unknown, found.names);
  } else if (!found.unknown.empty()) {
    text = fmt::format("there is no option {}", found.unknown);
    suggestion = did_you_mean(found.unknown, found.names);
  } else if (!found.value.empty()) {
    suggestion = did_you_mean(found.value, found.names);
  } else if (found.command == &app) {
    text = "which command?";
  }
  const bool of_command = found.command != &app;
  return fmt::format("skald: {}{}\n{}\n", text, suggestion,
                     of_command ? fmt::format("skald {} --help says what it takes", found.command->get_name())
                                : "skald --help lists the commands, skald help the topics");
}

}  // namespace skald::cli
