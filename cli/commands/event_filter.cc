#include "cli/commands/event_filter.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/common.h"
#include "cli/commands/query.h"
#include "engine/core/event.h"

namespace skald::cli {
namespace {

// "*" stands for any text.
bool is_like(std::string_view name, std::string_view pattern) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() != '*')
    return !name.empty() && name.front() == pattern.front() && is_like(name.substr(1), pattern.substr(1));
  const std::string_view rest = pattern.substr(1);
  for (std::size_t skipped = 0; skipped <= name.size(); ++skipped) {
    if (is_like(name.substr(skipped), rest)) return true;
  }
  return false;
}

bool is_of_any_type(const std::string& pattern) {
  for (std::size_t i = 0; i < core::kEventTypes; ++i) {
    if (is_like(core::name_of(static_cast<core::EventType>(i)), pattern)) return true;
  }
  return false;
}

// Of an option whose value is one.
std::optional<Time> time_given(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return parse_time(text).value();
}

// A step's reference, what is inside it, or its name alone.
bool is_at(const std::string& reference, const std::string& wanted) {
  if (wanted.empty() || wanted.front() != '/') {
    return reference.size() > wanted.size() && reference.ends_with("/" + wanted);
  }
  return reference == wanted || reference.starts_with(wanted + "/");
}

bool went_wrong(const Value& event) {
  if (event.contains("error")) return true;
  const std::string type = event.value("type", "");
  if (type == "timer.fired") return event.value("timer", "") != "wait";
  if (type.ends_with(".late_result")) return event.value("outcome", "") != "completed";
  return type == "step.timed_out" || type == "saga.stuck" || type == "saga.failed";
}

}  // namespace

void EventFilter::add_options(CLI::App& command) {
  command.add_option("--type", types_, "only events of this type; * is any text, as in step.* (repeatable)");
  command.add_option("--step", step_, "only what was about this step: its reference, or its name");
  command.add_flag("--errors", errors_, "only what went wrong");
  command.add_option("--from", from_, "from the event with this number on")
      ->check(CLI::Range(std::uint64_t{1}, kMostEvents));
  command.add_option("--to", to_, "up to the event with this number")->check(CLI::Range(std::uint64_t{1}, kMostEvents));
  command.add_option("--since", since_text_, "at or after this time: RFC 3339, or 2h for two hours ago")
      ->transform(moment());
  command.add_option("--until", until_text_, "before this time: RFC 3339, or 2h for two hours ago")
      ->transform(moment());
}

Status EventFilter::prepare() {
  for (const std::string& type : types_) {
    if (is_of_any_type(type)) continue;
    return fail(ErrorKind::kInvalid, "bad-type",
                fmt::format("--type: no event is a '{}'; types are as step.completed, and * is any text", type));
  }
  if (from_ == 0) return fail(ErrorKind::kInvalid, "bad-range", "--from: events are counted from 1");
  if (to_ != 0 && to_ < from_) {
    return fail(ErrorKind::kInvalid, "bad-range", fmt::format("--to {} is before --from {}", to_, from_));
  }
  since_ = time_given(since_text_);
  until_ = time_given(until_text_);
  return {};
}

bool EventFilter::matches(const Value& event) const {
  const std::uint64_t seq = event.value("seq", std::uint64_t{0});
  if (seq < from_ || (to_ != 0 && seq > to_)) return false;
  const std::string type = event.value("type", "");
  const auto is_type = [&type](const std::string& pattern) { return is_like(type, pattern); };
  if (!types_.empty() && std::none_of(types_.begin(), types_.end(), is_type)) return false;
  if (!step_.empty() && !is_at(event.value("step", ""), step_)) return false;
  if (errors_ && !went_wrong(event)) return false;
  if (!since_ && !until_) return true;
  const auto at = parse_time(event.value("at", ""));
  return at && (!since_ || *at >= *since_) && (!until_ || *at < *until_);
}

bool EventFilter::ends_before(const Value& event) const {
  return to_ != 0 && event.value("seq", std::uint64_t{0}) >= to_;
}

}  // namespace skald::cli
