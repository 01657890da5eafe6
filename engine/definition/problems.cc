#include "engine/definition/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace skald::definition {
namespace {

// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string Problems::at(int line, int column, std::string_view what) const {
  return fmt::format("{}:{}:{}: {}", file_, line, column, what);
}

void Problems::add_line(std::string line) {
  // What is used in several places by its name is read in each.
  if (std::find(lines_.begin(), lines_.end(), line) != lines_.end()) return;
  if (lines_.size() < kMaxProblems) {
    lines_.push_back(std::move(line));
  } else {
    ++more_;
  }
}

Error Problems::error() const {
  std::string message = fmt::format("{}", fmt::join(lines_, "\n"));
  if (more_ > 0) message += fmt::format("\nand {} more", more_);
  return make_error(ErrorKind::kInvalid, "bad-definition", std::move(message));
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  if (word.size() > 64) return {};
  for (const auto candidate : known) {
    const std::size_t d = distance(word, candidate);
    if (d < least && d < candidate.size()) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

void check_keys(const DocNode& mapping, const std::vector<std::string_view>& known, std::string_view where,
                Problems& problems) {
  for (std::size_t i = 0; i < mapping.entries.size(); ++i) {
    const std::string& key = mapping.entries[i].first;
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const auto meant = nearest(key, known);
    problems.add(mapping.key_positions[i],
                 meant.empty() ? fmt::format("unknown key '{}' in {}; known: {}", key, where, fmt::join(known, ", "))
                               : fmt::format("unknown key '{}' in {}; did you mean '{}'?", key, where, meant));
  }
}

std::pair<int, int> key_position(const DocNode& mapping, std::string_view key) {
  for (std::size_t i = 0; i < mapping.entries.size(); ++i) {
    if (mapping.entries[i].first == key) return mapping.key_positions[i];
  }
  return {mapping.line, mapping.column};
}

}  // namespace skald::definition
