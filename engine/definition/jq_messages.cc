#include "engine/definition/jq_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/definition/problems.h"

namespace skald::definition {
namespace {

struct Token {
  std::string_view name;
  std::string_view words;
};
constexpr std::array<Token, 9> kTokens{{{"$end", "it ends too early"},
                                        {"INVALID_CHARACTER", "a character that jq does not know here"},
                                        {"IDENT", "a name where none is expected"},
                                        {"FIELD", "a path where none is expected"},
                                        {"LITERAL", "a number where none is expected"},
                                        {"FORMAT", "a format where none is expected"},
                                        {"KEYWORD", "a keyword where none is expected"},
                                        {"QQSTRING_START", "a string where none is expected"},
                                        {"QQSTRING_END", "the end of a string where none is expected"}}};

bool take(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// "jq: error: WHAT at <top-level>, line N:\nSOURCE" -> "WHAT"
std::string_view gist(std::string_view message) {
  take(message, "jq: error: ");
  for (const char* behind : {" at <top-level>, line ", " (Unix shell quoting issues?)"}) {
    message = message.substr(0, message.find(behind));
  }
  return message;
}

// "unexpected TOKEN, expecting OTHER"
std::string of_syntax(std::string_view what, std::string_view program) {
  if (!take(what, "unexpected ")) return std::string(what);
  const std::string_view token = what.substr(0, what.find(", expecting"));
  if (token == "INVALID_CHARACTER" && program.find('\'') != std::string_view::npos) {
    return "jq's strings stand in double quotes";
  }
  for (const auto& [name, words] : kTokens) {
    if (token == name) return std::string(words);
  }
  return fmt::format("{} is not expected where it stands", token);
}

// "$name" or "name/2"
std::string of_undefined(std::string_view name, const JqNames& names) {
  if (take(name, "$")) {
    return undefined_variable(name, {names.variables.begin(), names.variables.end()});
  }
  const std::string_view function = name.substr(0, name.find('/'));
  int arguments = 0;
  const std::string_view count = name.substr(std::min(function.size() + 1, name.size()));
  std::from_chars(count.data(), count.data() + count.size(), arguments);
  std::vector<std::string_view> known;
  for (const auto& each : names.functions) {
    const std::string_view other = std::string_view(each).substr(0, each.find('/'));
    if (other == function)
      return fmt::format("jq has '{}', but not with {} argument{}", function, arguments, arguments == 1 ? "" : "s");
    known.push_back(other);
  }
  const auto meant = nearest(function, known);
  return fmt::format("jq has no '{}'{}", function, meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant));
}

}  // namespace

std::string undefined_variable(std::string_view name, const std::vector<std::string_view>& variables) {
  std::string text = fmt::format("${} is not defined here; there are ${}", name, fmt::join(variables, ", $"));
  if (name == "secrets") text += ". Secrets stand in the 'with' of calls, and nowhere else";
  return text;
}

std::string explain_jq(const std::vector<std::string>& messages, std::string_view program, const JqNames& names) {
  for (const auto& each : messages) {
    if (each.find("unterminated 'if'") != std::string::npos) {
      return "not valid jq: an 'if' has a 'then', an 'else' and an 'end'";
    }
  }
  if (messages.empty()) return "not valid jq";
  std::string_view what = gist(messages.front());
  if (take(what, "syntax error, ")) return "not valid jq: " + of_syntax(what, program);
  constexpr std::string_view kUndefined = " is not defined";
  if (what.size() > kUndefined.size() && what.substr(what.size() - kUndefined.size()) == kUndefined) {
    return of_undefined(what.substr(0, what.size() - kUndefined.size()), names);
  }
  return fmt::format("not valid jq: {}", what);
}

}  // namespace skald::definition
