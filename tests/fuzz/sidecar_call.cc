// A task as a call of the service beside the sidecar, and whatever that answers. Input, divided by zero bytes: the path
// and the body of the configuration, the task's input, the answer's status, its Retry-After and its body.

#include <charconv>

#include "engine/base/msgpack.h"
#include "tests/fuzz/target.h"
#include "workers/sidecar/http_call.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  const auto parts = fuzz::parts_of(fuzz::text_of(data, size), 6);
  workers::TaskConfig config;
  config.path = parts[0];
  if (auto body = parse_json(parts[1])) config.body = *std::move(body);
  config.errors[402] = {"urn:test:declined", ""};
  workers::Task task;
  if (auto input = Payload::from_json(parts[2])) task.message.input = *std::move(input);
  if (const auto request = workers::request_of(config, task); request && request->body) {
    SKALD_CHECK(parse_json(*request->body), "a call's body is JSON");
  }
  workers::HttpReply reply;
  std::from_chars(parts[3].data(), parts[3].data() + parts[3].size(), reply.status);
  reply.retry_after = parts[4];
  reply.body = parts[5];
  const workers::Answer answer = workers::answer_of(config, reply);
  const Payload& said = answer.outcome == wire::Outcome::kCompleted ? answer.output : answer.error;
  SKALD_CHECK(check_msgpack(said.bytes()), "an answer is a payload");
  SKALD_CHECK(!answer.retry_after || *answer.retry_after >= Millis(0), "a wait is not over before it begins");
  return 0;
}
