#include <algorithm>
#include <sstream>

#include "tests/conformance/files.h"
#include "tests/conformance/scenario.h"

namespace skald::conformance {
namespace {

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// What stands behind the first of these words; empty where the line begins with none.
std::string behind(const std::string& line, std::initializer_list<const char*> words) {
  for (const std::string word : words) {
    if (line.rfind(word, 0) == 0) return trimmed(line.substr(word.size()));
  }
  return {};
}

constexpr const char* kBlock = "\"\"\"";

// The lines up to the closing quotes, without the indentation of the opening ones.
std::string read_block(std::istringstream& lines, std::size_t indentation) {
  std::string block;
  for (std::string line; std::getline(lines, line) && trimmed(line).rfind(kBlock, 0) != 0;) {
    const auto text = line.find_first_not_of(' ');
    block += line.substr(std::min(text == std::string::npos ? line.size() : text, indentation)) + "\n";
  }
  return block;
}

}  // namespace

std::vector<Scenario> read_scenarios(const std::string& feature) {
  std::vector<Scenario> scenarios;
  std::istringstream lines(feature);
  for (std::string line; std::getline(lines, line);) {
    const std::string text = trimmed(line);
    if (const auto name = behind(text, {"Scenario:"}); !name.empty()) scenarios.push_back({name, {}});
    if (scenarios.empty()) continue;
    auto& steps = scenarios.back().steps;
    // The kit has "And given" beside "Given".
    std::string step = behind(text, {"Given ", "When ", "Then ", "And "});
    if (const auto given = behind(step, {"given "}); !given.empty()) step = given;
    if (!step.empty()) steps.push_back({step, ""});
    if (text.rfind(kBlock, 0) == 0 && !steps.empty()) steps.back().block = read_block(lines, line.find('"'));
  }
  return scenarios;
}

std::vector<Scenario> all_scenarios(const std::filesystem::path& specification) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(specification / "ctk/features")) {
    if (entry.path().extension() == ".feature") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Scenario> all;
  for (const auto& file : files) {
    for (auto& scenario : read_scenarios(read_file(file))) all.push_back(std::move(scenario));
  }
  return all;
}

}  // namespace skald::conformance
