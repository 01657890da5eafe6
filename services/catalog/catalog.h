#pragma once

// The catalog: what is sold, and for how much. Prices are integer cents.

#include <string>

#include "engine/base/result.h"
#include "engine/base/value.h"
#include "services/common/database.h"

namespace skald::services::catalog {

extern const char* const kSchema;
// Writes the list of products where it is missing.
Status seed(Connection& db);

// [{"sku", "name", "price"}], by sku.
Result<Value> list_products(Connection& db);
// Error: "no-such-product".
Result<Value> get_product(Connection& db, const std::string& sku);
// {"items": [{"sku", "quantity"}]} -> {"items": [{"sku", "name", "quantity", "price", "amount"}], "total"}.
// Errors: "bad-field", "no-such-product".
Result<Value> price(Connection& db, const Value& body);

}  // namespace skald::services::catalog
