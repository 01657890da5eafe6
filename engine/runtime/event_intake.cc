#include "engine/runtime/event_intake.h"

#include <vector>

#include "engine/base/log.h"
#include "engine/runtime/cloud_event.h"

namespace skald::runtime {

// One on its way to those that await it.
struct EventIntake::Event {
  EventDelivery delivery;  // without its body
  Payload payload;
  std::string type;
  std::vector<std::string> subjects;  // under which it may be awaited; the last is looked at now
  RunId after;                        // the last run that has it before it
  std::atomic<std::size_t> open{0};   // runs of this page in which it is not durable yet
};

EventIntake::EventIntake(Broker& broker, const store::SagaLog& log, const Clock& clock, const core::Limits& limits,
                         Metrics& metrics, Deliver deliver)
    : broker_(broker), log_(log), clock_(clock), limits_(limits), metrics_(metrics), deliver_(std::move(deliver)) {}

void EventIntake::start() {
  if (started_.exchange(true)) return;
  broker_.consume_events([this](EventDelivery delivery) { take(std::move(delivery)); });
}

Result<Payload> EventIntake::read(const std::string& body) const {
  SKALD_ASSIGN(Value event, parse_json(body));
  // Made up here it would be another at each delivery.
  if (event.is_object() && !event.contains("id"))
    return fail(ErrorKind::kInvalid, "bad-event", "the event has no 'id'");
  return cloud_event(std::move(event), clock_.now(), limits_);
}

void EventIntake::take(EventDelivery delivery) {
  auto payload = read(delivery.body);
  if (!payload) {
    metrics_.count_outside("unreadable");
    logger("intake")->warn("event that cannot be taken bytes={} error=\"{}\"", delivery.body.size(),
                           payload.error().message);
    return broker_.acknowledge_event(delivery);
  }
  metrics_.count_outside("taken");
  auto event = std::make_shared<Event>();  // shared: by what becomes durable in other threads
  event->payload = std::move(*payload);
  const Value value = event->payload.value();
  event->type = value.value("type", "");
  event->subjects = {""};
  if (value.contains("subject")) event->subjects.push_back(value.value("subject", ""));
  delivery.body.clear();
  event->delivery = std::move(delivery);
  go_on(event);
}

void EventIntake::go_on(const std::shared_ptr<Event>& event) {
  while (!event->subjects.empty()) {
    const auto runs = log_.awaiting(event->type, event->subjects.back(), event->after, kPage);
    // It comes again.
    if (!runs) return logger("intake")->error("event not handed out error=\"{}\"", runs.error().message);
    if (runs->empty()) {
      event->subjects.pop_back();
      event->after = {};
      continue;
    }
    event->after = runs->back();
    event->open = runs->size();
    for (const RunId& run : *runs) {
      deliver_(run, core::TakeEvent{event->payload, false, {}}, [this, event] {
        if (--event->open == 0) go_on(event);
      });
    }
    return;
  }
  broker_.acknowledge_event(event->delivery);
}

}  // namespace skald::runtime
