#include "cli/commands/common.h"

#include <unistd.h>

#include <fstream>
#include <iostream>
#include <sstream>

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
  if (!in) return fail(ErrorKind::kInvalid, "no-file", "cannot read " + file);
  text << in.rdbuf();
  return text.str();
}

Result<Value> read_input(const std::string& given) {
  std::string text = given;
  if (text == "-" || text.rfind('@', 0) == 0) {
    SKALD_ASSIGN(text, read_text(text == "-" ? text : text.substr(1)));
  }
  auto input = parse_json(text);
  if (!input) return fail(ErrorKind::kInvalid, "bad-json", "--input: " + input.error().message);
  return input;
}

void print(const std::string& text) {
  std::cout << text;
  std::cout.flush();
}

void print_answer(const Globals& globals, const Value& answer, const std::function<std::string()>& text) {
  switch (globals.output()) {
    case Format::kText:
      return print(text());
    case Format::kJson:
      return print(to_json(answer, 2) + "\n");
    case Format::kJsonl:
      return print(to_json(answer) + "\n");
    case Format::kIds:
      return print(answer.value("id", "") + "\n");
  }
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

}  // namespace skald::cli
