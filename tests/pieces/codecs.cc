#include <fmt/format.h>

#include <memory>

#include "engine/base/check.h"
#include "engine/wire/result.h"
#include "engine/wire/task.h"
#include "engine/wire/token.h"
#include "store/chain.h"
#include "store/keys.h"
#include "store/records.h"
#include "tests/pieces/checkout.h"
#include "tests/pieces/live_checkout.h"
#include "tests/pieces/piece.h"

namespace skald::pieces {
namespace {

constexpr std::size_t kManyResults = 16;

// Work that uses nothing up.
template <typename Work>
Piece repeated(std::string name, Work work) {
  return {std::move(name), [work](std::size_t) { return work; }};
}

std::string key_of(const Checkout& script, std::string_view step) {
  return std::get<core::TakeResult>(script.commands[find_answer(script, step)]).key;
}

core::Event event_of(core::EventType type) {
  for (core::Event& event : history(checkout(Course::kCompletes))) {
    if (event.type == type && event.step.find("/create") != std::string::npos) return std::move(event);
  }
  SKALD_CHECK(false, "a checkout creates its order");
}

void add_event(std::vector<Piece>& all, const std::string& name, core::EventType type) {
  all.push_back(repeated("codec/encode " + name, [event = event_of(type)] { (void)core::encode(event); }));
  all.push_back(repeated("codec/decode " + name, [bytes = core::encode(event_of(type))] {
    SKALD_CHECK(core::decode_event(bytes), "what was encoded can be decoded");
  }));
}

wire::TaskMessage task_message(const Checkout& script) {
  wire::TaskMessage task;
  task.saga = script.id;
  task.run = script.run;
  task.step = "/do/3/create";
  task.key = key_of(script, "/create");
  task.task = "checkout.create";
  task.input = event_of(core::EventType::kStepScheduled).input;
  task.timeout = Millis(5'000);
  task.result = "skald.v1.result.3";
  task.token = wire::make_token("secret", task.run, task.key, task.attempt);
  return task;
}

std::vector<wire::ResultMessage> result_messages(const Checkout& script, std::size_t count) {
  wire::ResultMessage result;
  result.run = script.run;
  result.step = "/do/3/create";
  result.key = key_of(script, "/create");
  result.attempt = 1;
  result.token = wire::make_token("secret", result.run, result.key, result.attempt);
  result.output = event_of(core::EventType::kStepCompleted).output;
  result.worker = "host-1234-abcdef";
  result.started_at = env_at(0).now;
  result.finished_at = env_at(0).now;
  return std::vector<wire::ResultMessage>(count, result);
}

void add_wire(std::vector<Piece>& all, const Checkout& script) {
  const wire::TaskMessage task = task_message(script);
  all.push_back(repeated("codec/encode a task", [tasks = std::vector{task}] { (void)wire::encode(tasks); }));
  all.push_back(repeated("codec/decode a task", [bytes = wire::encode({task})] {
    SKALD_CHECK(wire::decode_tasks(bytes, false), "what was encoded can be decoded");
  }));
  for (const std::size_t count : {std::size_t{1}, kManyResults}) {
    const std::string name = count == 1 ? "a result" : fmt::format("{} results", count);
    const auto results = result_messages(script, count);
    all.push_back(repeated("codec/encode " + name, [results] { (void)wire::encode(results); }));
    all.push_back(repeated("codec/decode " + name, [bytes = wire::encode(results)] {
      SKALD_CHECK(wire::decode_results(bytes, false), "what was encoded can be decoded");
    }));
  }
  all.push_back(repeated("codec/a task's token",
                         [run = script.run, key = task.key] { (void)wire::make_token("secret", run, key, 1); }));
}

void add_store(std::vector<Piece>& all, const Checkout& script) {
  LiveCheckout saga(script, "store");
  const std::size_t answer = find_answer(script, "/create");
  for (std::size_t i = 0; i < answer; ++i) saga.next();
  const store::Batch batch = saga.next();
  const store::Summary summary = batch.summaries.front().now;
  all.push_back(repeated("codec/encode a summary", [summary] { (void)store::encode(summary); }));
  all.push_back(repeated("codec/decode a summary", [bytes = store::encode(summary)] {
    SKALD_CHECK(store::decode_summary(bytes), "what was encoded can be decoded");
  }));
  const store::EventRecord event = batch.events.front();
  all.push_back(repeated("codec/encode an event's row", [event] { (void)store::encode_event(event); }));
  all.push_back(
      repeated("codec/one link of the hash chain", [event] { (void)store::chain_next(event.hash, event.bytes); }));
  const store::PendingRow row{script.run, "task:" + key_of(script, "/create"), ""};
  const store::TimerRow timer{env_at(0).now, script.run, "retry:" + key_of(script, "/create")};
  all.push_back(repeated("codec/the keys of an event, a pending act and a timer", [row, timer] {
    const std::string run = store::keys::run(row.run).value_or("");
    (void)store::keys::event(run, 17);
    (void)store::keys::pending(3, run, row.act);
    (void)store::keys::timer(timer, run);
  }));
}

}  // namespace

std::vector<Piece> codec_pieces() {
  std::vector<Piece> all;
  add_event(all, "step.scheduled", core::EventType::kStepScheduled);
  add_event(all, "step.completed", core::EventType::kStepCompleted);
  const Checkout script = checkout(Course::kCompletes);
  add_wire(all, script);
  add_store(all, script);
  return all;
}

}  // namespace skald::pieces
