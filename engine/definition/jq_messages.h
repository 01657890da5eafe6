#pragma once

// What is wrong with an expression, in words for the author of a workflow. Private to this folder.

#include <string>
#include <string_view>
#include <vector>

namespace skald::definition {

struct JqNames {
  std::vector<std::string> variables;  // that there are, without the dollar sign
  std::vector<std::string> functions;  // "length/0"
};

// Of a variable that an expression may not name.
std::string undefined_variable(std::string_view name, const std::vector<std::string_view>& variables);

// What libjq 1.6 says of a program that does not compile: `messages` are its own, in order. What was wrong, and what
// may be meant.
std::string explain_jq(const std::vector<std::string>& messages, std::string_view program, const JqNames& names);

}  // namespace skald::definition
