// Finds builtins of jq whose result depends on more than their input: time, environment, files, other inputs.

#include <cctype>

#include "engine/definition/expression_node.h"

namespace skald::definition {
namespace {

bool is_impure(std::string_view word) {
  static constexpr std::string_view kWords[] = {"now",        "env",           "input",          "inputs",
                                                "debug",      "stderr",        "input_filename", "input_line_number",
                                                "include",    "import",        "halt",           "halt_error",
                                                "localtime",  "strflocaltime", "mktime",         "get_search_list",
                                                "modulemeta", "$ENV",          "$__loc__",       "$__prog_args"};
  for (const auto impure : kWords) {
    if (word == impure) return true;
  }
  return false;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

std::string find_impure(std::string_view program) {
  // How many parentheses are open in each interpolation "\( ... )" around this place.
  std::vector<int> interpolations;
  bool in_string = false;
  for (std::size_t at = 0; at < program.size();) {
    const char c = program[at];
    if (in_string) {
      if (c == '\\' && at + 1 < program.size() && program[at + 1] == '(') {
        interpolations.push_back(0);
        in_string = false;
      } else if (c == '"') {
        in_string = false;
      }
      at += c == '\\' ? 2 : 1;
      continue;
    }
    if (c == '#') {
      at = program.find('\n', at);
      if (at == std::string_view::npos) return {};
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '(' && !interpolations.empty()) ++interpolations.back();
    if (c == ')' && !interpolations.empty() && interpolations.back()-- == 0) {
      interpolations.pop_back();
      in_string = true;
    }
    if (!is_word(c) && c != '$') {
      ++at;
      continue;
    }
    const std::size_t begin = at++;
    while (at < program.size() && is_word(program[at])) ++at;
    const std::string_view word = program.substr(begin, at - begin);
    const bool is_field = begin > 0 && program[begin - 1] == '.';
    const auto next = program.find_first_not_of(" \t\r\n", at);
    const bool is_key = next != std::string_view::npos && program[next] == ':' && word[0] != '$';
    if (!is_field && !is_key && is_impure(word)) return std::string(word);
  }
  return {};
}

}  // namespace skald::definition
