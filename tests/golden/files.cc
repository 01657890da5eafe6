#include "tests/golden/files.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "engine/base/hash.h"
#include "engine/core/event.h"

namespace skald::golden {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void put(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

std::string from_hex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

}  // namespace

fs::path folder() { return fs::path(SKALD_SOURCE_DIR) / "tests/golden/histories"; }

std::vector<Stored> stored() {
  std::vector<Stored> all;
  if (!fs::exists(folder())) return all;
  for (const auto& entry : fs::directory_iterator(folder())) {
    if (entry.path().extension() != ".yaml") continue;
    Stored one;
    one.name = entry.path().stem();
    one.document = read(entry.path());
    one.state = read(folder() / (one.name + ".state.json"));
    std::istringstream lines(read(folder() / (one.name + ".jsonl")));
    for (std::string line; std::getline(lines, line);) {
      const Value event = Value::parse(line);
      one.events.push_back(from_hex(event.at("bytes").get<std::string>()));
      one.shown.push_back(event.at("shown"));
    }
    all.push_back(std::move(one));
  }
  std::sort(all.begin(), all.end(), [](const Stored& a, const Stored& b) { return a.name < b.name; });
  return all;
}

void write(const Stored& history) {
  fs::create_directories(folder());
  put(folder() / (history.name + ".yaml"), history.document);
  put(folder() / (history.name + ".state.json"), history.state);
  std::string lines;
  for (std::size_t i = 0; i < history.events.size(); ++i) {
    lines += to_json(Value{{"shown", history.shown[i]}, {"bytes", to_hex(history.events[i])}}) + "\n";
  }
  put(folder() / (history.name + ".jsonl"), lines);
}

std::string text_of(const core::State& state) { return to_json(core::dump(state), 1) + "\n"; }

}  // namespace skald::golden
