#pragma once

// The committed table of counts (table.txt) and how counts are held against it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace skald::counts {

struct Count {
  std::string name;             // "instructions/core/start"; the part before the first slash is its group
  std::optional<double> value;  // none: it cannot be counted here
  double tolerance = 0;         // per cent, for a row that the table does not have yet
};

struct Row {
  std::string name;
  double count = 0;
  double tolerance = 0;  // per cent, up and down

  bool operator==(const Row&) const = default;
};

struct Table {
  std::string made_with;  // the compiler and the like by which instructions differ
  std::vector<Row> rows;

  const Row* find(std::string_view name) const;
  bool operator==(const Table&) const = default;
};

// Error: "bad-table", with the line.
Result<Table> parse_table(std::string_view text);
std::string to_text(const Table& table);

// What is not as the table has it: a line for each count that is out of its tolerance, that has no row, or whose row
// nothing counted although others of its group were. Counts without a value are passed over.
std::vector<std::string> differences(const Table& table, const std::vector<Count>& counts);

// The table with these counts in place of all rows of their groups. Tolerances stay, and so do the rows of what could
// not be counted or is as it was but for noise, so that the change shows what has changed.
Table renewed(const Table& table, const std::vector<Count>& counts, std::string made_with);

}  // namespace skald::counts
