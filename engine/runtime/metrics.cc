#include "engine/runtime/metrics.h"

#include <prometheus/text_serializer.h>

namespace skald::runtime {

Metrics::Metrics()
    : events_(prometheus::BuildCounter()
                  .Name("skald_events_total")
                  .Help("Events made durable, by type")
                  .Register(registry_)),
      sagas_(prometheus::BuildCounter()
                 .Name("skald_sagas_ended_total")
                 .Help("Sagas that reached a final status, by status")
                 .Register(registry_)),
      results_(prometheus::BuildCounter()
                   .Name("skald_results_total")
                   .Help("Results received from workers, by what became of them")
                   .Register(registry_)),
      outside_(prometheus::BuildCounter()
                   .Name("skald_outside_events_total")
                   .Help("Events received from the broker, by what became of them")
                   .Register(registry_)),
      gauges_(prometheus::BuildGauge().Name("skald_engine").Help("State of the engine, by name").Register(registry_)) {
  for (std::size_t i = 0; i < by_type_.size(); ++i) {
    by_type_[i] = &events_.Add({{"type", std::string(core::name_of(static_cast<core::EventType>(i)))}});
  }
}

void Metrics::count(core::EventType type) {
  by_type_[static_cast<std::size_t>(type)]->Increment();
  switch (type) {
    case core::EventType::kSagaCompleted:
    case core::EventType::kSagaCompensated:
    case core::EventType::kSagaFailed:
    case core::EventType::kSagaCancelled:
    case core::EventType::kSagaTerminated:
      sagas_.Add({{"status", std::string(core::name_of(type).substr(std::string_view("saga.").size()))}}).Increment();
      break;
    default:
      break;
  }
}

void Metrics::set_gauge(const std::string& name, double value) { gauges_.Add({{"name", name}}).Set(value); }

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

}  // namespace skald::runtime
