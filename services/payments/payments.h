#pragma once

// Payments: charged, then refunded if undone. Cards are test cards; see `charge`. All functions that change something
// run within a transaction.

#include <string>

#include "engine/base/result.h"
#include "engine/base/value.h"
#include "services/common/answer.h"
#include "services/common/database.h"
#include "services/common/effects.h"

namespace skald::services::payments {

inline constexpr int kFlakyFailures = 2;  // of tok_flaky, before it works
inline constexpr Millis kSlowAnswer = std::chrono::seconds(5);

extern const char* const kSchema;

// [{"id", "order", "amount", "status"}], in the order in which they were made.
Result<Value> list_payments(Connection& db);

// {"order", "amount", "card"}: charges the card (201 with the payment). A key whose charge stands charges nothing more.
// Cards: tok_ok; tok_declined and unknown ones (402 "declined"); tok_flaky (503 "try-again" kFlakyFailures times a key,
// counted durably); tok_slow (answers after kSlowAnswer); tok_lost (charges, but the first answer is never sent).
// Errors: "bad-field", "key-reused", "undone".
Result<Answer> charge(Connection& db, const Keyed& request);
// Gives back what the key charged: "refunded" or "nothing".
Result<std::string> refund(Connection& db, const std::string& forward_key);

}  // namespace skald::services::payments
