#include "engine/runtime/nats_broker.h"

#include <fmt/format.h>

#include "engine/base/fault_point.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/runtime/cloud_event.h"
#include "engine/wire/cancel.h"
#include "engine/wire/presence.h"
#include "engine/wire/token.h"

namespace skald::runtime {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 24 * 3'600 * kSecond;
constexpr std::size_t kLeastMaxPayload = 768 * 1024;  // a full batch of results
// One lane for all shards: a worker sends results of a lane together (docs/decisions/0008).
constexpr unsigned kResultLane = 0;
constexpr const char* kCloudEvent = "application/cloudevents+json";
constexpr std::size_t kPullBatch = bus::PullSubscription::kMaxBatch;

Value stream_config(const std::string& name, const std::string& subject, const char* retention) {
  return {{"name", name},      {"subjects", {subject}}, {"retention", retention},           {"storage", "file"},
          {"num_replicas", 1}, {"discard", "old"},      {"duplicate_window", 120 * kSecond}};
}

std::int64_t nanoseconds(Millis time) { return std::chrono::nanoseconds(time).count(); }

std::function<void(Result<bus::PubAck>)> seq_to(Published done) {
  return [done = std::move(done)](const Result<bus::PubAck>& ack) {
    done(ack ? Result<std::uint64_t>(ack->seq) : fail(ack.error()));
  };
}

// The trace of a run is its id; each attempt is a span of it.
std::string traceparent(const TaskOrder& order) {
  std::string trace;
  for (const char c : order.run.str()) {
    if (c != '-') trace.push_back(c);
  }
  const std::string span = to_hex(bytes_of(sha256(fmt::format("{}#{}", order.act.key, order.act.attempt))));
  return fmt::format("00-{}-{}-01", trace, span.substr(0, 16));
}

}  // namespace

Result<std::unique_ptr<NatsBroker>> NatsBroker::open(Options options) {
  SKALD_TRY(wire::check_prefix(options.prefix));
  SKALD_ASSIGN(auto connection, bus::Connection::open({options.url, "skald engine"}));
  return std::unique_ptr<NatsBroker>(new NatsBroker(std::move(options), std::move(connection)));
}

NatsBroker::NatsBroker(Options options, std::unique_ptr<bus::Connection> connection)
    : options_(std::move(options)),
      names_(options_.prefix),
      connection_(std::move(connection)),
      jetstream_(*connection_),
      tasks_(*connection_, jetstream_, kPublishTimeout),
      claim_{options_.store_id, options_.incarnation, to_hex(random_bytes(8))} {}

NatsBroker::~NatsBroker() {
  stop();
  connection_->on_change({});
  connection_.reset();  // what is unanswered is told so, and reaches the rest of this
}

void NatsBroker::on_connection(std::function<void(bool up)> changed) {
  connection_->on_change([this, changed = std::move(changed)](bool up) {
    tasks_.reset();
    if (up) reset_pulls();
    changed(up);
  });
}

std::string NatsBroker::message_id(const core::TaskAct& act) const {
  return wire::task_message_id(act.key, act.attempt, act.dispatch, options_.incarnation);
}

wire::TaskMessage NatsBroker::task_of(const TaskOrder& order) const {
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
  task.secrets = act.secrets;
  task.result = names_.result(kResultLane);
  task.token = wire::make_token(options_.secret, order.run, act.key, act.attempt);
  return task;
}

void NatsBroker::publish_tasks(const TaskOrders& orders, Published done) {
  const TaskOrder& first = *orders.front();
  std::vector<wire::TaskMessage> tasks;
  bus::Message message;
  message.subject = names_.task(first.act.task);
  if (orders.size() == 1) {
    tasks.push_back(task_of(first));
    message.headers = {{std::string(wire::kMessageId), message_id(first.act)},
                       {std::string(wire::kTraceparent), traceparent(first)}};
  } else {
    std::vector<std::string> ids;
    for (const TaskOrder* order : orders) {
      tasks.push_back(task_of(*order));
      tasks.back().traceparent = traceparent(*order);
      ids.push_back(message_id(order->act));
    }
    message.headers = {{std::string(wire::kMessageId), wire::tasks_message_id(ids)}};
  }
  message.data = wire::encode(tasks);
  tasks_.publish(std::move(message), first.pace, std::move(done));
}

void NatsBroker::flush() { tasks_.flush(); }

void NatsBroker::publish_event(const EventOrder& order, Published done) {
  bus::Message message;
  message.subject = names_.event(order.event.value().value("type", ""));
  message.data = order.event.json();
  message.headers = {{std::string(wire::kMessageId), fmt::format("{}#{}", order.run.str(), order.act)},
                     {std::string(wire::kContentType), kCloudEvent}};
  jetstream_.publish(std::move(message), kPublishTimeout, seq_to(std::move(done)));
}

void NatsBroker::publish_cloud_event(const Payload& event, Published done) {
  const Value value = event.value();
  bus::Message message;
  message.subject = names_.event(value.value("type", ""));
  message.data = event.json();
  message.headers = {{std::string(wire::kMessageId), event_message_id(value)},
                     {std::string(wire::kContentType), kCloudEvent}};
  jetstream_.publish(std::move(message), kPublishTimeout, seq_to(std::move(done)));
}

void NatsBroker::cancel(const TaskOrder& order) {
  const wire::CancelMessage cancel{order.run, order.act.key, order.act.attempt};
  (void)connection_->publish({names_.cancel(order.act.task), "", wire::encode(cancel), {}});
}

Status NatsBroker::prepare() {
  if (connection_->max_payload() < kLeastMaxPayload) {
    return fail(
        ErrorKind::kUnavailable, "broker-payload-limit",
        fmt::format("the broker takes messages of {} bytes; Skald needs {}: set max_payload in its configuration",
                    connection_->max_payload(), kLeastMaxPayload));
  }
  Value claims = stream_config(names_.claim_stream(), names_.claim(), "limits");
  claims["max_msgs_per_subject"] = 1;
  SKALD_TRY(jetstream_.ensure_stream(claims));
  SKALD_TRY(claim());
  Value tasks = stream_config(names_.tasks_stream(), names_.all("task"), "workqueue");
  tasks["duplicate_window"] = nanoseconds(options_.ids_kept);
  SKALD_TRY(jetstream_.ensure_stream(tasks));
  Value results = stream_config(names_.results_stream(), names_.all("result"), "limits");
  results["max_age"] = nanoseconds(kResultsKept);
  SKALD_TRY(jetstream_.ensure_stream(results));
  Value events = stream_config(names_.events_stream(), names_.all("event"), "limits");
  events["max_age"] = 7 * kDay;
  SKALD_TRY(jetstream_.ensure_stream(events));
  // At every connect: a consumer that was kept while its stream was rolled back would pass over new results.
  SKALD_TRY(restart_results());
  {
    const std::lock_guard lock(acknowledged_mutex_);
    ++results_generation_;
    acknowledged_.clear();
    acknowledged_seq_ = 0;
  }
  prepared_ = true;
  reset_pulls();
  return {};
}

void NatsBroker::reset_pulls() {
  const std::lock_guard lock(pulls_mutex_);
  for (const auto* pull : {&results_, &events_}) {
    if (*pull) (*pull)->reset();
  }
}

// Compare-and-set on the last message of the claim's subject: of two engines one wins.
Status NatsBroker::claim() {
  SKALD_ASSIGN(const auto last, jetstream_.last(names_.claim_stream(), names_.claim()));
  const auto held = last ? std::optional(decode_claim(last->data)) : std::nullopt;
  const std::string where = fmt::format("the streams {}_* on {}", names_.prefix(), options_.url);
  SKALD_ASSIGN(auto next, claim_over(held, claim_, where));
  if (!next) return {};
  SKALD_ASSIGN(const std::uint64_t seq, write_claim(*next, last ? last->seq : 0));
  claim_.turn = next->turn;
  if (!next->taking_over) return {};
  // What an earlier incarnation has published is not ours: some of its runs we may not even know. What is owed is
  // published again.
  SKALD_TRY(jetstream_.purge(names_.tasks_stream()));
  logger("broker")->warn("took the broker over from an earlier incarnation store={} incarnation={}", claim_.store,
                         claim_.incarnation);
  next->taking_over = false;
  SKALD_TRY(write_claim(*next, seq));
  return {};
}

Result<std::uint64_t> NatsBroker::write_claim(const Claim& claim, std::uint64_t over) {
  bus::Message message;
  message.subject = names_.claim();
  message.data = encode(claim);
  message.headers = {{"Nats-Expected-Last-Subject-Sequence", std::to_string(over)}};
  SKALD_CRASH_POINT("broker.before-claim");
  SKALD_ASSIGN(const std::uint64_t seq, jetstream_.publish(std::move(message), bus::kApiTimeout));
  SKALD_CRASH_POINT("broker.after-claim");
  return seq;
}

Status NatsBroker::still_claimed() {
  SKALD_ASSIGN(const auto last, jetstream_.last(names_.claim_stream(), names_.claim()));
  if (last && decode_claim(last->data).engine == claim_.engine) return {};
  return fail(ErrorKind::kConflict, "broker-taken", "the streams are not claimed for this engine now");
}

// A new consumer hands out at once what the one before had handed out and nobody acknowledged. Nothing is purged by the
// old one's floor: after a rollback it is another stream's. What comes again is known and changes nothing; it is
// little, since the reconciliation purges what is acknowledged.
Status NatsBroker::restart_results() {
  SKALD_TRY(jetstream_.delete_consumer(names_.results_stream(), wire::Names::engine_consumer()));
  SKALD_CRASH_POINT("broker.consumer-deleted");
  return {};
}

void NatsBroker::consume(std::unique_ptr<bus::PullSubscription>& pull, const std::string& stream, Value consumer,
                         std::function<void(bus::Message)> take, std::function<void()> look) {
  bus::PullSubscription::Options options;
  options.stream = stream;
  options.consumer = wire::Names::engine_consumer();
  options.room = [] { return kPullBatch; };
  consumer["durable_name"] = options.consumer;
  options.ensure = [this, stream, consumer = std::move(consumer)]() -> Status {
    if (!prepared_) return fail(ErrorKind::kUnavailable, "not-prepared", "the streams are not prepared yet");
    SKALD_TRY(still_claimed());  // the consumer is gone where another engine has taken over: it is not ours to make
    return consumer.contains("opt_start_time") ? ensure_events(consumer) : jetstream_.ensure_consumer(stream, consumer);
  };
  options.take = std::move(take);
  options.look = std::move(look);
  const std::lock_guard lock(pulls_mutex_);
  pull = std::make_unique<bus::PullSubscription>(*connection_, std::move(options));
}

// One that stands goes on where it is. A new one begins where the engine began to want events, however long the broker
// was away meanwhile.
Status NatsBroker::ensure_events(Value consumer) {
  const std::string stream = names_.events_stream();
  SKALD_ASSIGN(const auto there, jetstream_.consumer(stream, wire::Names::engine_consumer()));
  if (there) return {};
  consumer["opt_start_time"] = format_time(Time{events_from_.load()});
  return jetstream_.ensure_consumer(stream, consumer);
}

void NatsBroker::consume_results(std::function<void(ResultDelivery)> take) {
  const Value consumer{{"ack_policy", "all"},       {"ack_wait", 5 * kSecond}, {"max_deliver", -1},
                       {"max_ack_pending", 20'000}, {"deliver_policy", "all"}, {"replay_policy", "instant"}};
  const auto handle = [this, take = std::move(take)](bus::Message message) {
    const auto info = bus::delivery_info(message.reply);
    if (!info) return;
    const bool json = message.header(wire::kContentType) == wire::kJson;
    untrimmed_ += message.data.size();
    take(
        {info->stream_seq, std::move(message.data), json, std::move(message.reply), results_generation_, message.more});
  };
  consume(results_, names_.results_stream(), consumer, handle, [this] { send_acknowledgement(false); });
}

void NatsBroker::consume_events(std::function<void(EventDelivery)> take) {
  events_from_ = SystemClock().now().ms;
  const Value consumer{{"ack_policy", "explicit"},  {"ack_wait", 30 * kSecond},          {"max_deliver", -1},
                       {"max_ack_pending", 1'000},  {"deliver_policy", "by_start_time"}, {"opt_start_time", ""},
                       {"replay_policy", "instant"}};
  const auto handle = [take = std::move(take)](bus::Message message) {
    if (bus::delivery_info(message.reply)) take({std::move(message.data), std::move(message.reply)});
  };
  consume(events_, names_.events_stream(), consumer, handle, {});
}

void NatsBroker::acknowledge_event(const EventDelivery& delivery) {
  (void)bus::acknowledge(*connection_, delivery.ack);  // lost, it is delivered again
}

void NatsBroker::acknowledge_results(const ResultDelivery& delivery) {
  bool now = false;
  {
    const std::lock_guard lock(acknowledged_mutex_);
    // The consumer was made anew: its sequences, and perhaps the stream's, are others.
    if (delivery.generation != results_generation_ || delivery.seq <= acknowledged_seq_) return;
    acknowledged_ = delivery.ack;
    acknowledged_seq_ = delivery.seq;
    now = stopped_;
  }
  send_acknowledgement(now);
}

void NatsBroker::send_acknowledgement(bool now) {
  std::string reply;
  std::uint64_t trim_before = 0;
  {
    const std::lock_guard lock(acknowledged_mutex_);
    const auto time = std::chrono::steady_clock::now();
    if (acknowledged_.empty() || (!now && time < acknowledged_at_ + kAcknowledgeEvery)) return;
    acknowledged_at_ = time;
    reply.swap(acknowledged_);
    if (untrimmed_ >= kTrimEvery) {
      untrimmed_ = 0;
      trim_before = acknowledged_seq_;
    }
  }
  (void)bus::acknowledge(*connection_, reply);  // lost, it is delivered again
  if (trim_before > 0) jetstream_.ask_to_purge_before(names_.results_stream(), trim_before);
}

void NatsBroker::on_presence(std::function<void(const std::string& task_type, TaskTypeStatus::Worker)> seen) {
  const std::string subject = names_.all("worker");
  presence_ =
      connection_->subscribe(subject, [seen = std::move(seen), stem = subject.size() - 1](const bus::Message& message) {
        const bool json = message.header(wire::kContentType) == wire::kJson;
        auto presence = wire::decode_presence(message.data, json);
        if (!presence) return;
        TaskTypeStatus::Worker worker;
        worker.name = std::move(presence->worker);
        worker.concurrency = presence->concurrency;
        worker.in_flight = presence->in_flight;
        worker.together = presence->together;
        worker.seen = SystemClock().now();
        worker.breakers = Value(presence->breakers);
        seen(message.subject.substr(stem), std::move(worker));
      });
}

void NatsBroker::stop() {
  {
    const std::lock_guard lock(acknowledged_mutex_);
    stopped_ = true;
  }
  send_acknowledgement(true);
  std::unique_ptr<bus::PullSubscription> results;
  std::unique_ptr<bus::PullSubscription> events;
  {
    const std::lock_guard lock(pulls_mutex_);
    results.swap(results_);
    events.swap(events_);
  }
  results.reset();
  events.reset();
  presence_.reset();
}

}  // namespace skald::runtime
