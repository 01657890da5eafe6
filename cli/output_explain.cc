#include <fmt/format.h>

#include <algorithm>

#include "cli/output.h"

namespace skald::cli {
namespace {

std::string texts(const Value& items) {
  std::string out;
  for (const Value& item : items) out += fmt::format("  {}\n", item.value("text", ""));
  return out;
}

}  // namespace

std::string explanation_text(const Value& explanation, const Style& style) {
  const std::string status = explanation.value("status", "");
  const auto part = [&](const char* head, const std::string& lines) {
    return lines.empty() ? "" : "\n" + style.bold(head) + "\n" + lines;
  };
  const Value sentences = explanation.value("sentences", Value::array());
  std::string out =
      fmt::format("{}  {}  {}@{}\n", style.bold(explanation.value("id", "")), style.status(status, status),
                  explanation.value("workflow", ""), explanation.value("version", ""));
  out += explanation.value("summary", "") + "\n\n";
  out += texts(sentences);
  out += part("next", texts(explanation.value("next", Value::array())));
  const bool undoes = !explanation.value("would_undo", Value::array()).empty();
  const bool goes_back = std::any_of(sentences.begin(), sentences.end(),
                                     [](const Value& sentence) { return sentence.value("code", "") == "goes-back"; });
  const char* head = goes_back ? "what is still to be undone" : "what an error or a cancel would undo";
  if (undoes) out += part(head, rehearsal_text(explanation));
  std::string commands;
  for (const Value& advice : explanation.value("commands", Value::array())) {
    commands +=
        fmt::format("  {}\n      {}\n", style.bold(advice.value("command", "")), style.dim(advice.value("why", "")));
  }
  return out + part("what helps", commands);
}

}  // namespace skald::cli
