#include "tests/conformance/expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/core/kinds.h"
#include "engine/definition/kind.h"

namespace skald::conformance {
namespace {

constexpr std::array<std::string_view, 15> kKeys{
    "submission_refused", "input", "answers",       "cancel",  "calls", "ends", "output", "error", "emits", "takes",
    "left_behind",        "warns", "order_refused", "refused", "events"};
constexpr std::array<core::Outcome, 4> kOutcomes{core::Outcome::kCompleted, core::Outcome::kRejected,
                                                 core::Outcome::kFailed, core::Outcome::kUnknown};

tl::unexpected<Error> bad(std::string message) {
  return fail(ErrorKind::kInvalid, "bad-expectation", std::move(message));
}

Result<Answer> read_answer(const Value& written) {
  Answer answer;
  answer.body = Value::object();
  if (written == "silent") {
    answer.silent = true;
    return answer;
  }
  if (written.is_object() && written.contains("after")) {
    SKALD_ASSIGN(answer.after, parse_duration(written["after"].get<std::string>()));
  }
  for (const auto outcome : kOutcomes) {
    const std::string name(core::name_of(outcome));
    const bool has_body = written.is_object() && written.contains(name);
    if (written != name && !has_body) continue;
    answer.outcome = outcome;
    if (has_body) answer.body = written[name];
    return answer;
  }
  return bad(fmt::format("{} is no answer: completed, rejected, failed, unknown or silent", written.dump()));
}

Result<Script> read_script(const Value& written) {
  Script script;
  for (const auto& [task, answers] : written.items()) {
    for (const Value& one : answers.is_array() ? answers : Value::array({answers})) {
      SKALD_ASSIGN(Answer answer, read_answer(one));
      script[task].push_back(std::move(answer));
    }
  }
  return script;
}

// Gathers what differs.
class Comparison {
 public:
  Comparison(const Expectation& expected, std::vector<std::string>& lines) : expected_(expected), lines_(lines) {}

  const Value* said(std::string_view what) const {
    const auto at = expected_.said.find(std::string(what));
    return at == expected_.said.end() ? nullptr : &at->second;
  }
  void add(std::string line) { lines_.push_back(std::move(line)); }
  void same(std::string_view what, const Value& found) {
    const Value* wanted = said(what);
    if (wanted != nullptr && *wanted != found) differs(what, *wanted, found);
  }
  void lasts(std::string_view what, Millis found) {
    const Value* wanted = said(what);
    if (wanted == nullptr) return;
    const auto duration = parse_duration(wanted->get<std::string>());
    if (!duration || *duration != found) differs(what, *wanted, format_duration(found));
  }
  void fields(std::string_view what, const Value& found) {
    const Value* wanted = said(what);
    if (wanted != nullptr && !has_fields(found, *wanted)) differs(what, *wanted, found);
  }

 private:
  void differs(std::string_view what, const Value& wanted, const Value& found) {
    add(fmt::format("{}: expected {}, found {}", what, wanted.dump(), found.dump()));
  }

  const Expectation& expected_;
  std::vector<std::string>& lines_;
};

// Both lists are as long, and each item of the one has the fields of the other's.
Value calls_of(const Trial& trial, const Value* wanted) {
  Value calls = Value::array();
  for (const Call& call : trial.calls) {
    const std::size_t at = calls.size();
    const bool with_input = wanted != nullptr && at < wanted->size() && (*wanted)[at].is_object();
    calls.push_back(with_input ? Value{{call.task, call.input}} : Value(call.task));
  }
  return calls;
}

Value emitted(const Trial& trial) {
  Value events = Value::array();
  for (const core::Event& event : trial.history) {
    if (event.type == core::EventType::kEventEmitted) events.push_back(event.event.value());
  }
  return events;
}

void compare(const Trial& trial, Comparison& comparison) {
  comparison.same("ends", core::name_of(trial.status));
  comparison.same("output", trial.output);
  comparison.fields("error", trial.error);
  comparison.fields("calls", calls_of(trial, comparison.said("calls")));
  comparison.fields("emits", emitted(trial));
  comparison.same("left_behind", trial.left_behind);
  comparison.same("order_refused", trial.order_refused);
  comparison.lasts("takes", trial.took);
}

// Whether one of the lines, each "file:line:column: what", begins with `text` behind the file.
bool is_told(const std::vector<std::string>& lines, const std::string& text) {
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    const auto colon = line.find(':');
    return colon != std::string::npos && line.compare(colon + 1, text.size(), text) == 0;
  });
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

bool has_fields(const Value& found, const Value& wanted) {
  if (wanted.is_object() && found.is_object()) {
    const auto items = wanted.items();
    return std::all_of(items.begin(), items.end(), [&](const auto& item) {
      return found.contains(item.key()) && has_fields(found[item.key()], item.value());
    });
  }
  if (wanted.is_array() && found.is_array()) {
    return std::equal(found.begin(), found.end(), wanted.begin(), wanted.end(), has_fields);
  }
  return found == wanted;
}

Result<Expectation> read_expectation(const Value& written) {
  if (!written.is_object()) return bad("an expectation is a mapping");
  Expectation expected;
  for (const auto& [key, value] : written.items()) {
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) return bad("nothing is called '" + key + "'");
    if (key == "input") {
      expected.input = value;
    } else if (key == "answers") {
      SKALD_ASSIGN(expected.script, read_script(value));
    } else if (key == "cancel") {
      expected.order = Order{value.get<std::string>()};
    } else if (key == "events") {
      expected.events.assign(value.begin(), value.end());
    } else {
      expected.said[key] = value;
    }
  }
  if (!expected.runs() && expected.said.count("refused") == 0 && expected.said.count("warns") == 0) {
    return bad("it says neither how the workflow ends nor that it is refused or warned of");
  }
  return expected;
}

std::vector<std::string> differences(const std::string& workflow, const Expectation& expected,
                                     definition::JqRunner& jq) {
  std::vector<std::string> lines;
  Comparison comparison(expected, lines);
  const auto parsed = definition::parse_workflow(workflow, "workflow.yaml", core::all_kinds(), jq);
  const Value* refused = comparison.said("refused");
  if (refused != nullptr) {
    const auto problems = parsed ? std::vector<std::string>{} : lines_of(parsed.error().message);
    if (parsed) comparison.add("it is not refused");
    if (!parsed && (problems.size() != 1 || !is_told(problems, refused->get<std::string>()))) {
      comparison.add(
          fmt::format("refused: expected only '{}', found:\n{}", refused->get<std::string>(), parsed.error().message));
    }
    return lines;
  }
  if (!parsed) {
    comparison.add("it is refused:\n" + parsed.error().message);
    return lines;
  }
  const Value* warned = comparison.said("warns");
  if (warned != nullptr && !is_told(parsed->warnings, warned->get<std::string>())) {
    comparison.add(
        fmt::format("warns: expected '{}', found '{}'", warned->get<std::string>(), fmt::join(parsed->warnings, "\n")));
  }
  if (!expected.runs()) return lines;
  const auto trial =
      run(parsed->workflow, expected.input, worker_of(expected.script), jq, expected.order, expected.events);
  comparison.same("submission_refused", trial ? "" : trial.error().code);
  if (!trial && comparison.said("submission_refused") == nullptr) comparison.add(trial.error().message);
  if (!trial) return lines;
  compare(*trial, comparison);
  return lines;
}

}  // namespace skald::conformance
