#include "cli/tree.h"

#include <algorithm>

#include "cli/arrange.h"

namespace skald::cli {
namespace {

// Of "TEXT:{text,json}:INT in [1 - 256]", the part that begins so.
std::string part_of(const std::string& type, const std::string& begin) {
  const std::size_t at = type.find(begin);
  return at == std::string::npos ? "" : type.substr(at);
}

}  // namespace

std::vector<Group> groups_of(const CLI::App& app) {
  std::vector<Group> groups;
  for (const std::string& name : group_names()) groups.push_back({name, {}});
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (command->get_group().empty()) continue;
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& each) { return each.name == command->get_group(); });
    if (group == groups.end()) group = groups.insert(group, {command->get_group(), {}});
    group->commands.push_back(command);
  }
  groups.erase(std::remove_if(groups.begin(), groups.end(), [](const Group& each) { return each.commands.empty(); }),
               groups.end());
  return groups;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  std::vector<const CLI::App*> commands;
  for (const Group& group : groups_of(app)) {
    commands.insert(commands.end(), group.commands.begin(), group.commands.end());
  }
  return commands;
}

const CLI::App* command_named(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : commands_of(app)) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  return command.get_options(
      [](const CLI::Option* option) { return option->nonpositional() && !option->get_group().empty(); });
}

std::vector<const CLI::Option*> positionals_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

const CLI::Option* option_named(const CLI::App& command, const std::string& name) {
  for (const CLI::Option* option : options_of(command)) {
    const std::vector<std::string> names = names_of(*option);
    if (std::find(names.begin(), names.end(), name) != names.end()) return option;
  }
  return command.get_parent() == nullptr ? nullptr : option_named(*command.get_parent(), name);
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

bool repeats(const CLI::Option& option) { return option.get_expected_max() == CLI::detail::expected_max_vector_size; }

std::string kind_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string listed = part_of(option.get_type_name(), "{");
  if (listed.empty()) return {};
  return CLI::detail::split(listed.substr(1, listed.find('}') - 1), ',');
}

std::string value_text(const CLI::Option& option) {
  if (!takes_value(option)) return "";
  std::string text;
  for (const std::string& choice : choices_of(option)) text += (text.empty() ? "" : "|") + choice;
  if (!text.empty()) return text;
  return kind_of(option) + part_of(option.get_type_name(), " in [");
}

}  // namespace skald::cli
