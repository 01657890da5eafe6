#pragma once

// Events for sagas that are driven by hand.

#include "engine/core/arrivals.h"
#include "tests/core/saga_fixture.h"

namespace skald::core {

inline Value event(const std::string& type, Value data = Value::object(), const std::string& id = "") {
  static int made = 0;
  return {{"specversion", "1.0"},
          {"id", id.empty() ? "e" + std::to_string(++made) : id},
          {"source", "test"},
          {"type", type},
          {"data", std::move(data)}};
}

inline TakeEvent signal(const Value& event) { return {Payload(event), true, {"by hand", "me"}}; }
inline TakeEvent published(const Value& event) { return {Payload(event), false, {}}; }

inline std::vector<std::pair<std::string, std::string>> awaited(const Saga& saga) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const Awaited& one : outward(saga.state()).awaits) all.emplace_back(one.type, one.subject);
  return all;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

inline constexpr const char* kOne = R"(
  - paid: { listen: { to: { one: { with: { type: order.paid } } } } }
)";

}  // namespace skald::core
