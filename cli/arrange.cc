#include "cli/arrange.h"

#include <map>

#include "cli/tree.h"
#include "engine/core/state.h"

namespace skald::cli {
namespace {

constexpr std::size_t kColumn = 32;

struct Named {
  const char* group;
  std::vector<const char*> commands;
};

const std::vector<Named>& table() {
  static const std::vector<Named> kTable{
      {"Run", {"dev", "server", "worker"}},
      {"Workflows", {"check", "deploy", "workflows"}},
      {"Sagas", {"submit", "list", "show", "signal", "emit"}},
      {"Look closer", {"explain", "history", "trace", "state"}},
      {"Step in", {"cancel", "compensate", "terminate", "suspend", "resume", "retry", "skip", "resolve"}},
      {"Watch", {"top", "workers"}},
      {"Keep", {"export", "verify", "backup", "restore"}},
      {"Help", {"help", "completion"}},
  };
  return kTable;
}

// A name that means something else in one command stands with it: "signal --data".
const std::map<std::string, const char*>& kinds() {
  static const std::map<std::string, const char*> kKinds{
      {"--allow-host", "HOST"},
      {"--at", "SEQ"},
      {"--backup", "N"},
      {"--batch", kind::kFile},
      {"--ca-file", kind::kFile},
      {"--concurrency", "N"},
      {"--config", kind::kFile},
      {"--cursor", "CURSOR"},
      {"--data", kind::kFolder},
      {"emit --data", kind::kJson},
      {"signal --data", kind::kJson},
      {"--diff", "SEQ"},
      {"--error", "WORDS"},
      {"--file", kind::kFile},
      {"--from", "SEQ"},
      {"--http", "ADDR"},
      {"--id", "ID"},
      {"submit --id", "NEW_ID"},
      {"emit --id", "NEW_ID"},
      {"signal --id", "NEW_ID"},
      {"--input", kind::kJson},
      {"--interval", "SECONDS"},
      {"--keep", "N"},
      {"--key-ttl", "DURATION"},
      {"--label", "KEY=VALUE"},
      {"--limit", "N"},
      {"--log-level", "LEVEL"},
      {"--max-tasks", "N"},
      {"--name", "NAME"},
      {"signal NAME", "NAME"},
      {"emit TYPE", "TYPE"},
      {"--nats", "URL"},
      {"--nats-port", "N"},
      {"--out", kind::kFile},
      {"--output", kind::kJson},
      {"--prefix", "PREFIX"},
      {"--rate", "N"},
      {"--reason", "TEXT"},
      {"--redact", "POINTER"},
      {"--resident-sagas", "N"},
      {"--retention", "DURATION"},
      {"--seconds", "N"},
      {"--secrets", kind::kFolder},
      {"--server", "URL"},
      {"--service", "NAME=URL"},
      {"--shards", "N"},
      {"--since", "TIME"},
      {"--source", "SOURCE"},
      {"--states", "N"},
      {"--status", kind::kStatus},
      {"--step", kind::kStep},
      {"--subject", "SUBJECT"},
      {"--threads", "N"},
      {"--timeout", "SECONDS"},
      {"--to", "SEQ"},
      {"--token", "TOKEN"},
      {"--type", "TYPE"},
      {"--until", "TIME"},
      {"--workflow", kind::kWorkflow},
      {"DIR", kind::kFolder},
      {"FILE", kind::kFile},
      {"ID", kind::kSaga},
      {"TOPIC", kind::kTopic},
      {"WORKFLOW", kind::kWorkflow},
      {"workflows NAME", kind::kWorkflow},
  };
  return kKinds;
}

void name_values(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    if (!takes_value(*option)) continue;
    const std::string name = option->get_positional() ? option->get_name(true) : names_of(*option).back();
    auto kind = kinds().find(command.get_name() + " " + name);
    if (kind == kinds().end()) kind = kinds().find(name);
    if (kind != kinds().end()) option->type_name(kind->second);
  }
}

// CLI11's, but with the groups in our order, shorter words for values, and a word on the options that all share.
class Help : public CLI::Formatter {
 public:
  std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode) const override {
    std::string out;
    for (const Group& group : groups_of(*app)) {
      out += "\n" + group.name + ":\n";
      for (const CLI::App* command : group.commands) out += make_subcommand(command);
    }
    return out;
  }

  std::string make_option_opts(const CLI::Option* option) const override {
    std::string out;
    const std::string value = value_text(*option);
    if (!value.empty() && !(option->get_positional() && value == option->get_name(true))) out += " " + value;
    if (!option->get_default_str().empty()) out += "=" + option->get_default_str();
    if (takes_value(*option) && repeats(*option)) out += " ...";
    if (!option->get_envname().empty()) out += " (or " + option->get_envname() + ")";
    return out;
  }

  std::string make_footer(const CLI::App* app) const override {
    if (app->get_parent() == nullptr) {
      return "`skald COMMAND --help` says more about each; `skald help TOPIC` explains: `skald help` lists the "
             "topics.\n";
    }
    std::string names;
    for (const CLI::Option* option : options_of(*app->get_parent())) {
      if (takes_value(*option)) names += (names.empty() ? "" : ", ") + names_of(*option).front();
    }
    return "Every command takes " + names + " as well: `skald --help`.\n";
  }
};

}  // namespace

const std::vector<std::string>& group_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const Named& named : table()) names.emplace_back(named.group);
    return names;
  }();
  return kNames;
}

void arrange(CLI::App& app) {
  std::map<std::string, const char*> group_of;
  for (const Named& named : table()) {
    for (const char* command : named.commands) group_of[command] = named.group;
  }
  name_values(app);
  const auto formatter = std::make_shared<Help>();  // shared: every command of the parser holds it
  formatter->column_width(kColumn);
  app.formatter(formatter);
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    if (const auto group = group_of.find(command->get_name()); group != group_of.end()) command->group(group->second);
    name_values(*command);
    command->formatter(formatter);
  }
}

}  // namespace skald::cli
