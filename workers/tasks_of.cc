#include "workers/tasks_of.h"

#include <fmt/format.h>

#include <utility>

#include "engine/bus/jetstream.h"
#include "engine/wire/subjects.h"
#include "engine/wire/task.h"

namespace skald::workers {

Result<std::vector<Task>> tasks_of(const bus::Message& message, const std::map<std::string, TypeOptions>& types) {
  SKALD_ASSIGN(auto decoded, wire::decode_tasks(message.data, message.header(wire::kContentType) == wire::kJson));
  const auto delivery = bus::delivery_info(message.reply);
  if (!delivery) return fail(ErrorKind::kInvalid, "no-delivery", "the message does not say how often it has come");
  const std::string_view trace = message.header(wire::kTraceparent);
  std::vector<Task> tasks;
  tasks.reserve(decoded.size());
  for (wire::TaskMessage& one : decoded) {
    if (types.count(one.task) == 0) {
      return fail(ErrorKind::kInvalid, "unknown-task", fmt::format("'{}' is not a task for this worker", one.task));
    }
    if (!tasks.empty() && one.task != tasks.front().message.task) {
      return fail(ErrorKind::kInvalid, "mixed-tasks",
                  fmt::format("'{}' comes in one message with '{}'", one.task, tasks.front().message.task));
    }
    std::string traceparent = one.traceparent.empty() ? std::string(trace) : std::move(one.traceparent);
    tasks.push_back({std::move(one), delivery->deliveries, std::move(traceparent)});
  }
  return tasks;
}

}  // namespace skald::workers
