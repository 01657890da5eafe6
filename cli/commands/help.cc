// help: the list of commands and topics, one topic, or one command's options.

#include <fmt/format.h>

#include "cli/commands/common.h"
#include "cli/manual.h"
#include "cli/nearest.h"
#include "cli/topics.h"
#include "cli/tree.h"

namespace skald::cli {
namespace {

std::string help_of(const CLI::App& command, const std::string& name) {
  return command.get_formatter()->make_help(&command, name, CLI::AppFormatMode::Normal);
}

std::string topics_text() {
  std::string text = "\nTopics (skald help TOPIC):\n";
  for (const Topic& topic : topics()) text += fmt::format("  {:<30}{}\n", topic.name, topic.title);
  return text;
}

// A word can name both: then the command comes first.
int help(const CLI::App& app, const Globals& globals, const std::string& word) {
  if (word.empty()) {
    print(help_of(app, "skald") + topics_text());
    return kDone;
  }
  const CLI::App* command = command_named(app, word);
  const Topic* topic = topic_named(word);
  if (command == nullptr && topic == nullptr) {
    std::vector<std::string> names;
    for (const Topic& each : topics()) names.push_back(each.name);
    for (const CLI::App* each : commands_of(app)) names.push_back(each->get_name());
    return complain(make_error(ErrorKind::kInvalid, "no-topic",
                               fmt::format("there is no topic or command '{}'{} `skald help` lists them", word,
                                           did_you_mean(word, names).empty() ? ":" : did_you_mean(word, names))));
  }
  if (command != nullptr) print(help_of(*command, "skald " + word));
  if (topic != nullptr) print((command != nullptr ? "\n" : "") + topic_text(*topic, globals.style()));
  return kDone;
}

}  // namespace

void add_help(CLI::App& app, Context& context) {
  auto page = std::make_shared<bool>(false);
  auto word = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("help", "what a command takes, or a topic: compensation, stuck, output, ...");
  command->add_option("TOPIC", *word, "a topic or a command; without it, the list of both");
  command->add_flag("--man", *page, "the manual page, as roff: skald help --man > skald.1");
  command->callback([&app, &context, page, word] {
    if (*page) return print(manual(app));
    context.exit_code = help(app, context.globals, *word);
  });
}

}  // namespace skald::cli
