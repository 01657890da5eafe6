#include "cli/nearest.h"

#include <fmt/format.h>

#include <algorithm>

namespace skald::cli {
namespace {

constexpr std::size_t kMost = 3;
constexpr std::size_t kLongest = 64;  // of a word that we still look at

}  // namespace

std::size_t distance(const std::string& one, const std::string& other) {
  const std::size_t width = other.size() + 1;
  std::vector<std::size_t> costs((one.size() + 1) * width);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return costs[i * width + j]; };
  for (std::size_t i = 0; i <= one.size(); ++i) at(i, 0) = i;
  for (std::size_t j = 0; j <= other.size(); ++j) at(0, j) = j;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const std::size_t changed = at(i - 1, j - 1) + (one[i - 1] == other[j - 1] ? 0 : 1);
      at(i, j) = std::min({changed, at(i - 1, j) + 1, at(i, j - 1) + 1});
      const bool swapped = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
      if (swapped) at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
    }
  }
  return at(one.size(), other.size());
}

std::vector<std::string> nearest(const std::string& word, const std::vector<std::string>& names) {
  if (word.empty() || word.size() > kLongest) return {};
  std::vector<std::pair<std::size_t, std::string>> found;
  for (const std::string& name : names) {
    const bool begins = word.size() >= 3 && name.rfind(word, 0) == 0;
    const std::size_t off = begins ? 0 : distance(word, name);
    if (off <= std::max<std::size_t>(1, std::min(word.size(), name.size()) / 3)) found.emplace_back(off, name);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> out;
  for (const auto& [off, name] : found) {
    // Where one is clearly nearer, the others are noise.
    if (out.size() == kMost || off > found.front().first + 1) break;
    out.push_back(name);
  }
  return out;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : nearest(word, names)) {
    text += fmt::format("{}'{}'", text.empty() ? "" : " or ", name);
  }
  return text.empty() ? "" : fmt::format("; did you mean {}?", text);
}

}  // namespace skald::cli
