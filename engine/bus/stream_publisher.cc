#include "engine/bus/stream_publisher.h"

#include <utility>

namespace skald::bus {

void StreamPublisher::publish(Message message, Pace pace, Done done) {
  const std::lock_guard lock(mutex_);
  const bool silent = pace == Pace::kSoon && known_;
  send(std::move(message), silent, pace, std::move(done));
}

void StreamPublisher::send(Message message, bool silent, Pace pace, Done done) {
  const std::uint64_t number = ++numbers_;
  // One that cannot be sent is told so like those that are asked for.
  const bool sent = silent && connection_.publish(message, Pace::kSoon).has_value();
  sent_.push_back({number, message, std::move(done), sent});
  if (sent) return;
  jetstream_.publish(
      std::move(message), timeout_, [this, number](const Result<PubAck>& ack) { answered(number, ack); }, pace);
}

void StreamPublisher::flush() {
  {
    const std::lock_guard lock(mutex_);
    if (!sent_.empty() && sent_.back().silent) {
      std::vector<Sent> last;
      last.push_back(std::move(sent_.back()));
      sent_.pop_back();
      send_again(std::move(last));
    }
  }
  connection_.flush();
}

void StreamPublisher::reset() {
  const std::lock_guard lock(mutex_);
  known_.reset();
}

void StreamPublisher::send_again(std::vector<Sent> sent) {
  for (Sent& each : sent) send(std::move(each.message), false, Pace::kSoon, std::move(each.done));
}

// The message itself and those before it that wait for its acknowledgement.
std::vector<StreamPublisher::Sent> StreamPublisher::take_up_to(std::uint64_t number) {
  std::vector<Sent> taken;
  std::deque<Sent> others;
  while (!sent_.empty() && sent_.front().number <= number) {
    Sent& first = sent_.front();
    const bool meant = first.silent || first.number == number;
    meant ? taken.push_back(std::move(first)) : others.push_back(std::move(first));
    sent_.pop_front();
  }
  while (!others.empty()) {
    sent_.push_front(std::move(others.back()));
    others.pop_back();
  }
  return taken;
}

bool StreamPublisher::proves(std::uint64_t number, const PubAck& ack) {
  const std::optional<Known> before = std::exchange(known_, std::nullopt);
  if (!ack.duplicate) {
    known_ = {number, ack.seq};
    return before && number > before->number && ack.seq - before->seq == number - before->number;
  }
  // It has an old sequence, and took none now.
  if (before && before->number + 1 == number) known_ = {number, before->seq};
  return false;
}

void StreamPublisher::answered(std::uint64_t number, const Result<PubAck>& ack) {
  std::vector<Sent> taken;
  bool all = false;
  {
    const std::lock_guard lock(mutex_);
    taken = take_up_to(number);
    if (taken.empty() || taken.back().number != number) return send_again(std::move(taken));
    all = ack ? proves(number, *ack) : false;
    if (!ack) known_.reset();
    // Of one that may still arrive so may those before it; otherwise nothing is known of them.
    const bool lost = !ack && (ack.error().kind == ErrorKind::kTimeout || ack.error().kind == ErrorKind::kUnreachable);
    if (!all && !lost) {
      Sent own = std::move(taken.back());
      taken.pop_back();
      send_again(std::exchange(taken, {}));
      taken.push_back(std::move(own));
    }
  }
  for (const Sent& each : taken) {
    each.done(ack ? Result<std::uint64_t>(ack->seq - (number - each.number)) : fail(ack.error()));
  }
}

}  // namespace skald::bus
