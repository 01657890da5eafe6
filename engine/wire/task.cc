#include "engine/wire/task.h"

#include <fmt/format.h>

#include "engine/wire/codec.h"

namespace skald::wire {

std::string encode(const TaskMessage& task) {
  MsgWriter out;
  const auto text = [&out](std::string_view key, std::string_view value) {
    out.str(key);
    out.str(value);
  };
  const auto number = [&out](std::string_view key, std::uint64_t value) {
    out.str(key);
    out.uint(value);
  };
  out.map(11 + (task.timeout ? 1U : 0U) + (task.deadline ? 1U : 0U) + (task.secrets ? 1U : 0U));
  text("saga", task.saga.str());
  text("run", task.run.str());
  text("step", task.step);
  number("visit", task.visit);
  number("attempt", task.attempt);
  number("dispatch", task.dispatch);
  text("key", task.key);
  text("task", task.task);
  out.str("input");
  out.raw(task.input);
  if (task.timeout) number("timeout_ms", static_cast<std::uint64_t>(task.timeout->count()));
  if (task.deadline) {
    out.str("deadline_ms");
    out.integer(task.deadline->ms);
  }
  if (task.secrets) {
    out.str("secrets");
    out.boolean(true);
  }
  text("result", task.result);
  text("token", task.token);
  return out.take();
}

Result<TaskMessage> decode_task(std::string_view body, bool json) {
  SKALD_ASSIGN(const std::string bytes, as_msgpack(body, json, "bad-task"));
  MsgReader in(bytes);
  TaskMessage task;
  read_map(in, [&](std::string_view key) {
    if (key == "saga") {
      task.saga = SagaId(std::string(in.str()));
    } else if (key == "run") {
      task.run = RunId(std::string(in.str()));
    } else if (key == "step") {
      task.step = in.str();
    } else if (key == "visit") {
      task.visit = read_u32(in);
    } else if (key == "attempt") {
      task.attempt = read_u32(in);
    } else if (key == "dispatch") {
      task.dispatch = read_u32(in);
    } else if (key == "key") {
      task.key = in.str();
    } else if (key == "task") {
      task.task = in.str();
    } else if (key == "input") {
      task.input = in.payload();
    } else if (key == "timeout_ms") {
      if (!in.nil()) task.timeout = Millis(static_cast<std::int64_t>(read_u32(in)));
    } else if (key == "deadline_ms") {
      if (!in.nil()) task.deadline = Time{in.integer()};
    } else if (key == "secrets") {
      task.secrets = in.boolean();
    } else if (key == "result") {
      task.result = in.str();
    } else if (key == "token") {
      task.token = in.str();
    } else {
      in.skip();
    }
  });
  if (!in.ok()) return fail(ErrorKind::kInvalid, "bad-task", "the message is no task: a field has the wrong type");
  for (const auto& [name, value] : {std::pair("run", task.run.str()), std::pair("key", task.key),
                                    std::pair("task", task.task), std::pair("result", task.result)}) {
    if (value.empty()) {
      return fail(ErrorKind::kInvalid, "bad-task", fmt::format("the message is no task: '{}' is missing", name));
    }
  }
  return task;
}

std::string task_message_id(std::string_view key, std::uint32_t attempt, std::uint32_t dispatch,
                            std::uint64_t incarnation) {
  const std::string id = fmt::format("{}#{}#{}", key, attempt, dispatch);
  return incarnation == 1 ? id : fmt::format("{}#{}", id, incarnation);
}

}  // namespace skald::wire
