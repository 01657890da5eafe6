#pragma once

// A task: one attempt of one step, on its way to a worker.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

  bool operator==(const TaskMessage&) const = default;
};

std::string encode(const TaskMessage& task);
// Error: "bad-task".
Result<TaskMessage> decode_task(std::string_view body, bool json);

// The message id of a dispatch: "<key>#<attempt>#<dispatch>", and behind it "#<incarnation>" where that is not 1: what
// a restored store publishes must not be taken for what the broker had of it before.
std::string task_message_id(std::string_view key, std::uint32_t attempt, std::uint32_t dispatch,
                            std::uint64_t incarnation = 1);

}  // namespace skald::wire
