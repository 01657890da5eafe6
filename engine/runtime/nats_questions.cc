// What the engine asks of JetStream to compare it with what it knows, and what it repairs there.

#include <algorithm>
#include <unordered_map>

#include "engine/base/log.h"
#include "engine/runtime/nats_broker.h"

namespace skald::runtime {

Result<std::optional<StreamState>> NatsBroker::tasks_stream() {
  SKALD_ASSIGN(const auto stream, jetstream_.stream(names_.tasks_stream()));
  if (!stream) return std::optional<StreamState>();
  return std::optional(StreamState{stream->created, stream->last_seq});
}

Result<TaskConsumer> NatsBroker::task_consumer(const std::string& task_type) {
  SKALD_ASSIGN(const auto consumer, jetstream_.consumer(names_.tasks_stream(), wire::Names::task_consumer(task_type)));
  return consumer ? TaskConsumer{consumer->delivered_seq, consumer->unacknowledged} : TaskConsumer{};
}

Status NatsBroker::repair_consumers(std::uint64_t last_seq, bool rolled_back) {
  SKALD_ASSIGN(const auto consumers, jetstream_.consumers(names_.tasks_stream()));
  for (const std::string& consumer : consumers) {
    SKALD_TRY(repair(names_.tasks_stream(), consumer, last_seq, rolled_back));
  }

  SKALD_ASSIGN(const auto events, jetstream_.stream(names_.events_stream()));
  if (events) SKALD_TRY(repair(names_.events_stream(), wire::Names::engine_consumer(), events->last_seq, false));
  const std::string results = names_.results_stream();
  SKALD_ASSIGN(const auto stream, jetstream_.stream(results));
  if (!stream) return {};
  SKALD_TRY(repair(results, wire::Names::engine_consumer(), stream->last_seq, false));
  SKALD_ASSIGN(const auto consumer, jetstream_.consumer(results, wire::Names::engine_consumer()));
  // What is acknowledged is in the saga log; kept here, it would only come again if the consumer were lost.
  if (consumer && consumer->ack_floor_seq > 0 && stream->first_seq <= consumer->ack_floor_seq) {
    SKALD_TRY(jetstream_.purge_before(results, consumer->ack_floor_seq + 1));
  }
  return {};
}

Status NatsBroker::repair(const std::string& stream, const std::string& consumer, std::uint64_t last_seq,
                          bool rolled_back) {
  SKALD_ASSIGN(const auto info, jetstream_.consumer(stream, consumer));
  if (!info || info->delivered_seq <= last_seq) return {};
  if (!rolled_back) {
    // The stream has grown since it was looked at, most likely.
    SKALD_ASSIGN(const auto now, jetstream_.stream(stream));
    if (!now || info->delivered_seq <= now->last_seq) return {};
  }
  logger("broker")->warn("consumer is ahead of its stream; made anew stream={} consumer={} delivered={} last={}",
                         stream, consumer, info->delivered_seq, last_seq);
  SKALD_TRY(jetstream_.delete_consumer(stream, consumer));
  // What it had handed out would come again, to sagas that listen since.
  if (stream == names_.events_stream()) events_from_ = SystemClock().now().ms;
  return {};
}

Result<bool> NatsBroker::withdraw(std::uint64_t stream_seq) {
  return jetstream_.delete_message(names_.tasks_stream(), stream_seq);
}

Result<bool> NatsBroker::present(const TaskOrder& order, std::uint64_t stream_seq) {
  SKALD_ASSIGN(const auto id, jetstream_.header_at(names_.tasks_stream(), stream_seq, wire::kMessageId));
  if (!id) return false;
  const auto there = wire::task_digests(*id);
  return std::find(there.begin(), there.end(), wire::task_digest(message_id(order.act))) != there.end();
}

// Walks over what is there. Of each sequence asked for the broker tells the first message at or behind it, so that gaps
// cost one question, and messages that lie close together are asked for together.
Result<std::vector<std::uint64_t>> NatsBroker::find(const std::vector<TaskOrder>& orders, std::uint64_t after) {
  std::vector<std::uint64_t> places(orders.size(), 0);
  std::unordered_map<std::string, std::size_t> wanted;
  for (std::size_t i = 0; i < orders.size(); ++i) wanted.emplace(wire::task_digest(message_id(orders[i].act)), i);
  SKALD_ASSIGN(const auto stream, jetstream_.stream(names_.tasks_stream()));
  if (!stream) return places;

  std::uint64_t next = std::max(after + 1, stream->first_seq);
  while (next <= stream->last_seq && !wanted.empty()) {
    std::vector<std::uint64_t> from;
    while (next <= stream->last_seq && from.size() < kAskTogether) from.push_back(next++);
    SKALD_ASSIGN(const auto found,
                 jetstream_.next_of_each(names_.tasks_stream(), names_.all("task"), from, wire::kMessageId));
    if (found.size() < from.size()) next = stream->last_seq + 1;  // there is none behind
    for (const bus::StoredHeader& message : found) {
      next = std::max(next, message.seq + 1);
      for (const std::string& digest : wire::task_digests(message.value)) {
        const auto at = wanted.find(digest);
        if (at == wanted.end()) continue;
        places[at->second] = message.seq;
        wanted.erase(at);
      }
    }
  }
  return places;
}

Result<ResultsState> NatsBroker::results() {
  SKALD_ASSIGN(const auto stream, jetstream_.stream(names_.results_stream()));
  if (!stream) return ResultsState{};
  SKALD_ASSIGN(const auto consumer, jetstream_.consumer(names_.results_stream(), wire::Names::engine_consumer()));
  if (!consumer) return ResultsState{stream->last_seq, 0};
  const bool all = consumer->waiting == 0 && consumer->unacknowledged == 0;
  return ResultsState{stream->last_seq, all ? stream->last_seq : std::min(consumer->ack_floor_seq, stream->last_seq)};
}

}  // namespace skald::runtime
