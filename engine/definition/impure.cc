// Finds builtins of jq whose result depends on more than their input: time, environment, files, other inputs.

#include <cctype>

#include "engine/definition/expression_node.h"
#include "engine/definition/program_scan.h"

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
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

std::string find_impure(std::string_view program) {
  std::string open;    // the brackets around this place
  char before = '\0';  // the last character that is no space
  ProgramScan scan(program);
  while (scan.next()) {
    const char c = scan.character();
    if (c == '(' || c == '[' || c == '{') open += c;
    if ((c == ')' || c == ']' || c == '}') && !open.empty()) open.pop_back();
    if (!is_word(c)) {
      if (!is_space(c)) before = c;
      continue;
    }
    std::size_t end = scan.at();
    while (end < program.size() && is_word(program[end])) ++end;
    // jq takes "$ ENV" for "$ENV".
    const std::string word = (before == '$' ? "$" : "") + std::string(program.substr(scan.at(), end - scan.at()));
    const bool is_key = !open.empty() && open.back() == '{' && (before == '{' || before == ',');
    if (before != '.' && !is_key && is_impure(word)) return word;
    before = program[end - 1];
    scan.skip_to(end);
  }
  return {};
}

}  // namespace skald::definition
