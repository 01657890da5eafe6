#include "engine/base/ids.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/hash.h"

namespace skald {
namespace {

constexpr std::size_t kMaxIdBytes = 256;
constexpr std::size_t kUuidLength = 36;

// What each character is as a digit, 0 to 15, and 255 where it is none.
constexpr std::array<std::uint8_t, 256> kHexDigits = [] {
  std::array<std::uint8_t, 256> digits;
  digits.fill(255);
  for (std::uint8_t i = 0; i < 10; ++i) digits['0' + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) digits['a' + i] = digits['A' + i] = 10 + i;
  return digits;
}();

bool is_id_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == ':' || c == '-';
}

}  // namespace

std::optional<UuidBytes> uuid_bytes(std::string_view text) {
  if (text.size() != kUuidLength) return std::nullopt;
  if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  static constexpr std::array<std::uint8_t, 16> kAt{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
  UuidBytes bytes;
  unsigned seen = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned high = kHexDigits[static_cast<unsigned char>(text[kAt[i]])];
    const unsigned low = kHexDigits[static_cast<unsigned char>(text[kAt[i] + 1U])];
    seen |= high | low;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return seen < 16 ? std::optional(bytes) : std::nullopt;
}

bool looks_like_uuid(std::string_view text) { return uuid_bytes(text).has_value(); }

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
  const auto bytes = uuid_bytes(run.str());
  if (!bytes || (*bytes)[6] >> 4 != 7) {
    return fail(ErrorKind::kInvalid, "bad-id", fmt::format("'{}' is no run id (a UUID version 7)", run.str()));
  }
  return static_cast<ShardId>(((*bytes)[6] & 0x0F) << 8 | (*bytes)[7]);
}

}  // namespace skald
