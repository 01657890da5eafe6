#pragma once

// The parser's own tree is the one description of the command line. Help, completions, the manual page and "did you
// mean" are read from it, so that none of them can fall behind.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace skald::cli {

struct Group {
  std::string name;
  std::vector<const CLI::App*> commands;
};

// What `skald --help` shows, in its order.
std::vector<Group> groups_of(const CLI::App& app);
std::vector<const CLI::App*> commands_of(const CLI::App& app);
// Null: there is none of this name.
const CLI::App* command_named(const CLI::App& app, const std::string& name);

// Those with a name, and those that stand by their place; of this command alone.
std::vector<const CLI::Option*> options_of(const CLI::App& command);
std::vector<const CLI::Option*> positionals_of(const CLI::App& command);
// By "--name" or "-n": the command's own, or one of the whole app; null: there is none.
const CLI::Option* option_named(const CLI::App& command, const std::string& name);

// "-o", "--output-format"
std::vector<std::string> names_of(const CLI::Option& option);
bool takes_value(const CLI::Option& option);
// May be given more than once.
bool repeats(const CLI::Option& option);
// What stands as the value: "DIR", "WORKFLOW"; cli/arrange.h says which there are.
std::string kind_of(const CLI::Option& option);
// All values there are, where they are enumerated; else none.
std::vector<std::string> choices_of(const CLI::Option& option);
// As help shows it: "DIR", "text|json", "N in [1 - 256]"; empty for a flag.
std::string value_text(const CLI::Option& option);

}  // namespace skald::cli
