// What a saga needs beyond the standard: retry, compensate, pivot, effect, each also as metadata.*.

#include <fmt/format.h>

#include <utility>

#include "engine/definition/task_parser.h"

namespace skald::definition {

const DocNode* TaskParser::ours(const DocNode& node, std::string_view name) {
  const DocNode* plain = node.find(name);
  const DocNode* metadata = node.find("metadata");
  const DocNode* spelled = metadata != nullptr ? metadata->find(name) : nullptr;
  if (plain != nullptr && spelled != nullptr) {
    problems_.add(key_position(*metadata, name),
                  fmt::format("'{0}' and 'metadata.{0}' mean the same; write one", name));
  }
  return plain != nullptr ? plain : spelled;
}

void TaskParser::saga_keys(Task& task, const DocNode& node, std::size_t depth) {
  const bool effect = task.kind->has_effect();
  if (const auto* retry = effect ? ours(node, "retry") : nullptr) {
    const auto defaults = task.undo_of != nullptr ? default_undo_retry() : default_retry();
    if (const auto read = this->retry(*retry, defaults, variables(task, false))) {
      task.retry = read->policy;
      if (!task.timeout) task.timeout = read->attempt_timeout;
    }
  }
  if (const auto* none = effect ? ours(node, "effect") : nullptr) {
    task.effect_none = none->is_string() && none->scalar == "none";
    if (!task.effect_none) problems_.add(*none, "'effect' can only be none: the call changes nothing anywhere");
  }
  if (const auto* pivot = effect ? ours(node, "pivot") : nullptr) {
    if (pivot->type != DocNode::Type::kScalar || !pivot->scalar.is_boolean()) {
      problems_.add(*pivot, "'pivot' is true or false");
    } else {
      task.pivot = pivot->scalar.get<bool>();
      if (task.pivot && task.undo_of != nullptr) problems_.add(*pivot, "no 'pivot' stands inside an undo");
    }
  }
  if (const auto* compensate = effect || task.kind->composite() ? ours(node, "compensate") : nullptr) {
    if (task.undo_of != nullptr) {
      problems_.add(*compensate, "no 'compensate' stands inside an undo: it is retried until it works");
    } else if (task.reference.empty()) {
      problems_.add(*compensate, "the workflow as a whole has no 'compensate'; its tasks have");
    } else {
      Names around;  // an undo sees the step that it undoes, and nothing of the loops and handlers around it
      std::swap(around, locals_);
      undo(task, *compensate, depth);
      std::swap(around, locals_);
    }
  }
  if (task.effect_none && task.undo != nullptr) {
    problems_.add(node, fmt::format("'{}' says effect: none and has an undo; one of them is wrong", task.name));
  }
}

void TaskParser::undo(Task& task, const DocNode& node, std::size_t depth) {
  if (node.is_string() && node.scalar == "parallel" && task.kind->keyword() == "fork") {
    task.undo_parallel = true;
    return;
  }
  auto made = std::make_unique<Undo>();
  DocNode inner;  // what is left for the kind to read, when our own keys are taken out
  inner.type = DocNode::Type::kMapping;
  inner.line = node.line;
  inner.column = node.column;
  if (node.is_sequence()) {
    inner.entries.emplace_back("do", node);
    inner.key_positions.emplace_back(node.line, node.column);
  } else if (node.is_mapping()) {
    for (std::size_t i = 0; i < node.entries.size(); ++i) {
      const auto& [key, value] = node.entries[i];
      if (key == "retry") {
        if (const auto read = this->retry(value, default_undo_retry(), undo_variables())) {
          made->retry = read->policy;
          if (read->attempt_timeout) made->timeout = read->attempt_timeout;
        }
      } else if (key == "timeout") {
        made->timeout = this->timeout(value);
      } else if (key == "on") {
        made->only_completed = value.is_string() && value.scalar == "completed";
        if (!made->only_completed && !(value.is_string() && value.scalar == "any")) {
          problems_.add(value, "'on' is completed or any");
        }
      } else {
        inner.entries.push_back(node.entries[i]);
        inner.key_positions.push_back(node.key_positions[i]);
      }
    }
  } else {
    return problems_.add(
        node, "'compensate' is a call, a list of tasks, { do: [...], retry, timeout, on }, or of a fork: parallel");
  }
  for (const char* kind : {"call", "do"}) {
    if (inner.find(kind) == nullptr) continue;
    made->body = this->task("compensate", inner, task.reference + "/compensate", &task, depth + 1);
    task.undo = std::move(made);
    return;
  }
  problems_.add(node, "'compensate' needs a 'call' or a 'do'");
}

void TaskParser::own_undo(Task& task) {
  if (task.undo != nullptr || task.undo_of != nullptr || task.effect_none) return;
  auto body = task.body->own_undo();
  if (body == nullptr) return;
  task.undo = std::make_unique<Undo>();
  task.undo->only_completed = true;
  task.undo->body = std::make_unique<Task>();
  Task& made = *task.undo->body;
  made.name = "compensate";
  made.reference = task.reference + "/compensate";
  made.line = task.line;
  made.kind = task.kind;
  made.body = std::move(body);
  made.undo_of = &task;
}

}  // namespace skald::definition
