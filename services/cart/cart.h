#pragma once

// Shopping carts. Shoppers edit them freely (setting a quantity twice changes nothing); only clearing one is an effect
// of the checkout.

#include <string>

#include "engine/base/result.h"
#include "engine/base/value.h"
#include "services/common/database.h"

namespace skald::services::cart {

extern const char* const kSchema;

// {"id", "items": [{"sku", "quantity"}]}, by sku. Error: "no-such-cart" where nothing was ever put into it.
Result<Value> contents(Connection& db, const std::string& id);
// {"quantity"}, 0 to take it out; within a transaction. Returns the contents. Errors: "bad-field", "no-such-product".
Result<Value> set_item(Connection& db, const std::string& id, const std::string& sku, const Value& body);
// {"order"?}: empties the cart, within a transaction, once for an order; an order that has emptied it before gets the
// contents that it has now. Without an order only the Idempotency-Key keeps it to once, for as long as its record is
// kept. A cart that is empty or unknown is well: this step has no way back. Error: "bad-field".
Result<Value> clear(Connection& db, const std::string& id, const Value& body);

}  // namespace skald::services::cart
