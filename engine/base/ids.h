#pragma once

// Identifiers as distinct types without implicit conversion.

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace skald {

// A string that is only one kind of identifier.
template <typename Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}

  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const Id&) const = default;

 private:
  std::string text_;
};

using SagaId = Id<struct SagaIdTag>;      // the submitter's
using RunId = Id<struct RunIdTag>;        // ours: a UUIDv7 that carries its shard
using TaskType = Id<struct TaskTypeTag>;  // [a-z0-9-]+(\.[a-z0-9-]+)*

using ShardId = std::uint32_t;

// 1 to 256 of [A-Za-z0-9._:-], not shaped like a UUID. Error: "bad-id".
Result<SagaId> parse_saga_id(std::string_view text);
bool looks_like_uuid(std::string_view text);
// What a UUID's 32 hex digits say, of either case; none where the text is not written as one.
using UuidBytes = std::array<std::uint8_t, 16>;
std::optional<UuidBytes> uuid_bytes(std::string_view text);
// For a saga of "namespace/name" that is submitted without an id: the name and 16 random hex digits. It is a saga id if
// the workflow's name is one.
std::string made_up_id(std::string_view workflow);
// Error: "bad-task-type".
Result<TaskType> parse_task_type(std::string_view text);

// The shard that owns an id: FNV-1a of its bytes, modulo the number of shards.
ShardId shard_of(const SagaId& id, std::uint32_t shards);

// UUIDv7 (RFC 9562): 48 bits of Unix time in ms; the 12 bits of rand_a hold the shard; 62 random bits.
// `random` supplies the random bits. Requires shard < 4096.
RunId make_run_id(Time now, ShardId shard, std::uint64_t random);
// Errors: "bad-id" where the text is no UUIDv7.
Result<ShardId> shard_of_run(const RunId& run);

}  // namespace skald

template <typename Tag>
struct std::hash<skald::Id<Tag>> {
  std::size_t operator()(const skald::Id<Tag>& id) const { return std::hash<std::string>()(id.str()); }
};
