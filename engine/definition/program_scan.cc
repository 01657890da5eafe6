#include "engine/definition/program_scan.h"

#include <fmt/format.h>

#include <algorithm>

namespace skald::definition {
namespace {

char opening(char closing) { return closing == ')' ? '(' : closing == ']' ? '[' : '{'; }

}  // namespace

bool ProgramScan::next() {
  while (next_ < program_.size()) {
    if (in_string_) {
      string_character();
      continue;
    }
    at_ = next_++;
    const char c = program_[at_];
    if (c == '#') {
      next_ = std::min(program_.find('\n', at_), program_.size());
      continue;
    }
    if (c == '"') in_string_ = true;
    if (c == '(' && !interpolations_.empty()) ++interpolations_.back();
    if (c == ')' && !interpolations_.empty() && --interpolations_.back() == 0) {
      interpolations_.pop_back();
      in_string_ = true;
    }
    return true;
  }
  return false;
}

void ProgramScan::string_character() {
  const char c = program_[next_++];
  if (c == '"') in_string_ = false;
  if (c != '\\' || next_ == program_.size()) return;
  if (program_[next_] == '(') {
    // With its parentheses, what is inside is code.
    interpolations_.push_back(0);
    in_string_ = false;
  } else {
    ++next_;
  }
}

std::string find_unclosed(std::string_view program) {
  std::string open;
  ProgramScan scan(program);
  while (scan.next()) {
    const char c = scan.character();
    if (c == '(' || c == '[' || c == '{') open += c;
    if (c != ')' && c != ']' && c != '}') continue;
    if (open.empty() || open.back() != opening(c)) return fmt::format("a '{}' closes nothing", c);
    open.pop_back();
  }
  if (scan.in_string()) return "a string is not closed";
  if (!open.empty()) return fmt::format("a '{}' is not closed", open.back());
  return {};
}

}  // namespace skald::definition
