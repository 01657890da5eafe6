// deploy, workflows.

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/commands/common.h"
#include "cli/standard_export.h"
#include "engine/core/nodes/all.h"
#include "engine/definition/jq_process.h"
#include "engine/definition/workflow.h"

namespace skald::cli {
namespace {

int deploy(const Globals& globals, const std::vector<std::string>& files) {
  int worst = kDone;
  for (const std::string& file : files) {
    const auto text = read_text(file);
    const auto deployed =
        text ? globals.client().post_text("/v1/workflows?file=" + escaped(file), *text, "application/yaml")
             : Result<Value>(fail(text.error()));
    if (!deployed) {
      worst = std::max(worst, complain(deployed.error()));
      continue;
    }
    for (const Value& warning : (*deployed)["warnings"]) std::cerr << "warning: " << warning.get<std::string>() << "\n";
    if (globals.output() != Format::kText) {
      print(to_json(*deployed) + "\n");
    } else {
      print(fmt::format("{}@{}  {}\n", deployed->value("workflow", ""), deployed->value("version", ""),
                        deployed->value("created", false) ? "deployed" : "was there already"));
    }
  }
  return worst;
}

// A document that Skald takes, spelled as the standard has it; what is written is taken as well.
Result<std::string> exported(const std::string& text, const std::string& file) {
  definition::JqProcess jq;
  SKALD_TRY(definition::parse_workflow(text, file, core::all_kinds(), jq));
  SKALD_ASSIGN(std::string written, standard_export(text, file));
  SKALD_TRY(definition::parse_workflow(written, file + " as exported", core::all_kinds(), jq));
  return written;
}

// One goes to standard output, several beside their files.
int export_standard(const std::vector<std::string>& files) {
  int worst = kDone;
  for (const std::string& file : files) {
    const auto text = read_text(file);
    const auto written = text ? exported(*text, file) : Result<std::string>(fail(text.error()));
    if (!written) {
      worst = std::max(worst, complain(written.error()));
      continue;
    }
    if (text->find('#') != std::string::npos) std::cerr << "skald: " << file << ": comments are not kept\n";
    if (files.size() == 1) {
      print(*written);
      continue;
    }
    const std::string beside = std::filesystem::path(file).replace_extension(".standard.yaml");
    std::ofstream out(beside);
    out << *written;
    out.close();
    if (!out) {
      worst = std::max(worst, complain(make_error(ErrorKind::kIo, "write-failed", "cannot write " + beside)));
      continue;
    }
    print(beside + "\n");
  }
  return worst;
}

int workflows(const Globals& globals, const std::string& name) {
  const auto answer = globals.client().get("/v1/workflows" + (name.empty() ? "" : "/" + name));
  if (!answer) return complain(answer.error());
  if (globals.output() == Format::kJson) {
    print(to_json(*answer, 2) + "\n");
    return kDone;
  }
  std::vector<std::vector<std::string>> rows = {{"WORKFLOW", "VERSION", "DEPLOYED", "HASH"}};
  for (const Value& item : (*answer)["items"]) {
    if (globals.output() == Format::kJsonl) print(to_json(item) + "\n");
    rows.push_back({item.value("workflow", ""), item.value("version", ""),
                    ago(item.value("deployed_at", ""), SystemClock().now()), item.value("hash", "").substr(0, 12)});
  }
  if (globals.output() == Format::kText) print(table(rows, globals.style()));
  return kDone;
}

}  // namespace

void add_workflows(CLI::App& app, Context& context) {
  auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* deploys = app.add_subcommand("deploy", "make workflow documents known to the engine");
  deploys->add_option("FILE", *files, "YAML or JSON; - is standard input")->required();
  auto standard = std::make_shared<bool>(false);
  deploys->add_flag(
      "--standard-export", *standard,
      "deploy nothing: write the document with 'compensate', 'pivot', 'effect' and 'retry' as metadata.*, "
      "which other tools of the standard accept; of several FILEs, beside each, as .standard.yaml");
  deploys->callback([&context, files, standard] {
    context.exit_code = *standard ? export_standard(*files) : deploy(context.globals, *files);
  });

  auto name = std::make_shared<std::string>();
  CLI::App* lists = app.add_subcommand("workflows", "which workflows there are");
  lists->add_option("NAME", *name, "NAMESPACE/NAME");
  lists->callback([&context, name] { context.exit_code = workflows(context.globals, *name); });
}

}  // namespace skald::cli
