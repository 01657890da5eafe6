#pragma once

// Stock and reservations. Of each product, on_hand (what can still be reserved) + reserved + sold never changes.
// A reservation is reserved, then released (undone) or committed (sold). It is a semantic lock: what it holds is given
// to nobody else, and counts as gone only when it is sold. All functions that change something run within a
// transaction.

#include <string>

#include "engine/base/result.h"
#include "engine/base/value.h"
#include "services/common/answer.h"
#include "services/common/database.h"
#include "services/common/effects.h"

namespace skald::services::inventory {

inline constexpr int kRetryAfterS = 1;  // of "reserved-by-others"

extern const char* const kSchema;
// Stocks the shelves with kInitialStock of each product where they never were.
Status seed(Connection& db);

// [{"sku", "on_hand", "reserved", "sold"}], by sku.
Result<Value> list_stock(Connection& db);

// {"order", "items": [{"sku", "quantity"}]}: reserves all of it (201) or nothing: 409 "out-of-stock" where so much is
// sold that it can never be had, 429 "reserved-by-others" (not final) where it may still come back.
// A key whose reservation stands reserves nothing more. Errors: "bad-field", "no-such-product", "key-reused", "undone".
Result<Answer> reserve(Connection& db, const Keyed& request);
// Puts back what the key reserved: "released" or "nothing". Error: "committed".
Result<std::string> release(Connection& db, const std::string& forward_key);
// {"order"}: sells what is reserved for the order; nothing more if that is done. Errors: "bad-field",
// "nothing-reserved".
Result<Answer> commit(Connection& db, const Keyed& request);

}  // namespace skald::services::inventory
