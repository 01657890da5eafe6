#include "cli/commands/common.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "cli/source.h"

namespace skald::cli {

Client Globals::client() const { return Client({server, token, Millis(static_cast<std::int64_t>(timeout_s * 1'000))}); }

Format Globals::output() const {
  if (format == "json") return Format::kJson;
  if (format == "jsonl") return Format::kJsonl;
  if (format == "ids") return Format::kIds;
  return Format::kText;
}

Style Globals::style() const { return Style(colour == "always" || (colour == "auto" && ::isatty(STDOUT_FILENO) == 1)); }

int exit_code_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid:
    case ErrorKind::kTooLarge:
      return kUsage;
    case ErrorKind::kNotFound:
      return kNotFound;
    case ErrorKind::kUnreachable:
    case ErrorKind::kUnavailable:
      return kUnreachable;
    case ErrorKind::kConflict:
    case ErrorKind::kForbidden:
      return kRefused;
    case ErrorKind::kDamaged:
      return kDamaged;
    case ErrorKind::kIo:
      return kWriteFailed;
    case ErrorKind::kTimeout:
      return kTooLong;
    case ErrorKind::kOverloaded:
    case ErrorKind::kInternal:
      break;
  }
  return kFailed;
}

int complain(const Error& error) {
  std::cerr << "skald: " << error.message << "\n";
  return exit_code_of(error);
}

std::vector<std::string> expand_ids(const std::vector<std::string>& given) {
  std::vector<std::string> ids;
  for (const std::string& id : given) {
    if (id != "-") {
      ids.push_back(id);
      continue;
    }
    for (std::string line; std::getline(std::cin, line);) {
      if (!line.empty()) ids.push_back(line);
    }
  }
  return ids;
}

Result<std::string> read_text(const std::string& file) {
  std::ostringstream text;
  if (file == "-") {
    text << std::cin.rdbuf();
    return text.str();
  }
  const std::ifstream in(file);
  std::error_code unknown;
  if (std::filesystem::is_directory(file, unknown)) return fail(ErrorKind::kInvalid, "no-file", file + " is a folder");
  if (!in) return fail(ErrorKind::kInvalid, "no-file", "cannot read " + file);
  text << in.rdbuf();
  return text.str();
}

Result<Value> read_input(const std::string& given, const std::string& option) {
  std::string text = given;
  if (text == "-" || text.rfind('@', 0) == 0) {
    SKALD_ASSIGN(text, read_text(text == "-" ? text : text.substr(1)));
  }
  auto input = parse_json(text);
  if (!input) return fail(ErrorKind::kInvalid, "bad-json", option + ": " + input.error().message);
  return input;
}

CLI::Validator not_empty() {
  return CLI::Validator([](std::string& value) { return value.empty() ? std::string("it is empty") : std::string(); },
                        "");
}

namespace {

int unwritten = 0;  // of the first write that failed

}  // namespace

void print(const std::string& text) {
  errno = 0;
  std::cout << text;
  std::cout.flush();
  if (!std::cout && unwritten == 0) unwritten = errno != 0 ? errno : EIO;
}

int write_error() { return unwritten; }

Result<std::string> laid_out(const std::function<std::string()>& text) {
  try {
    return text();
  } catch (const nlohmann::json::exception&) {
    return fail(ErrorKind::kInvalid, "hidden",
                "--redact hides what the text is laid out by; name what is inside it, or ask for -o json");
  }
}

int print_answer(const Globals& globals, const Value& answer, const std::function<std::string()>& text) {
  if (globals.output() == Format::kText) {
    const auto shown = laid_out(text);
    if (!shown) return complain(shown.error());
    print(*shown);
    return kDone;
  }
  const bool ids = globals.output() == Format::kIds;
  print((ids ? answer.value("id", "") : to_json(answer, globals.output() == Format::kJson ? 2 : -1)) + "\n");
  return kDone;
}

void print_saga(const Globals& globals, const Value& saga) {
  switch (globals.output()) {
    case Format::kText:
      return print(saga_text(saga, globals.style(), SystemClock().now()));
    case Format::kJson:
      return print(to_json(saga, 2) + "\n");
    case Format::kJsonl:
      return print(to_json(saga) + "\n");
    case Format::kIds:
      return print(saga.value("id", "") + "\n");
  }
}

int tell_of_each(const Globals& globals, const std::vector<std::string>& given, const SourceOptions& options,
                 const std::function<int(const Source& source, const std::string& id)>& tell) {
  const auto source = open_source(globals.client(), options);
  if (!source) return complain(source.error());
  const auto ids = ids_of(given, options);
  if (!ids) return complain(ids.error());
  int worst = kDone;
  for (const std::string& id : *ids) worst = std::max(worst, tell(**source, id));
  return worst;
}

}  // namespace skald::cli
