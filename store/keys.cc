#include "store/keys.h"

#include <array>

#include "engine/base/check.h"

namespace skald::store::keys {
namespace {

constexpr std::size_t kShardBytes = 2;
constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kSeqBytes = 8;

void put(std::string& out, std::uint64_t number, std::size_t bytes) {
  std::array<char, sizeof number> digits;
  for (std::size_t i = 0; i < bytes; ++i) digits[i] = static_cast<char>(number >> (8 * (bytes - 1 - i)) & 0xFF);
  out.append(digits.data(), bytes);
}

std::uint64_t get(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

// Times before 1970 sort before those after it.
std::uint64_t ordered(Time time) { return static_cast<std::uint64_t>(time.ms) ^ (1ULL << 63); }
Time from_ordered(std::uint64_t number) { return Time{static_cast<std::int64_t>(number ^ (1ULL << 63))}; }

void put_field(std::string& out, std::string_view field) {
  SKALD_CHECK(field.size() <= 0xFFFF, "an indexed field has at most 65535 bytes");
  put(out, field.size(), 2);
  out.append(field);
}

}  // namespace

std::optional<std::string> run(const RunId& run) {
  const auto bytes = uuid_bytes(run.str());
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

RunId run_from(std::string_view bytes) {
  if (bytes.size() < kRunBytes) return {};
  const std::string digits = to_hex(bytes.substr(0, kRunBytes));
  std::string text;
  text.reserve(digits.size() + 4);
  text.append(digits, 0, 8);
  for (const std::size_t at : {8U, 12U, 16U}) text.append(1, '-').append(digits, at, 4);
  text.append(1, '-').append(digits, 20);
  return RunId(std::move(text));
}

std::string run_bound(Time time) {
  std::string bytes;
  put(bytes, time.ms < 0 ? 0 : static_cast<std::uint64_t>(time.ms), 6);
  bytes.resize(kRunBytes, '\0');
  return bytes;
}

std::string event(std::string_view run_bytes, std::uint64_t seq) {
  std::string key(run_bytes);
  put(key, seq, kSeqBytes);
  return key;
}

std::uint64_t event_seq(std::string_view key) {
  return key.size() == kRunBytes + kSeqBytes ? get(key.substr(kRunBytes)) : 0;
}

std::string timer_shard(ShardId shard) {
  std::string key;
  put(key, shard, kShardBytes);
  return key;
}

std::string timer_bound(ShardId shard, Time due) {
  std::string key = timer_shard(shard);
  put(key, ordered(due), kTimeBytes);
  return key;
}

std::string timer(const TimerRow& row, std::string_view run_bytes) {
  std::string key = timer_bound(shard_of_run(row.run).value_or(0), row.due);
  key.append(run_bytes);
  key.append(row.timer);
  return key;
}

std::optional<TimerRow> timer_from(std::string_view key) {
  if (key.size() < kShardBytes + kTimeBytes + kRunBytes) return std::nullopt;
  key.remove_prefix(kShardBytes);
  TimerRow row;
  row.due = from_ordered(get(key.substr(0, kTimeBytes)));
  key.remove_prefix(kTimeBytes);
  row.run = run_from(key);
  row.timer = std::string(key.substr(kRunBytes));
  return row;
}

std::string pending_shard(ShardId shard) { return timer_shard(shard); }

std::string pending_run(ShardId shard, std::string_view run_bytes) {
  std::string key = pending_shard(shard);
  key.append(run_bytes);
  return key;
}

std::string pending(ShardId shard, std::string_view run_bytes, std::string_view act) {
  std::string key = pending_run(shard, run_bytes);
  key.append(act);
  return key;
}

std::optional<PendingRow> pending_from(std::string_view key) {
  if (key.size() < kShardBytes + kRunBytes) return std::nullopt;
  key.remove_prefix(kShardBytes);
  return PendingRow{run_from(key), std::string(key.substr(kRunBytes)), {}};
}

std::string index_all() { return "a"; }

std::string index_workflow(std::string_view workflow) {
  std::string key = "w";
  put_field(key, workflow);
  return key;
}

std::string index_status(std::string_view status) {
  std::string key = "s";
  put_field(key, status);
  return key;
}

std::string index_workflow_status(std::string_view workflow, std::string_view status) {
  std::string key = "x";
  put_field(key, workflow);
  put_field(key, status);
  return key;
}

std::string index_label(std::string_view key, std::string_view value) {
  std::string index = "l";
  put_field(index, key);
  put_field(index, value);
  return index;
}

std::string index_event(std::string_view type, std::string_view subject) {
  std::string index = "e";
  put_field(index, type);
  put_field(index, subject);
  return index;
}

std::string definition(std::string_view workflow, std::string_view version) {
  std::string key;
  put_field(key, workflow);
  key.append(version);
  return key;
}

}  // namespace skald::store::keys
