#pragma once

// A task: one attempt of one step, on its way to a worker.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/value.h"

namespace skald::wire {

struct TaskMessage {
  SagaId saga;
  RunId run;
  std::string step;  // reference: "/do/1/reserve"
  std::uint32_t visit = 1;
  std::uint32_t attempt = 1;
  std::uint32_t dispatch = 1;
  std::string key;  // the idempotency key: the same in every attempt
  std::string task;
  Payload input;
  std::optional<Millis> timeout;  // of one attempt
  std::optional<Time> deadline;   // behind it nobody waits for the answer
  bool secrets = false;           // the input has references to secrets, which the worker puts in
  std::string result;             // the subject for the answer
  std::string token;
  std::string traceparent;  // W3C, where the message has several tasks; of a task alone it is a header

  bool operator==(const TaskMessage&) const = default;
};

inline constexpr std::size_t kMaxTasksPerMessage = 64;

// One message of one task, or of several of one type.
std::string encode(const std::vector<TaskMessage>& tasks);
// The tasks of a message, at least one. Error: "bad-task".
Result<std::vector<TaskMessage>> decode_tasks(std::string_view body, bool json);

// The message id of a dispatch: "<key>#<attempt>#<dispatch>", and behind it "#<incarnation>" where that is not 1: what
// a restored store publishes must not be taken for what the broker had of it before.
std::string task_message_id(std::string_view key, std::uint32_t attempt, std::uint32_t dispatch,
                            std::uint64_t incarnation = 1);
// That of several tasks in one message, made of their message ids.
std::string tasks_message_id(const std::vector<std::string>& ids);
// What stands for a task in the id of such a message, made of the task's own.
std::string task_digest(std::string_view id);
// Of each task of a message with this id, alone or among others.
std::vector<std::string> task_digests(std::string_view message_id);

}  // namespace skald::wire
