#include "tests/conformance/cases.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/definition/document.h"
#include "tests/conformance/files.h"

namespace skald::conformance {
namespace {

constexpr const char* kHead = "document: { dsl: '1.0.3', namespace: test, name: case, version: '1.0.0' }\ndo:\n";

Case read_case(Value written, const std::string& place) {
  Case made;
  made.place = place;
  const Value rows = written.at("row");
  for (const Value& row : rows.is_array() ? rows : Value::array({rows})) made.rows.push_back(row.get<std::string>());
  made.workflow = written.contains("tasks") ? kHead + written["tasks"].get<std::string>()
                                            : written.at("workflow").get<std::string>();
  for (const char* ours : {"row", "tasks", "workflow"}) written.erase(ours);
  auto expected = read_expectation(written);
  if (!expected) throw std::runtime_error(place + ": " + expected.error().message);
  made.expected = std::move(*expected);
  return made;
}

}  // namespace

std::string Case::phrase() const {
  const auto told = expected.said.at("refused").get<std::string>();
  return told.substr(told.find(": ") + 2);
}

std::vector<Case> read_cases() {
  std::vector<Case> cases;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(source_folder() / "tests/conformance/cases")) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const std::string name = file.filename();
    const auto list = definition::parse_document(read_file(file), name);
    if (!list) throw std::runtime_error(list.error().message);
    for (const auto& item : list->items)
      cases.push_back(read_case(item.value(), fmt::format("{}:{}", name, item.line)));
  }
  return cases;
}

}  // namespace skald::conformance
