#pragma once

// Orders: pending, then confirmed or cancelled (undone). All functions that change something run within a transaction.

#include <string>

#include "engine/base/result.h"
#include "engine/base/value.h"
#include "services/common/answer.h"
#include "services/common/database.h"
#include "services/common/effects.h"

namespace skald::services::checkout {

extern const char* const kSchema;

// [{"id", "status", "total", "customer"}], in the order in which they were made.
Result<Value> list_orders(Connection& db);
// The same with "items". Error: "no-such-order".
Result<Value> get_order(Connection& db, const std::string& id);

// {"order", "total", "customer"?, "items"?}: makes it, pending (201). An order that another key made and that is not
// cancelled is in the way (409 "order-exists"). Errors: "bad-field", "no-such-product", "key-reused", "undone".
Result<Answer> create(Connection& db, const Keyed& request);
// Cancels the order that the key made: "cancelled" or "nothing". Error: "confirmed".
Result<std::string> cancel(Connection& db, const std::string& forward_key);
// {"order"}: confirms it; nothing more if that is done. Errors: "bad-field", "no-such-order", "cancelled".
Result<Answer> confirm(Connection& db, const Keyed& request);

}  // namespace skald::services::checkout
