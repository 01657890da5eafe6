#include "engine/inspect/explain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace skald::inspect {
namespace {

constexpr std::size_t kLongestError = 300;

std::string member(const Value& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : "";
}

// Without a half character at its end, and on one line.
std::string cut(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  if (text.size() <= kLongestError) return text;
  std::size_t end = kLongestError;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

std::string clock_text(Time time) { return format_time(time).substr(0, 19) + "Z"; }

std::string when_text(Time time, Time now) {
  const std::string clock = clock_text(time);
  if (time > now) return fmt::format("in {}, at {}", format_duration(time - now), clock);
  return fmt::format("{} ago, at {}", format_duration(now - time), clock);
}

std::string since_text(Time since, Time now) {
  return fmt::format("since {} ({})", clock_text(since), format_duration(std::max(Millis(0), now - since)));
}

std::string error_text(const Payload& error) {
  const Value value = error.value();
  const std::string title = member(value, "title");
  const std::string detail = member(value, "detail");
  if (title.empty() && detail.empty()) {
    const std::string type = member(value, "type");
    return cut(type.empty() ? to_json(value) : type);
  }
  return cut(title.empty() || detail.empty() ? title + detail : title + ": " + detail);
}

std::string list_text(const std::vector<std::string>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool last = i + 1 == items.size();
    text += (i == 0 ? "" : last ? " and " : ", ") + items[i];
  }
  return text;
}

std::string by_text(const std::string& who, const std::string& reason) {
  return (who.empty() ? "" : " by " + who) + (reason.empty() ? "" : ": " + cut(reason));
}

std::string capital(std::string text) {
  if (!text.empty()) text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

std::string count_text(std::uint64_t count, const std::string& what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string shell_word(const std::string& text) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("/._:-@%+=").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace skald::inspect
