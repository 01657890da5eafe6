#include "tests/simulation/workers.h"

#include <fmt/format.h>

namespace skald::simulation {
namespace {

constexpr Millis kInProgressEvery{3'000};
constexpr Millis kPublishAgain{2'000};

wire::ResultMessage result_of(const wire::TaskMessage& task, std::uint32_t deliveries, wire::Outcome outcome) {
  wire::ResultMessage result;
  result.run = task.run;
  result.step = task.step;
  result.key = task.key;
  result.attempt = task.attempt;
  result.token = task.token;
  result.deliveries = deliveries;
  result.outcome = outcome;
  return result;
}

}  // namespace

Workers::Workers(World& world, BrokerServer& server, Services& services, Weather& weather, Meetings& meetings)
    : world_(world), server_(server), services_(services), weather_(weather), meetings_(meetings) {
  server_.to_worker([this](std::uint64_t seq, const Parcel& parcel, std::uint32_t deliveries) {
    return take(seq, parcel, deliveries);
  });
}

bool Workers::take(std::uint64_t seq, const Parcel& parcel, std::uint32_t deliveries) {
  const std::size_t who = world_.random.below(workers_.size());
  if (!workers_[who].alive) return false;
  const auto delivery = std::make_shared<Delivery>(Delivery{seq, deliveries, parcel.id(), {}});
  for (const wire::TaskMessage& task : parcel.tasks) delivery->open.insert(task.key);
  if (parcel.tasks.size() > 1) meetings_.note(Fault::kTogether, "call");
  for (const wire::TaskMessage& task : parcel.tasks) {
    later(who, world_.random.between(0, 5), [this, who, delivery, task] { work(who, delivery, task); });
  }
  return true;
}

void Workers::later(std::size_t who, Millis delay, std::function<void()> what) {
  world_.after(delay, [this, who, life = workers_[who].life, what = std::move(what)] {
    const Worker& worker = workers_[who];
    if (worker.life != life) return;
    if (world_.now() < worker.paused_until) return later(who, worker.paused_until - world_.now(), what);
    what();
  });
}

void Workers::die(std::size_t who) {
  workers_[who].alive = false;
  ++workers_[who].life;
  world_.after(world_.random.between(500, 8'000), [this, who] {
    workers_[who].alive = true;
    server_.wake_workers();
  });
}

void Workers::work(std::size_t who, const std::shared_ptr<Delivery>& delivery, const wire::TaskMessage& task) {
  Random& random = world_.random;
  const std::string node = node_of(task.key);
  misbehave(task);
  if (task.deadline && world_.now() >= *task.deadline) {
    return answer(who, delivery, task, {wire::Outcome::kFailed, {}, {}, false}, Millis(0));
  }
  if (random.chance(weather_.dies_before)) {
    meetings_.note(Fault::kDiesBeforeEffect, node);
    return die(who);
  }
  if (random.chance(weather_.pauses)) {
    meetings_.note(Fault::kPauses, node);
    workers_[who].paused_until = world_.now() + random.between(11'000, 30'000);
  }
  const bool slow = task.timeout && random.chance(weather_.slow);
  if (slow) meetings_.note(Fault::kSlow, node);
  const Millis takes = slow ? *task.timeout + random.between(100, 5'000) : random.between(1, 30);
  if (slow) {
    // The worker gives it up and says so; the service goes on and does it.
    answer(who, delivery, task, {wire::Outcome::kUnknown, {}, {}, false}, *task.timeout);
  }
  for (Millis at = kInProgressEvery; at < takes; at += kInProgressEvery) {
    later(who, at, [this, seq = delivery->seq] { server_.in_progress(seq); });
  }
  later(who, takes, [this, who, delivery, task, slow] {
    const Services::Reply reply = services_.call(task);
    if (world_.random.chance(weather_.dies_after)) {
      meetings_.note(Fault::kDiesAfterEffect, node_of(task.key));
      return die(who);
    }
    if (slow && !world_.random.chance(0.5)) return;  // half of them answer once more, late
    const Services::Reply said = reply.lost ? Services::Reply{wire::Outcome::kUnknown, {}, {}, false} : reply;
    answer(who, delivery, task, said, Millis(0));
  });
}

void Workers::answer(std::size_t who, const std::shared_ptr<Delivery>& delivery, const wire::TaskMessage& task,
                     const Services::Reply& reply, Millis after) {
  wire::ResultMessage result = result_of(task, delivery->number, reply.outcome);
  result.output = reply.output;
  result.error = reply.error;
  result.worker = fmt::format("worker-{}", who);
  if (reply.outcome != wire::Outcome::kCompleted && result.error.empty()) {
    result.error = Payload(Value{{"title", "not answered"}});
  }
  const std::string body = wire::encode({result});
  later(who, after, [this, who, delivery, body, key = task.key] {
    publish(who, workers_[who].life, delivery, key, body);
    if (!world_.random.chance(weather_.answers_twice)) return;
    meetings_.note(Fault::kAnswersTwice, node_of(key));
    later(who, world_.random.between(0, 20'000),
          [this, who, delivery, key, body] { publish(who, workers_[who].life, delivery, key, body); });
  });
}

// Until the broker has it; behind the last of a message's tasks the message is acknowledged.
void Workers::publish(std::size_t who, std::uint64_t life, const std::shared_ptr<Delivery>& delivery,
                      const std::string& key, const std::string& body) {
  if (workers_[who].life != life) return;
  const auto again = [this, who, life, delivery, key, body] {
    world_.after(kPublishAgain, [this, who, life, delivery, key, body] { publish(who, life, delivery, key, body); });
  };
  if (!server_.up() || world_.random.chance(weather_.publish_lost)) return again();
  const auto stored = server_.publish_result(body);
  if (!stored) return again();
  if (world_.random.chance(weather_.result_twice)) {
    meetings_.note(Fault::kResultTwice, "call");
    (void)server_.publish_result(body);
  }
  if (world_.random.chance(weather_.ack_lost)) {
    meetings_.note(Fault::kAckLost, "call");
    return again();
  }
  delivery->open.erase(key);
  if (!delivery->open.empty()) return;
  world_.after(world_.random.between(0, 4), [this, delivery] {
    server_.acknowledge_task(delivery->seq, delivery->number, delivery->id);
    const std::uint64_t other = server_.some_task();
    if (other == 0 || !world_.random.chance(weather_.stale_ack)) return;
    meetings_.note(Fault::kStaleAck, node_of(server_.parcel(other)->tasks.front().key));
    server_.acknowledge_astray(other);
  });
}

// Results that nobody should believe.
void Workers::misbehave(const wire::TaskMessage& task) {
  Random& random = world_.random;
  const std::string node = node_of(task.key);
  if (random.chance(weather_.garbage)) {
    meetings_.note(Fault::kGarbage, node);
    (void)server_.publish_result(random.chance(0.5) ? "garbage" : std::string("\x81\xa7results\x01", 10));
  }
  wire::ResultMessage forged = result_of(task, 1, wire::Outcome::kCompleted);
  forged.output = Payload(Value(kForged));
  if (random.chance(weather_.forged)) {
    meetings_.note(Fault::kForgedToken, node);
    forged.token = std::string(32, 'f');
    (void)server_.publish_result(wire::encode({forged}));
  }
  if (random.chance(weather_.old_token)) {
    // The token of this attempt does not do for another attempt, nor for another step.
    meetings_.note(Fault::kOldToken, node);
    forged.token = task.token;
    if (random.chance(0.5)) {
      ++forged.attempt;
    } else {
      forged.key += "0";
    }
    (void)server_.publish_result(wire::encode({forged}));
  }
}

}  // namespace skald::simulation
