#include "engine/runtime/intake.h"

#include <algorithm>

#include "engine/base/fault_point.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/wire/result.h"
#include "engine/wire/token.h"

namespace skald::runtime {
namespace {

core::Outcome outcome_of(wire::Outcome outcome) {
  switch (outcome) {
    case wire::Outcome::kCompleted:
      return core::Outcome::kCompleted;
    case wire::Outcome::kRejected:
      return core::Outcome::kRejected;
    case wire::Outcome::kFailed:
      return core::Outcome::kFailed;
    case wire::Outcome::kUnknown:
      break;
  }
  return core::Outcome::kUnknown;
}

core::TakeResult command_of(wire::ResultMessage&& result) {
  core::TakeResult command;
  command.key = std::move(result.key);
  command.attempt = result.attempt;
  command.outcome = outcome_of(result.outcome);
  command.output = std::move(result.output);
  command.error = std::move(result.error);
  command.retry_after = result.retry_after;
  command.deliveries = result.deliveries;
  command.worker = std::move(result.worker);
  command.started_at = result.started_at;
  command.finished_at = result.finished_at;
  return command;
}

}  // namespace

Intake::Intake(Broker& broker, std::string secret, Metrics& metrics, Deliver deliver, Delivered delivered)
    : broker_(broker),
      secret_(std::move(secret)),
      metrics_(metrics),
      deliver_(std::move(deliver)),
      delivered_(std::move(delivered)) {}

void Intake::start() {
  broker_.consume_results([this](ResultDelivery delivery) { take(std::move(delivery)); });
}

void Intake::take(ResultDelivery delivery) {
  SKALD_CRASH_POINT("intake.received");
  auto results = wire::decode_results(delivery.body, delivery.json);
  if (!results) poison(delivery, results.error().message);
  const std::uint64_t seq = delivery.seq;
  const std::uint64_t generation = delivery.generation;
  const bool more = delivery.more;
  const std::size_t count = results ? results->size() : 0;
  {
    const std::lock_guard lock(mutex_);
    if (generation != generation_) held_.clear();  // what of it was not acknowledged comes again
    generation_ = generation;
    const auto at = std::lower_bound(held_.begin(), held_.end(), seq,
                                     [](const Held& held, std::uint64_t wanted) { return held.delivery.seq < wanted; });
    // Delivered again while what it said is becoming durable.
    if (at != held_.end() && at->delivery.seq == seq) return;
    delivery.body.clear();
    held_.insert(at, Held{std::move(delivery), count + 1});
  }
  for (std::size_t i = 0; i < count; ++i) {
    wire::ResultMessage& result = (*results)[i];
    const std::string expected = wire::make_token(secret_, result.run, result.key, result.attempt);
    if (!equal_secret(expected, result.token) && !planted("drop-token-check")) {
      metrics_.count_result("wrong-token");
      logger("intake")->warn("result with a wrong token run={} key={} attempt={} worker={}", result.run.str(),
                             result.key, result.attempt, result.worker);
      settled(generation, seq);
      continue;
    }
    const RunId run = result.run;
    const std::string attempt = result.key + "#" + std::to_string(result.attempt);
    deliver_(run, command_of(std::move(result)), [this, generation, seq, attempt](bool known) {
      metrics_.count_result(known ? "taken" : "unknown-run");
      // It began behind the backup that this store was restored from, or retention has removed it.
      if (!known) logger("intake")->warn("result for a saga that is not known attempt={}", attempt);
      settled(generation, seq);
    });
  }
  settled(generation, seq);  // its own count
  delivered_(more || count > 1);
}

void Intake::settled(std::uint64_t generation, std::uint64_t seq) {
  std::optional<ResultDelivery> done;
  {
    const std::lock_guard lock(mutex_);
    if (generation != generation_) return;
    const auto at = std::lower_bound(held_.begin(), held_.end(), seq,
                                     [](const Held& held, std::uint64_t wanted) { return held.delivery.seq < wanted; });
    if (at == held_.end() || at->delivery.seq != seq) return;
    --at->open;
    if (planted("ack-past-undurable") && at->open == 0) done = at->delivery;
    while (!held_.empty() && held_.front().open == 0) {
      done = std::move(held_.front().delivery);
      held_.pop_front();
    }
  }
  if (!done) return;
  SKALD_CRASH_POINT("intake.before-ack");
  broker_.acknowledge_results(*done);
  SKALD_CRASH_POINT("intake.after-ack");
}

void Intake::poison(const ResultDelivery& delivery, const std::string& why) {
  metrics_.count_result("unreadable");
  logger("intake")->warn("result that cannot be read seq={} bytes={} error=\"{}\"", delivery.seq, delivery.body.size(),
                         why);
}

}  // namespace skald::runtime
