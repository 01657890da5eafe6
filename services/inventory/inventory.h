#pragma once

// Stock and reservations. Of each product, on_hand (what can still be reserved) + reserved + sold never changes.
// A reservation is reserved, then released (undone) or committed (sold). All functions that change something run
// within a transaction.

#include <string>

#include "engine/base/result.h"
#include "engine/base/value.h"
#include "services/common/answer.h"
#include "services/common/database.h"
#include "services/common/effects.h"

namespace skald::services::inventory {

extern const char* const kSchema;
// Stocks the shelves with kInitialStock of each product where they never were.
Status seed(Connection& db);

// [{"sku", "on_hand", "reserved", "sold"}], by sku.
Result<Value> list_stock(Connection& db);

// {"order", "items": [{"sku", "quantity"}]}: reserves all of it (201) or nothing (409 "out-of-stock").
// A key whose reservation stands reserves nothing more. Errors: "bad-field", "no-such-product".
Result<Answer> reserve(Connection& db, const Keyed& request);
// Puts back what the key reserved: "released" or "nothing". Error: "committed".
Result<std::string> release(Connection& db, const std::string& forward_key);
// {"order"}: sells what is reserved for the order; nothing more if that is done. Errors: "bad-field",
// "nothing-reserved".
Result<Answer> commit(Connection& db, const Keyed& request);

}  // namespace skald::services::inventory
