#include "workers/answer.h"

#include "engine/wire/codec.h"

namespace skald::workers {

Answer Answer::completed(const Value& output) {
  Answer answer;
  answer.outcome = wire::Outcome::kCompleted;
  answer.output = Payload(output);
  return answer;
}

Payload problem(const std::string& type, int status, const std::string& title) {
  return Payload(Value{{"type", "urn:skald:error:" + type}, {"status", status}, {"title", title}});
}

Answer ended(wire::Outcome outcome, const std::string& why, const std::string& title) {
  Answer answer;
  answer.outcome = outcome;
  answer.error = problem(why, 504, title);
  return answer;
}

Answer not_begun(const std::string& why, const std::string& title) { return ended(wire::Outcome::kFailed, why, title); }

wire::ResultMessage result_of(const Task& task, const Answer& answer, const std::string& worker, Time started,
                              Time finished) {
  wire::ResultMessage result;
  result.run = task.message.run;
  result.step = task.message.step;
  result.key = task.message.key;
  result.attempt = task.message.attempt;
  result.token = task.message.token;
  result.deliveries = task.deliveries;
  result.outcome = answer.outcome;
  result.output = answer.output;
  result.error = answer.error;
  result.retry_after = answer.retry_after;
  result.worker = worker;
  result.started_at = started;
  result.finished_at = finished;
  if (result.output.size() > wire::kMaxPayloadBytes || result.error.size() > wire::kMaxPayloadBytes) {
    result.outcome = wire::Outcome::kUnknown;
    result.output = {};
    result.error = problem("payload-too-large", 413, "The answer is larger than 256 KiB");
  }
  return result;
}

}  // namespace skald::workers
