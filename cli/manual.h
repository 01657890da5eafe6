#pragma once

// The manual page, made from the parser's own tree and the topics.

#include <CLI/CLI.hpp>
#include <string>

namespace skald::cli {

// skald(1), in the man macros (man-pages(7), groff_man(7)).
std::string manual(const CLI::App& app);

// Text as roff takes it: backslashes, dashes, and what would be a request at the beginning of a line.
std::string roff(const std::string& text);

}  // namespace skald::cli
