#include "workers/calls.h"

#include <chrono>
#include <exception>

#include "engine/base/log.h"
#include "workers/answer.h"

namespace skald::workers {

Answer Calls::call(const Task& task, const std::stop_token& stop) const {
  if (task.message.deadline && clock_.now() >= *task.message.deadline) {
    return not_begun("deadline", "The task came behind its deadline and was not begun");
  }
  if (stop.stop_requested()) return not_begun("cancelled", "The attempt was cancelled before it was begun");
  return task.message.secrets ? call_with_secrets(task, stop) : handle(task, stop);
}

Answer Calls::call_with_secrets(const Task& task, const std::stop_token& stop) const {
  auto filled = secrets_.fill(task.message.input);
  if (!filled) {
    logger("worker")->warn("task not begun task={} key={} error=\"{}\"", task.message.task, task.message.key,
                           filled.error().message);
    return Answer::failed({{"type", "urn:skald:error:" + filled.error().code},
                           {"status", 503},
                           {"title", "The worker does not have a secret"},
                           {"detail", filled.error().message}});
  }
  Task with = task;
  with.message.input = std::move(filled->input);
  Answer answer = handle(with, stop);
  answer.output = redacted(answer.output, filled->used);
  answer.error = redacted(answer.error, filled->used);
  return answer;
}

Answer Calls::handle(const Task& task, const std::stop_token& stop) const {
  const auto begun = std::chrono::steady_clock::now();
  try {
    Answer answer = types_.at(task.message.task).handler(task, stop);
    if (answer.hand_back) {
      short_tasks_.handed_back(task.message.task);
    } else {
      short_tasks_.took(task.message.task, std::chrono::steady_clock::now() - begun);
    }
    return answer;
  } catch (const std::exception& error) {
    logger("worker")->error("handler threw task={} key={} error=\"{}\"", task.message.task, task.message.key,
                            error.what());
    return {wire::Outcome::kUnknown, {}, problem("handler", 500, error.what()), {}, {}};
  }
}

}  // namespace skald::workers
