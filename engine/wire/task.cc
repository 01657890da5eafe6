#include "engine/wire/task.h"

#include <fmt/format.h>

#include "engine/base/hash.h"
#include "engine/wire/codec.h"

namespace skald::wire {

namespace {

void write(MsgWriter& out, const TaskMessage& task) {
  const auto text = [&out](std::string_view key, std::string_view value) {
    out.str(key);
    out.str(value);
  };
  const auto number = [&out](std::string_view key, std::uint64_t value) {
    out.str(key);
    out.uint(value);
  };
  out.map(11 + (task.timeout ? 1U : 0U) + (task.deadline ? 1U : 0U) + (task.secrets ? 1U : 0U) +
          (task.traceparent.empty() ? 0U : 1U));
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
  if (!task.traceparent.empty()) text("traceparent", task.traceparent);
}

// `several`: where the bytes of each go, if the message has several tasks; none: it must not.
void read_field(MsgReader& in, std::string_view key, TaskMessage& task, std::vector<std::string_view>* several) {
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
  } else if (key == "traceparent") {
    task.traceparent = in.str();
  } else if (key == "tasks" && several != nullptr) {
    const std::uint32_t count = in.array();
    if (count == 0 || count > kMaxTasksPerMessage) in.set_failed();
    for (std::uint32_t left = count; left > 0 && in.ok(); --left) several->push_back(in.skip());
  } else {
    in.skip();
  }
}

Status read(std::string_view bytes, TaskMessage& task, std::vector<std::string_view>* several) {
  MsgReader in(bytes);
  read_map(in, [&](std::string_view key) { read_field(in, key, task, several); });
  if (!in.ok()) {
    return fail(ErrorKind::kInvalid, "bad-task",
                "the message is no task: a field has the wrong type, or there are none or more than 64 tasks");
  }
  if (several != nullptr && !several->empty()) return {};
  for (const auto& [name, value] : {std::pair<const char*, std::string_view>("run", task.run.str()),
                                    {"key", task.key},
                                    {"task", task.task},
                                    {"result", task.result}}) {
    if (value.empty()) {
      return fail(ErrorKind::kInvalid, "bad-task", fmt::format("the message is no task: '{}' is missing", name));
    }
  }
  return {};
}

constexpr std::string_view kTogether = "together:";

constexpr std::size_t kDigest = 16;  // hexadecimal digits: two tasks of a queue do not share one

}  // namespace

std::string encode(const std::vector<TaskMessage>& tasks) {
  MsgWriter out;
  if (tasks.size() != 1) {
    out.map(1);
    out.str("tasks");
    out.array(static_cast<std::uint32_t>(tasks.size()));
  }
  for (const TaskMessage& task : tasks) write(out, task);
  return out.take();
}

Result<std::vector<TaskMessage>> decode_tasks(std::string_view body, bool json) {
  SKALD_ASSIGN(const std::string bytes, as_msgpack(body, json, "bad-task"));
  std::vector<TaskMessage> tasks(1);
  std::vector<std::string_view> several;
  SKALD_TRY(read(bytes, tasks.front(), &several));
  if (several.empty()) return tasks;
  tasks.clear();
  for (const std::string_view each : several) SKALD_TRY(read(each, tasks.emplace_back(), nullptr));
  return tasks;
}

std::string task_message_id(std::string_view key, std::uint32_t attempt, std::uint32_t dispatch,
                            std::uint64_t incarnation) {
  const std::string id = fmt::format("{}#{}#{}", key, attempt, dispatch);
  return incarnation == 1 ? id : fmt::format("{}#{}", id, incarnation);
}

std::string task_digest(std::string_view id) { return to_hex(bytes_of(sha256(id))).substr(0, kDigest); }

std::string tasks_message_id(const std::vector<std::string>& ids) {
  std::string together(kTogether);
  for (const std::string& id : ids) together += task_digest(id);
  return together;
}

std::vector<std::string> task_digests(std::string_view message_id) {
  if (message_id.substr(0, kTogether.size()) != kTogether) return {task_digest(message_id)};
  std::vector<std::string> digests;
  for (std::size_t at = kTogether.size(); at < message_id.size(); at += kDigest) {
    digests.emplace_back(message_id.substr(at, kDigest));
  }
  return digests;
}

}  // namespace skald::wire
