#include "tests/conformance/profile.h"

#include <fmt/format.h>

#include <set>
#include <stdexcept>

#include "tests/conformance/files.h"
#include "tests/conformance/markdown.h"

namespace skald::conformance {

std::map<std::string, std::string> read_profile() {
  static const std::set<std::string> kStatuses{"supported", "extended", "refused", "absent"};
  std::map<std::string, std::string> profile;
  for (const Row& row : table_rows(read_file(source_folder() / "docs/profile.md"))) {
    const auto& cells = row.cells;
    const bool good = cells.size() == 3 && cells[0].size() > 2 && cells[0].front() == '`' && cells[0].back() == '`' &&
                      kStatuses.count(cells[1]) > 0;
    if (!good || !profile.emplace(cells[0].substr(1, cells[0].size() - 2), cells[1]).second) {
      throw std::runtime_error(fmt::format("profile.md:{}: expected | `id` | status | note |, each id once", row.line));
    }
  }
  return profile;
}

}  // namespace skald::conformance
