#pragma once

// What the commands share: global options, output, exit codes.

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/client.h"
#include "cli/output.h"
#include "engine/base/result.h"

namespace skald::cli {

enum ExitCode {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kNotFound = 3,
  kUnreachable = 4,
  kRefused = 5,
  kDamaged = 6,
  kWriteFailed = 7,
  kTooLong = 124,
  kInterrupted = 130,
};

// That a number of an event, or of them, is given as.
inline constexpr std::uint64_t kMostEvents = 1'000'000'000;

struct Globals {
  std::string server = "http://127.0.0.1:7525";
  std::string token;
  std::string format = "text";
  std::string colour = "auto";
  double timeout_s = 30;

  Client client() const;
  Format output() const;
  Style style() const;
  // Whether a long command may show how far it is: not with --color never, which wants plain text.
  bool progress() const { return colour != "never"; }
};

// Set by the command that was chosen; main() returns it.
struct Context {
  Globals globals;
  int exit_code = kDone;
};

int exit_code_of(const Error& error);
// "skald: ..." on standard error; returns the exit code.
int complain(const Error& error);

class Source;
struct SourceOptions;
// Opens what the options name and calls `tell` for each of the ids, as given; returns the highest exit code.
int tell_of_each(const Globals& globals, const std::vector<std::string>& given, const SourceOptions& options,
                 const std::function<int(const Source& source, const std::string& id)>& tell);

// Ids as given, where "-" means those on standard input, one a line.
std::vector<std::string> expand_ids(const std::vector<std::string>& given);
// A file's text; "-" is standard input. Error "no-file".
Result<std::string> read_text(const std::string& file);

// JSON as it is given to an option: itself, @FILE, or - for standard input. Error "bad-json".
Result<Value> read_input(const std::string& given, const std::string& option = "--input");

// Refuses an empty value, as of a variable that is not set: it would mean all sagas, or another place.
CLI::Validator not_empty();

void print(const std::string& text);
// What was to be written to standard output and could not be: 0, or the error number.
int write_error();
// What people read, made of JSON of which parts may be hidden. Error: kInvalid "hidden", where text needs those.
Result<std::string> laid_out(const std::function<std::string()>& text);
// An answer about one saga, in the format that was asked for; `text` makes what people read. Returns the exit code.
int print_answer(const Globals& globals, const Value& answer, const std::function<std::string()>& text);
void print_saga(const Globals& globals, const Value& saga);

void add_backups(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);
void add_dev(CLI::App& app, Context& context);
void add_events(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_export(CLI::App& app, Context& context);
void add_help(CLI::App& app, Context& context);
void add_history(CLI::App& app, Context& context);
void add_list(CLI::App& app, Context& context);
void add_operate(CLI::App& app, Context& context);
void add_sagas(CLI::App& app, Context& context);
void add_server(CLI::App& app, Context& context);
void add_state(CLI::App& app, Context& context);
void add_top(CLI::App& app, Context& context);
void add_trace(CLI::App& app, Context& context);
void add_verify(CLI::App& app, Context& context);
void add_workers(CLI::App& app, Context& context);
void add_workflows(CLI::App& app, Context& context);

}  // namespace skald::cli
