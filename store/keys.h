#pragma once

// The keys of every column family, in this one file. Numbers are big-endian and strings length-prefixed or last, so
// that the order of bytes is the order that reads want. store/README.md shows them byte by byte.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "store/saga_log.h"

namespace skald::store::keys {

// A run id is 16 bytes: the UUID's.
inline constexpr std::size_t kRunBytes = 16;

// None where the text is no UUID.
std::optional<std::string> run(const RunId& run);
// Empty where there are not so many.
RunId run_from(std::string_view bytes);
// The least key of a run that began at `time`, as its UUID carries it.
std::string run_bound(Time time);

std::string event(std::string_view run_bytes, std::uint64_t seq);
// 0, which no event has, where the key is none.
std::uint64_t event_seq(std::string_view key);

std::string timer_shard(ShardId shard);
// The least key of a timer of the shard that is due at `due`.
std::string timer_bound(ShardId shard, Time due);
std::string timer(const TimerRow& row, std::string_view run_bytes);
// None where the key is none.
std::optional<TimerRow> timer_from(std::string_view key);

std::string pending_shard(ShardId shard);
std::string pending_run(ShardId shard, std::string_view run_bytes);
std::string pending(ShardId shard, std::string_view run_bytes, std::string_view act);
// The row without its bytes; none where the key is none.
std::optional<PendingRow> pending_from(std::string_view key);

// The index: a kind, its fields, then the run.
std::string index_all();
std::string index_workflow(std::string_view workflow);
std::string index_status(std::string_view status);
std::string index_workflow_status(std::string_view workflow, std::string_view status);
std::string index_label(std::string_view key, std::string_view value);
std::string index_event(std::string_view type, std::string_view subject);

std::string definition(std::string_view workflow, std::string_view version);

}  // namespace skald::store::keys
