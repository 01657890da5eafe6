#pragma once

// Names on the broker, under one prefix: subjects, streams, consumers. See README.md.

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace skald::wire {

inline constexpr std::string_view kContentType = "Content-Type";
inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kMessageId = "Nats-Msg-Id";
inline constexpr std::string_view kTraceparent = "traceparent";

class Names {
 public:
  // `prefix`: [a-z0-9-]+, as checked by check_prefix().
  explicit Names(std::string prefix = "skald");

  const std::string& prefix() const { return prefix_; }

  std::string tasks_stream() const { return stream_ + "_TASKS"; }
  std::string results_stream() const { return stream_ + "_RESULTS"; }
  std::string events_stream() const { return stream_ + "_EVENTS"; }
  std::string claim_stream() const { return stream_ + "_CLAIM"; }

  std::string task(std::string_view type) const { return subject("task", type); }
  std::string result(unsigned lane) const { return subject("result", std::to_string(lane)); }
  // Of a CloudEvents type; what a subject cannot hold becomes '_'.
  std::string event(std::string_view type) const;
  std::string cancel(std::string_view type) const { return subject("cancel", type); }
  std::string worker(std::string_view type) const { return subject("worker", type); }
  std::string claim() const { return prefix_ + ".v1.claim"; }
  // Everything under a kind: "skald.v1.task.>".
  std::string all(std::string_view kind) const { return subject(kind, ">"); }

  // The durable consumer of a task type: consumer names refuse dots.
  static std::string task_consumer(std::string_view type);
  // Of results, and of events.
  static std::string engine_consumer() { return "engine"; }

 private:
  std::string subject(std::string_view kind, std::string_view rest) const;

  std::string prefix_;
  std::string stream_;
};

// Error: "bad-prefix".
Status check_prefix(std::string_view prefix);

}  // namespace skald::wire
