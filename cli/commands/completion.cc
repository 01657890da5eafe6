// completion: the shells' scripts; __complete: what they ask, at every Tab.

#include "cli/commands/completion.h"

#include <cstdlib>

#include "cli/commands/all.h"
#include "cli/complete.h"
#include "cli/embedded.h"
#include "cli/tree.h"

namespace skald::cli {
namespace {

constexpr Millis kPatience{400};  // with a server, while somebody waits for the Tab key

Ask ask_server(const Globals& globals) {
  return [&globals](const Asked& asked, const std::string& path) {
    Globals here = globals;
    if (!asked.server.empty()) here.server = asked.server;
    if (!asked.token.empty()) here.token = asked.token;
    return Client({here.server, here.token, kPatience}).get(path);
  };
}

// The parser looks there only when it parses, which what is half written cannot be.
std::string from_environment(const CLI::App& app, const std::string& option, const std::string& otherwise) {
  const char* value = std::getenv(option_named(app, option)->get_envname().c_str());
  return value == nullptr ? otherwise : value;
}

}  // namespace

bool is_completion(int argc, char** argv) { return argc >= 2 && std::string(argv[1]) == "__complete"; }

int serve_completion(int argc, char** argv) {
  std::vector<std::string> words(argv + 2, argv + argc);
  if (words.size() == 2 && words[0] == "--line") {
    words = split_line(words[1]);
    words.erase(words.begin());  // the program
  }
  Context context;
  CLI::App app;
  add_all(app, context);
  context.globals.server = from_environment(app, "--server", context.globals.server);
  context.globals.token = from_environment(app, "--token", context.globals.token);
  print(candidates_text(complete(app, words, ask_server(context.globals))));
  return kDone;
}

void add_completion(CLI::App& app, Context&) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "the script that makes the Tab key work in a shell");
  command->add_option("SHELL", *shell, "see `skald help completion`")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([shell] { print(embedded("cli/shells/skald." + *shell)); });
}

}  // namespace skald::cli
