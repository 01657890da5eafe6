#include <fmt/format.h>

#include "cli/cells.h"
#include "cli/output.h"

namespace skald::cli {
namespace {

bool has(const std::string& type, const char* word) { return type.find(word) != std::string::npos; }

// "order.paid about o-1".
std::string awaited(const Value& one) {
  const std::string subject = one.value("subject", "");
  return one.value("type", "") + (subject.empty() ? "" : " about " + subject);
}

// Of what is published, awaited and taken.
std::string event_detail(const Value& event) {
  if (event.contains("event") && event["event"].is_object()) return awaited(event["event"]);
  std::string text;
  if (!event.contains("awaits") || !event["awaits"].is_array()) return text;
  for (const Value& one : event["awaits"]) text += (text.empty() ? "" : ", ") + awaited(one);
  return text;
}

// The part of an event that a person wants beside its type.
std::string detail_of(const Value& event, bool payloads) {
  std::string out;
  const auto add = [&out](const std::string& text) { out += (out.empty() ? "" : "  ") + printable(text); };
  if (event.contains("task")) add(event["task"].get<std::string>());
  if (const std::string what = event_detail(event); !what.empty()) add(what);
  const std::string type = event.value("type", "");
  // Of a child saga; a saga's own stand above its history.
  if (type == "step.scheduled" && event.contains("workflow")) add("saga " + event["workflow"].get<std::string>());
  if (event.contains("round")) add(fmt::format("round {}", event["round"].get<unsigned>() + 1));
  if (event.contains("taken")) add("-> " + event["taken"].get<std::string>());
  const bool counted = event.contains("attempt") && event["attempt"].is_number_unsigned();
  if (counted && event["attempt"].get<unsigned>() > 1) add(fmt::format("attempt {}", event["attempt"].get<unsigned>()));
  for (const char* name : {"reason", "who", "worker"}) {
    if (event.contains(name) && event[name].is_string() && !event[name].get<std::string>().empty()) {
      add(fmt::format("{} {}", std::string(name) == "worker" ? "by" : name, event[name].get<std::string>()));
    }
  }
  if (event.contains("due") && event["due"].is_string()) add("due " + event["due"].get<std::string>());
  if (!payloads) return out;
  if (event.contains("error") && !event["error"].is_null()) add(brief(event["error"], 120));
  if (event.contains("event") && event["event"].is_object() && event["event"].contains("data")) {
    add(brief(event["event"]["data"], 80));
  }
  for (const char* name : {"output", "input"}) {
    if (event.contains(name) && !event[name].is_null()) return out + (out.empty() ? "" : "  ") + brief(event[name], 80);
  }
  return out;
}

}  // namespace

std::string event_text(const Value& event, Time start, const Style& style, bool payloads) {
  const std::string type = event.value("type", "");
  const auto at = parse_time(event.value("at", ""));
  const std::string since = at ? "+" + format_duration(std::max(Millis(0), *at - start)) : "";
  const std::string padded = fmt::format("{:<28}", type);
  const std::string word = has(type, "completed") || has(type, "resolved")                            ? "completed"
                           : has(type, "failed") || has(type, "rejected")                             ? "failed"
                           : has(type, "stuck")                                                       ? "stuck"
                           : has(type, "compensat") || has(type, "unknown") || has(type, "timed_out") ? "compensated"
                                                                                                      : "";
  return fmt::format("{:>4}  {:>9}  {} {:<16} {}", event.value("seq", 0), since, style.status(word, padded),
                     event.value("step", ""), style.dim(detail_of(event, payloads)));
}

}  // namespace skald::cli
