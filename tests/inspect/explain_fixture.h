#pragma once

// Explanations of sagas that are driven by hand. Whatever is explained, every order that is advised must be one that
// the core accepts as the saga stands.

#include <sstream>

#include "engine/core/children.h"
#include "engine/inspect/explain.h"
#include "tests/core/saga_fixture.h"

namespace skald::inspect {

using core::Saga;

inline std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// The order that a command line gives to the core; none: it is no order.
inline std::optional<core::Command> order_of(const std::string& line) {
  const auto words = words_of(line);
  const auto option = [&](const std::string& name) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] == name) return words[i + 1];
    }
    return std::string();
  };
  const core::By by{option("--reason"), "test"};
  const std::string step = option("--step");
  const std::string verb = words.size() > 1 && words[0] == "skald" ? words[1] : "";
  if (verb == "retry") return core::Retry{step, {}, by};
  if (verb == "skip") return core::Skip{step, {}, by};
  if (verb == "resolve") return core::Resolve{step, {}, option("--output").empty() ? Payload() : Payload(Value(1)), by};
  if (verb == "resume") return core::Resume{by};
  if (verb == "cancel") return core::Cancel{by};
  if (verb == "signal") {
    static int sent = 0;
    const Value event{{"type", words.at(3)}, {"source", "test"}, {"id", std::to_string(++sent)}, {"data", 1}};
    return core::TakeEvent{Payload(event), true, by};
  }
  return std::nullopt;
}

// What is told of a saga; commands and sentences are looked up by their codes.
struct Told : Explanation {
  explicit Told(Explanation all) : Explanation(std::move(all)) {}

  // The texts of this code, a line each; empty: there is none.
  std::string said(const std::string& code) const {
    std::string text;
    for (const Sentence& one : sentences) text += one.code == code ? (text.empty() ? "" : "\n") + one.text : "";
    return text;
  }
  const Sentence* sentence(const std::string& code) const {
    for (const Sentence& one : sentences) {
      if (one.code == code) return &one;
    }
    return nullptr;
  }
  std::string then(const std::string& code) const {
    std::string text;
    for (const Prospect& one : next) text += one.code == code ? (text.empty() ? "" : "\n") + one.text : "";
    return text;
  }
  std::optional<Time> then_at(const std::string& code) const {
    for (const Prospect& one : next) {
      if (one.code == code) return one.at;
    }
    return std::nullopt;
  }
  std::string command(std::size_t place) const { return place < commands.size() ? commands[place].command : ""; }
  std::vector<std::string> verbs() const {
    std::vector<std::string> all;
    for (const Advice& one : commands) all.push_back(words_of(one.command).at(1));
    return all;
  }
};

inline Past past_of(const Saga& saga) {
  core::State state = core::make_state(saga.state().workflow);
  Past past;
  for (const core::Event& event : saga.history) {
    apply(state, event);
    note(past, event, state);
  }
  return past;
}

// An engine that has listened for an hour, with one worker for each of these types.
inline Surroundings served_by(const Saga& saga, const std::vector<std::string>& types) {
  Surroundings around;
  around.now = saga.now;
  around.broker_since = saga.now - Millis(3'600'000);
  for (const std::string& type : types) {
    runtime::TaskTypeStatus status;
    status.task = type;
    status.workers.push_back({"w-1", 8, 1, saga.now - Millis(2'000), Value::object()});
    status.last_heard = saga.now - Millis(2'000);
    around.types[type] = status;
  }
  for (const std::string& key : saga.state().open_steps) around.attempts[key] = {true, saga.now};
  return around;
}
inline Surroundings all_served(const Saga& saga) {
  std::vector<std::string> types;
  for (const auto& [reference, task] : saga.state().workflow->by_reference) {
    if (const std::string type = core::kind_of(*task).task_type(*task); !type.empty()) types.push_back(type);
  }
  return served_by(saga, types);
}

inline Told tell(const Saga& saga, const Surroundings& around) {
  Told told(explain(saga.state(), past_of(saga), around));
  EXPECT_FALSE(told.cause.empty());
  EXPECT_FALSE(told.summary.empty());
  EXPECT_FALSE(told.commands.empty());
  for (const Advice& advice : told.commands) {
    const auto order = order_of(advice.command);
    if (!order) continue;
    Saga copy = saga;
    const auto done = copy.act(*order);
    EXPECT_TRUE(done) << advice.command << " was refused: " << done.error().message;
    EXPECT_TRUE(!done || !done->empty()) << advice.command << " did nothing";
  }
  return told;
}
inline Told tell(const Saga& saga) { return tell(saga, all_served(saga)); }

}  // namespace skald::inspect
