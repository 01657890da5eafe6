#include "tests/counts/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace skald::counts {
namespace {

constexpr double kNoise = 0.25;  // of the tolerance
constexpr std::string_view kMadeWith = "made with: ";
constexpr std::string_view kHead =
    "# What the engine's work costs, and by how much a count may differ. `./run counts` compares; README.md.\n"
    "# Written by `./run counts --renew`; the commit says why.\n";

std::string_view group_of(std::string_view name) { return name.substr(0, name.find('/')); }

// Takes the last word off the line.
std::string_view take_word(std::string_view& line) {
  const auto end = line.find_last_not_of(' ');
  line = end == std::string_view::npos ? std::string_view() : line.substr(0, end + 1);
  const auto space = line.find_last_of(' ');
  const auto word = line.substr(space == std::string_view::npos ? 0 : space + 1);
  line.remove_suffix(word.size());
  return word;
}

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) || number < 0) return {};
  return number;
}

std::optional<Row> parse_row(std::string_view line) {
  std::string_view percent = take_word(line);
  if (percent.empty() || percent.back() != '%') return std::nullopt;
  percent.remove_suffix(1);
  const auto tolerance = number_of(percent);
  const auto count = number_of(take_word(line));
  const auto end = line.find_last_not_of(' ');
  if (!tolerance || !count || end == std::string_view::npos) return std::nullopt;
  return Row{std::string(line.substr(0, end + 1)), *count, *tolerance};
}

// As the table shows it: instructions are whole numbers, what is counted for a saga may be a share.
double rounded(double count) { return count < 1'000 ? std::round(count * 100) / 100 : std::round(count); }

// Whether the count is further from the row than this share of its tolerance.
bool is_off(const Row& row, double count, double share) {
  return std::abs(count - row.count) > row.count * row.tolerance / 100 * share;
}

std::set<std::string_view> groups_of(const std::vector<Count>& counts) {
  std::set<std::string_view> groups;
  for (const Count& count : counts) groups.insert(group_of(count.name));
  return groups;
}

}  // namespace

const Row* Table::find(std::string_view name) const {
  const auto at = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.name == name; });
  return at == rows.end() ? nullptr : &*at;
}

Result<Table> parse_table(std::string_view text) {
  Table table;
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty() || line.front() == '#') continue;
    if (line.substr(0, kMadeWith.size()) == kMadeWith) {
      table.made_with = line.substr(kMadeWith.size());
      continue;
    }
    auto row = parse_row(line);
    if (!row || table.find(row->name) != nullptr) {
      return fail(ErrorKind::kInvalid, "bad-table",
                  fmt::format("line {} of the table is none of: NAME COUNT TOLERANCE%, each name once", number));
    }
    table.rows.push_back(std::move(*row));
  }
  return table;
}

std::string to_text(const Table& table) {
  std::string text = fmt::format("{}{}{}\n", kHead, kMadeWith, table.made_with);
  std::string_view group;
  for (const Row& row : table.rows) {
    if (group_of(row.name) != group) text += '\n';
    group = group_of(row.name);
    text += fmt::format("{:<72}{:>10}{:>7}\n", row.name, rounded(row.count), fmt::format("{}%", row.tolerance));
  }
  return text;
}

std::vector<std::string> differences(const Table& table, const std::vector<Count>& counts) {
  std::vector<std::string> found;
  std::set<std::string_view> known;
  for (const Count& count : counts) {
    known.insert(count.name);
    if (!count.value) continue;
    const Row* row = table.find(count.name);
    if (row == nullptr) {
      found.push_back(fmt::format("{}: is {}, and has no row in the table", count.name, rounded(*count.value)));
    } else if (is_off(*row, *count.value, 1)) {
      const std::string change =
          row->count > 0 ? fmt::format(" ({:+.1f} %)", (*count.value / row->count - 1) * 100) : std::string();
      found.push_back(fmt::format("{}: was {}, is {}{}; it may differ by {} %", count.name, rounded(row->count),
                                  rounded(*count.value), change, row->tolerance));
    }
  }
  const auto groups = groups_of(counts);
  for (const Row& row : table.rows) {
    if (groups.count(group_of(row.name)) > 0 && known.count(row.name) == 0) {
      found.push_back(fmt::format("{}: has a row in the table, and nothing counts it", row.name));
    }
  }
  return found;
}

Table renewed(const Table& table, const std::vector<Count>& counts, std::string made_with) {
  Table made{std::move(made_with), {}};
  const auto groups = groups_of(counts);
  for (const Row& row : table.rows) {
    if (groups.count(group_of(row.name)) == 0) made.rows.push_back(row);
  }
  for (const Count& count : counts) {
    const Row* row = table.find(count.name);
    if (row != nullptr && (!count.value || !is_off(*row, *count.value, kNoise))) {
      made.rows.push_back(*row);
    } else if (count.value) {
      made.rows.push_back({count.name, rounded(*count.value), row == nullptr ? count.tolerance : row->tolerance});
    }
  }
  // Groups by name, the counts of each in the order in which they were counted.
  std::stable_sort(made.rows.begin(), made.rows.end(),
                   [](const Row& a, const Row& b) { return group_of(a.name) < group_of(b.name); });
  return made;
}

}  // namespace skald::counts
