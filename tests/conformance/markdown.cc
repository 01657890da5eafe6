#include "tests/conformance/markdown.h"

#include <sstream>

namespace skald::conformance {
namespace {

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

bool is_row(const std::string& line) { return line.size() > 1 && line.front() == '|'; }
bool is_rule(const std::string& line) { return is_row(line) && line.find_first_not_of("|-: ") == std::string::npos; }

// "| a | b |"
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  for (std::size_t begin = 1; begin < line.size();) {
    const auto end = line.find('|', begin);
    if (end == std::string::npos) break;
    cells.push_back(trimmed(line.substr(begin, end - begin)));
    begin = end + 1;
  }
  return cells;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

std::vector<Fence> fences(const std::string& markdown) {
  std::vector<Fence> found;
  bool inside = false;
  int number = 0;
  for (const std::string& line : lines_of(markdown)) {
    ++number;
    const bool mark = line.rfind("```", 0) == 0;
    if (mark && !inside) found.push_back({trimmed(line.substr(3)), "", number});
    if (!mark && inside) found.back().text += line + "\n";
    if (mark) inside = !inside;
  }
  return found;
}

std::vector<Row> table_rows(const std::string& markdown) {
  std::vector<Row> rows;
  const auto lines = lines_of(markdown);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool heading = i + 1 < lines.size() && is_rule(lines[i + 1]);
    if (is_row(lines[i]) && !is_rule(lines[i]) && !heading)
      rows.push_back({cells_of(lines[i]), static_cast<int>(i) + 1});
  }
  return rows;
}

}  // namespace skald::conformance
