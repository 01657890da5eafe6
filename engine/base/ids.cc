#include "engine/base/ids.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/hash.h"

namespace skald {
namespace {

constexpr std::size_t kMaxIdBytes = 256;
constexpr std::size_t kUuidLength = 36;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_id_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == ':' || c == '-';
}

}  // namespace

bool looks_like_uuid(std::string_view text) {
  if (text.size() != kUuidLength) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

std::string made_up_id(std::string_view workflow) {
  return fmt::format("{}-{:016x}", workflow.substr(workflow.rfind('/') + 1), random_u64());
}

Result<SagaId> parse_saga_id(std::string_view text) {
  if (text.empty() || text.size() > kMaxIdBytes || !std::all_of(text.begin(), text.end(), is_id_char)) {
    return fail(ErrorKind::kInvalid, "bad-id",
                fmt::format("a saga id is 1 to {} characters of A-Z a-z 0-9 . _ : -; got '{}'", kMaxIdBytes,
                            text.substr(0, kMaxIdBytes)));
  }
  if (looks_like_uuid(text)) {
    return fail(ErrorKind::kInvalid, "bad-id",
                fmt::format("'{}' is shaped like a UUID, which is kept for run ids; choose another id", text));
  }
  return SagaId(std::string(text));
}

Result<TaskType> parse_task_type(std::string_view text) {
  bool word = false;
  bool good = !text.empty() && text.size() <= 200;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    good = good && (letter || (c == '.' && word));
    word = letter;
  }
  if (!good || !word) {
    return fail(
        ErrorKind::kInvalid, "bad-task-type",
        fmt::format("'{}' is no task type; expected words of a-z 0-9 - joined by dots, as in inventory.reserve", text));
  }
  return TaskType(std::string(text));
}

ShardId shard_of(const SagaId& id, std::uint32_t shards) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : id.str()) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  return static_cast<ShardId>(hash % shards);
}

RunId make_run_id(Time now, ShardId shard, std::uint64_t random) {
  SKALD_CHECK(shard < 4096, "a run id has room for 4096 shards");
  const auto ms = static_cast<std::uint64_t>(now.ms) & 0xFFFFFFFFFFFFULL;
  const std::uint64_t high = ms << 16 | 0x7000U | shard;
  const std::uint64_t low = (random & 0x3FFFFFFFFFFFFFFFULL) | 0x8000000000000000ULL;
  return RunId(fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF, high & 0xFFFF,
                           low >> 48, low & 0xFFFFFFFFFFFFULL));
}

Result<ShardId> shard_of_run(const RunId& run) {
  const std::string& text = run.str();
  if (!looks_like_uuid(text) || text[14] != '7') {
    return fail(ErrorKind::kInvalid, "bad-id", fmt::format("'{}' is no run id (a UUID version 7)", text));
  }
  return static_cast<ShardId>(std::stoul(text.substr(15, 3), nullptr, 16));
}

}  // namespace skald
