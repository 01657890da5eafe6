// check: what can become of a workflow, without a server.

#include "engine/check/check.h"

#include <fmt/format.h>

#include <chrono>
#include <iostream>

#include "cli/commands/common.h"
#include "cli/output_check.h"
#include "engine/core/kinds.h"
#include "engine/definition/jq_process.h"
#include "engine/definition/kind.h"

namespace skald::cli {
namespace {

struct CheckOptions {
  std::vector<std::string> files;
  std::string input;
  bool strict = false;
  std::uint64_t states = check::Limits{}.states;
  double seconds = 10;
};

Result<check::Options> read_options(const CheckOptions& given) {
  check::Options options;
  options.limits.states = given.states;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(given.seconds);
  options.limits.out_of_time = [end] { return std::chrono::steady_clock::now() > end; };
  if (given.input.empty()) return options;
  SKALD_ASSIGN(options.input, read_input(given.input));
  return options;
}

// `warned`: whether the document was read with a warning.
Result<check::Report> check_file(const std::string& file, const CheckOptions& given, definition::JqRunner& jq,
                                 bool& warned) {
  SKALD_ASSIGN(const std::string text, read_text(file));
  SKALD_ASSIGN(const auto parsed, definition::parse_workflow(text, file, core::all_kinds(), jq));
  for (const std::string& warning : parsed.warnings) std::cerr << "warning: " << warning << "\n";
  warned = !parsed.warnings.empty();
  SKALD_ASSIGN(const check::Options options, read_options(given));
  return check::check(parsed.workflow, jq, options);
}

bool worse_than_notes(const check::Report& report) {
  const bool warned = std::any_of(report.findings.begin(), report.findings.end(),
                                  [](const auto& finding) { return finding.level != check::Level::kNote; });
  return warned || !report.stopped.empty();
}

int check_all(const Globals& globals, const CheckOptions& given) {
  definition::JqProcess jq;
  int worst = kDone;
  Value all = Value::array();
  for (const std::string& file : given.files) {
    bool warned = false;
    const auto report = check_file(file, given, jq, warned);
    if (!report) {
      worst = std::max(worst, complain(report.error()));
      continue;
    }
    if (given.strict && (warned || worse_than_notes(*report))) worst = std::max<int>(worst, kFailed);
    if (globals.output() == Format::kText) {
      print((&file == &given.files.front() ? "" : "\n") + check_text(*report, file, globals.style()));
      continue;
    }
    Value value = check::to_value(*report);
    value["file"] = file;
    if (globals.output() == Format::kJsonl) print(to_json(value) + "\n");
    all.push_back(std::move(value));
  }
  if (globals.output() == Format::kJson) print(to_json({{"files", all}}, 2) + "\n");
  return worst;
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  auto given = std::make_shared<CheckOptions>();
  CLI::App* checks = app.add_subcommand(
      "check", "validate workflow documents and walk every path that their sagas can take, without a server");
  checks->add_option("FILE", given->files, "YAML or JSON; - is standard input")->required();
  checks->add_option("--input", given->input,
                     "walk with this input, JSON, @FILE or -; without it, conditions on the input go both ways");
  checks->add_flag("--strict", given->strict, "exit 1 where there is a warning, or where the walk was stopped");
  checks->add_option("--states", given->states, "stop behind so many different states")->capture_default_str();
  checks->add_option("--seconds", given->seconds, "stop behind so many seconds a file")->capture_default_str();
  checks->callback([&context, given] { context.exit_code = check_all(context.globals, *given); });
}

}  // namespace skald::cli
