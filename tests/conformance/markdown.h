#pragma once

// What the tests read from the documentation: fenced blocks and tables.

#include <string>
#include <vector>

namespace skald::conformance {

struct Fence {
  std::string info;  // what stands behind the ```
  std::string text;
  int line = 0;  // of the opening ```, from 1
};

std::vector<Fence> fences(const std::string& markdown);

struct Row {
  std::vector<std::string> cells;  // without the spaces around
  int line = 0;
};

// The rows of all tables, but for those of headings and rules.
std::vector<Row> table_rows(const std::string& markdown);

}  // namespace skald::conformance
