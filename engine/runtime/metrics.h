#pragma once

// The engine's counters, as Prometheus reads them. Thread-safe.

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <string>

#include "engine/core/event.h"

namespace skald::runtime {

class Metrics {
 public:
  Metrics();

  // Counts an event that is durable.
  void count(core::EventType type);
  void count_result(const std::string& fate) { results_.Add({{"fate", fate}}).Increment(); }
  // An event that somebody has published.
  void count_outside(const std::string& fate) { outside_.Add({{"fate", fate}}).Increment(); }
  void set_gauge(const std::string& name, double value);

  std::string text() const;

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& events_;
  std::array<prometheus::Counter*, core::kEventTypes>
      by_type_{};  // of events_; looking one up costs more than counting
  prometheus::Family<prometheus::Counter>& sagas_;
  prometheus::Family<prometheus::Counter>& results_;
  prometheus::Family<prometheus::Counter>& outside_;
  prometheus::Family<prometheus::Gauge>& gauges_;
};

}  // namespace skald::runtime
