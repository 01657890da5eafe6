#include "tests/simulation/weather.h"

#include <fmt/format.h>

#include <set>

namespace skald::simulation {

std::string_view name_of(Fault fault) {
  static constexpr std::array<std::string_view, kFaults> kNames = {"kill",
                                                                   "kill-amid-actions",
                                                                   "kill-before-write",
                                                                   "kill-after-write",
                                                                   "write-fails",
                                                                   "sync-fails",
                                                                   "disk-full",
                                                                   "restore",
                                                                   "publish-lost",
                                                                   "publish-lands-late",
                                                                   "ack-lost",
                                                                   "disconnect",
                                                                   "wipe",
                                                                   "rollback",
                                                                   "restart",
                                                                   "results-lost",
                                                                   "result-twice",
                                                                   "stale-ack",
                                                                   "dies-before-effect",
                                                                   "dies-after-effect",
                                                                   "pauses",
                                                                   "slow",
                                                                   "answers-twice",
                                                                   "together",
                                                                   "garbage",
                                                                   "forged-token",
                                                                   "old-token",
                                                                   "service-fails",
                                                                   "service-rejects",
                                                                   "answer-lost",
                                                                   "clock-forward",
                                                                   "clock-back",
                                                                   "cancel",
                                                                   "terminate",
                                                                   "compensate",
                                                                   "suspend",
                                                                   "operator"};
  return kNames[static_cast<std::size_t>(fault)];
}

std::string node_of(std::string_view key) {
  const auto undo = key.find(":undo:");
  if (undo == std::string_view::npos) return "call";
  return key.find(':', undo + 6) == std::string_view::npos ? "undo" : "undo list";
}

std::string forward_key(const std::string& key) { return key.substr(0, key.find(":undo:")); }

std::string node_of_act(std::string_view act) {
  if (act.rfind("parent:", 0) == 0) return "answer";
  if (act.rfind("child:", 0) != 0) return "";
  return act.find(":undo:") == std::string_view::npos ? "run" : "undo run";
}

void Meetings::add(const Meetings& other) {
  for (std::size_t i = 0; i < kFaults; ++i) {
    for (const auto& [node, count] : other.counts_[i]) counts_[i][node] += count;
  }
}

std::uint64_t Meetings::of(Fault fault) const {
  std::uint64_t sum = 0;
  for (const auto& [node, count] : counts_[static_cast<std::size_t>(fault)]) sum += count;
  return sum;
}

std::string Meetings::table() const {
  std::set<std::string> nodes;
  for (const auto& line : counts_) {
    for (const auto& [node, count] : line) nodes.insert(node);
  }
  std::string text = fmt::format("{:<20}", "fault met by");
  for (const auto& node : nodes) text += fmt::format("{:>12}", node);
  for (std::size_t i = 0; i < kFaults; ++i) {
    text += fmt::format("\n{:<20}", name_of(static_cast<Fault>(i)));
    for (const auto& node : nodes) {
      const auto at = counts_[i].find(node);
      text += fmt::format("{:>12}", at == counts_[i].end() ? 0 : at->second);
    }
  }
  return text + "\n";
}

}  // namespace skald::simulation
