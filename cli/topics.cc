#include "cli/topics.h"

#include "cli/embedded.h"
#include "engine/base/check.h"

namespace skald::cli {
namespace {

constexpr const char* kNames[] = {"getting-started", "sagas",      "workflows", "workers",  "compensation",
                                  "pivot",           "retries",    "timeouts",  "events",   "stuck",
                                  "cancel",          "verbs",      "queries",   "watching", "secrets",
                                  "output",          "exit-codes", "offline",   "backups",  "completion"};

// "# NAME: TITLE", an empty line, the text.
Topic read(const std::string& name) {
  const std::string& text = embedded("cli/topics/" + name + ".md");
  const std::string head = "# " + name + ": ";
  const std::size_t end = text.find("\n\n");
  SKALD_CHECK(text.rfind(head, 0) == 0 && end != std::string::npos, "a topic begins with its name and title");
  return {name, text.substr(head.size(), end - head.size()), text.substr(end + 2)};
}

}  // namespace

const std::vector<Topic>& topics() {
  static const std::vector<Topic> kTopics = [] {
    std::vector<Topic> all;
    for (const char* name : kNames) all.push_back(read(name));
    return all;
  }();
  return kTopics;
}

const Topic* topic_named(const std::string& name) {
  for (const Topic& topic : topics()) {
    if (topic.name == name) return &topic;
  }
  return nullptr;
}

std::string topic_text(const Topic& topic, const Style& style) {
  std::string out = style.bold(topic.name + ": " + topic.title) + "\n\n";
  for (std::size_t at = 0; at < topic.text.size();) {
    const std::size_t open = topic.text.find('`', at);
    const std::size_t close = open == std::string::npos ? open : topic.text.find('`', open + 1);
    if (close == std::string::npos) return out + topic.text.substr(at);
    const std::string code = topic.text.substr(open + 1, close - open - 1);
    out += topic.text.substr(at, open - at) + (style.plain() ? "`" + code + "`" : style.bold(code));
    at = close + 1;
  }
  return out;
}

}  // namespace skald::cli
