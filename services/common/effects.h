#pragma once

// Effects that happen once: idempotency records and tombstones, kept in the service's own database.
//
// - The record of a key (hash of the request, answer) is written in the transaction of the effect. The same key gets
//   the recorded answer again; with another request it is refused.
// - Records of effects are kept only as long as the service is told to. A key that was forgotten meets its business
//   row (the reservation, order or payment that it made), which answers the same: that is for `act` to see to.
// - Records of refusals are kept for ever: a refusal says "never will", and leaves no row that could say it again.
// - An undo names the key of the forward effect. It may come twice, under different keys, before the forward effect,
//   or where there never was one. The first one leaves a tombstone: after it the forward key is refused, and further
//   undos change nothing. Tombstones are kept for ever, since nobody knows how late a forward effect may come.
// - Duplicates that arrive at once wait for one another, also between processes (BEGIN IMMEDIATE).

#include <functional>
#include <string>

#include "engine/base/time.h"
#include "services/common/answer.h"
#include "services/common/database.h"

namespace skald::services {

inline constexpr std::size_t kMaxKeyLength = 2048;
inline constexpr Millis kDefaultKeyTtl = std::chrono::hours(24 * 7);

// One request for an effect.
struct Keyed {
  std::string key;    // of the Idempotency-Key header; empty where there was none
  std::string route;  // method and path
  Value body;
};

// What a business row of the key says where the record of it is gone: that it was used for another request (422), and
// that its effect was taken back (409).
tl::unexpected<Error> key_reused(const std::string& key);
tl::unexpected<Error> undone(const std::string& key);

// Thread-safe.
class Effects {
 public:
  // Does the effect within the transaction. An error rolls back and is not recorded, so the same key may try again;
  // an answer commits whatever was written, and is recorded if it is final.
  using Forward = std::function<Result<Answer>(Connection&)>;
  // Takes back what the forward key did, if anything, and says in a word what became of it ("released", "nothing").
  using Undo = std::function<Result<std::string>(Connection&, const std::string& forward_key)>;

  // Tables that the service's schema must contain.
  static const char* schema();

  // Borrows both. Records of effects older than `key_ttl` are forgotten.
  Effects(Database& database, const Clock& clock, Millis key_ttl);

  // Durable when it returns an answer. Errors besides those of `act` and the database: "no-idempotency-key" (400),
  // "bad-idempotency-key" (400), "key-reused" (422), "undone" (409).
  Result<Answer> forward(const Keyed& request, const Forward& act);
  // The body is {"forward_key"}. Answers 200 {"forward_key", "status"}, where status is "already-undone" if another
  // undo came first. Durable when it returns an answer. Errors as above, but for "undone".
  Result<Answer> undo(const Keyed& request, const Undo& act);

 private:
  using Guard = std::function<Status(Connection&)>;

  Result<Answer> once(const Keyed& request, const Guard& guard, const Forward& act);

  Database& database_;
  const Clock& clock_;
  Millis key_ttl_;
};

}  // namespace skald::services
