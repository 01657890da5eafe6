#pragma once

// What is said of a command line that cannot be read.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace skald::cli {

// What was wrong, with the nearest name where a word is a slip away from one, and where to read more. `words`: the
// command line without the program.
std::string usage_error(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words);

}  // namespace skald::cli
