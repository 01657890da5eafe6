#include "tests/simulation/sim_broker.h"

#include <algorithm>
#include <utility>

#include "engine/wire/token.h"

namespace skald::simulation {
namespace {

tl::unexpected<Error> away() { return fail(ErrorKind::kUnreachable, "broker-away", "the simulated broker is away"); }

bool is_of(const core::TaskAct& act, const Parcel& parcel) {
  return std::any_of(parcel.tasks.begin(), parcel.tasks.end(), [&](const wire::TaskMessage& task) {
    return task.key == act.key && task.attempt == act.attempt && task.dispatch == act.dispatch;
  });
}

}  // namespace

SimBroker::~SimBroker() { stop(); }

void SimBroker::stop() {
  if (!*open_) return;
  *open_ = false;
  wire_.server.to_engine({});
}

void SimBroker::answer(Millis delay, const runtime::Published& done, Result<std::uint64_t> seq) {
  wire_.world.after(delay, [this, open = open_, done, seq = std::move(seq)] {
    if (!*open || !wire_.alive()) return;
    done(seq);
    wire_.poke();
  });
}

wire::TaskMessage SimBroker::task_of(const runtime::TaskOrder& order) const {
  const core::TaskAct& act = order.act;
  wire::TaskMessage task;
  task.saga = order.saga;
  task.run = order.run;
  task.step = act.step;
  task.visit = act.visit;
  task.attempt = act.attempt;
  task.dispatch = act.dispatch;
  task.key = act.key;
  task.task = act.task;
  task.input = act.input;
  task.timeout = act.timeout;
  task.deadline = act.deadline;
  task.token = wire::make_token(wire_.secret, order.run, act.key, act.attempt);
  return task;
}

// The workers that there are say what they take in one message: now this, now that.
void SimBroker::announce_workers(const std::string& task_type) {
  if (!seen_) return;
  runtime::TaskTypeStatus::Worker workers;
  workers.name = "workers";
  workers.concurrency = 1;
  workers.together = static_cast<std::uint32_t>(1 + wire_.world.random.below(4));
  workers.seen = wire_.world.now();
  seen_(task_type, std::move(workers));
}

void SimBroker::publish_tasks(const runtime::TaskOrders& orders, runtime::Published done) {
  if (!wire_.alive()) return;
  Parcel parcel;
  for (const runtime::TaskOrder* order : orders) {
    wire_.leaves(*order);
    const core::TaskAct& act = order->act;
    parcel.tasks.push_back(task_of(*order));
    parcel.ids.push_back(wire::task_message_id(act.key, act.attempt, act.dispatch, incarnation_));
  }
  announce_workers(parcel.type());

  Random& random = wire_.world.random;
  const std::string node = node_of(parcel.tasks.front().key);
  const auto timeout = fail(ErrorKind::kTimeout, "request-timeout", "no answer within 5 s");
  Millis way = random.between(0, 3);
  if (random.chance(wire_.weather.publish_lost)) {
    wire_.meetings.note(Fault::kPublishLost, node);
    return answer(kPublishTimeout, done, timeout);
  }
  const bool late = random.chance(wire_.weather.publish_late);
  if (late) {
    wire_.meetings.note(Fault::kPublishLandsLate, node);
    way = random.between(4'000, 9'000);
  }
  const bool ack_lost = random.chance(wire_.weather.ack_lost);
  if (ack_lost) wire_.meetings.note(Fault::kAckLost, node);
  const bool in_time = way < kPublishTimeout && !ack_lost;
  if (!in_time) answer(kPublishTimeout, done, timeout);
  const auto letter = std::make_shared<Letter>(Letter{std::move(parcel), in_time, wire_.ends.size()});
  letters_.push_back(letter);
  wire_.world.after(way, [this, open = open_, &wire = wire_, letter, done, timeout] {
    const auto seq = land(wire, *letter);
    if (!letter->in_time || !*open) return;
    answer(wire.world.random.between(0, 3), done, seq ? Result<std::uint64_t>(*seq) : Result<std::uint64_t>(timeout));
  });
}

// What is sent arrives over its connection, or not at all, but for what the broker has got and not read.
std::optional<std::uint64_t> SimBroker::land(Wire& wire, Letter& letter) {
  if (std::exchange(letter.landed, true)) return letter.seq;
  const bool ended = letter.connection < wire.ends.size();
  const bool dropped = ended && wire.world.now() > wire.ends[letter.connection] + kUnread;
  const bool arrives = wire.server.up() && !dropped && (wire.connected || !letter.in_time);
  for (const std::string& id : letter.parcel.ids) {
    if (arrives && ended) wire.server.excuse(id);
  }
  if (arrives) letter.seq = wire.server.publish_tasks(letter.parcel);
  return letter.seq;
}

// A question over a connection is answered behind what was sent over it before.
void SimBroker::land_what_is_before() {
  for (const auto& letter : letters_) {
    if (letter->connection == wire_.ends.size()) (void)land(wire_, *letter);
  }
  letters_.erase(std::remove_if(letters_.begin(), letters_.end(), [](const auto& letter) { return letter->landed; }),
                 letters_.end());
}

void SimBroker::publish_event(const runtime::EventOrder& order, runtime::Published done) {
  if (!wire_.alive()) return;
  Random& random = wire_.world.random;
  const auto timeout = fail(ErrorKind::kTimeout, "request-timeout", "no answer within 5 s");
  if (!connected() || random.chance(wire_.weather.publish_lost)) {
    wire_.meetings.note(Fault::kPublishLost, "emit");
    return answer(kPublishTimeout, done, timeout);
  }
  wire_.server.publish_event(order.run.str() + "#" + order.act);
  if (random.chance(wire_.weather.ack_lost)) {
    wire_.meetings.note(Fault::kAckLost, "emit");
    return answer(kPublishTimeout, done, timeout);
  }
  answer(random.between(0, 5), done, std::uint64_t{1});
}

Status SimBroker::prepare() {
  if (!reachable()) return away();
  wire_.server.prepare();
  wire_.server.claim(incarnation_);
  wire_.server.restart_results();
  ++generation_;
  prepared_ = true;
  start_consuming();
  return {};
}

void SimBroker::start_consuming() {
  if (!take_ || !prepared_) return;
  wire_.server.to_engine([this](std::uint64_t seq, const std::string& body) {
    if (!reachable()) return;
    wire_.hands_out(seq, body);
    take_({seq, body, false, "", generation_});
    wire_.poke();
  });
  wire_.world.after(Millis(1), [&wire = wire_] { wire.server.set_up(wire.server.up()); });
}

Result<std::optional<runtime::StreamState>> SimBroker::tasks_stream() {
  if (!reachable()) return away();
  if (!wire_.server.prepared()) return std::optional<runtime::StreamState>();
  return std::optional(runtime::StreamState{wire_.server.created(), wire_.server.last_task()});
}

Result<runtime::TaskConsumer> SimBroker::task_consumer(const std::string& task_type) {
  if (!reachable()) return away();
  return runtime::TaskConsumer{wire_.server.delivered_up_to(task_type), wire_.server.in_hand(task_type)};
}

Status SimBroker::repair_consumers(std::uint64_t last_seq, bool rolled_back) {
  if (!reachable()) return away();
  wire_.server.repair_consumers(rolled_back ? last_seq : wire_.server.last_task());
  return {};
}

Result<bool> SimBroker::withdraw(std::uint64_t stream_seq) {
  if (!reachable()) return away();
  return wire_.server.delete_task(stream_seq);
}

Result<bool> SimBroker::present(const runtime::TaskOrder& order, std::uint64_t stream_seq) {
  if (!reachable()) return away();
  const Parcel* parcel = wire_.server.parcel(stream_seq);
  return parcel != nullptr && is_of(order.act, *parcel);
}

Result<std::vector<std::uint64_t>> SimBroker::find(const std::vector<runtime::TaskOrder>& orders, std::uint64_t after) {
  if (!reachable()) return away();
  land_what_is_before();
  std::vector<std::uint64_t> places(orders.size(), 0);
  for (std::uint64_t seq = after + 1; seq <= wire_.server.last_task(); ++seq) {
    const Parcel* parcel = wire_.server.parcel(seq);
    for (std::size_t i = 0; parcel != nullptr && i < orders.size(); ++i) {
      if (is_of(orders[i].act, *parcel)) places[i] = seq;
    }
  }
  return places;
}

Result<runtime::ResultsState> SimBroker::results() {
  if (!reachable()) return away();
  return runtime::ResultsState{wire_.server.last_result(), wire_.server.results_taken()};
}

void SimBroker::consume_results(std::function<void(runtime::ResultDelivery)> take) {
  take_ = std::move(take);
  start_consuming();
}

void SimBroker::acknowledge_results(const runtime::ResultDelivery& delivery) {
  if (!wire_.alive()) return;
  wire_.acknowledges(delivery.seq);
  if (!connected()) return;
  wire_.world.after(wire_.world.random.between(0, 3),
                    [&server = wire_.server, seq = delivery.seq] { server.acknowledge_results(seq); });
}

}  // namespace skald::simulation
