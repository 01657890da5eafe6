#include "services/catalog/catalog.h"

#include "services/common/fields.h"
#include "services/common/products.h"

namespace skald::services::catalog {
namespace {

Value product_json(const Row& row) { return {{"sku", row.text(0)}, {"name", row.text(1)}, {"price", row.integer(2)}}; }

}  // namespace

const char* const kSchema = R"sql(
  create table if not exists products (sku text primary key, name text not null, price integer not null) without rowid;
)sql";

Status seed(Connection& db) {
  for (const Product& product : products()) {
    SKALD_TRY(db.run("insert or ignore into products values (?, ?, ?)",
                     {std::string(product.sku), std::string(product.name), product.price}));
  }
  return {};
}

Result<Value> list_products(Connection& db) {
  SKALD_ASSIGN(auto rows, db.query("select sku, name, price from products order by sku"));
  Value list = Value::array();
  for (const Row& row : rows) list.push_back(product_json(row));
  return list;
}

Result<Value> get_product(Connection& db, const std::string& sku) {
  SKALD_ASSIGN(auto rows, db.query("select sku, name, price from products where sku = ?", {sku}));
  if (rows.empty()) return fail(ErrorKind::kNotFound, "no-such-product", "there is no product '" + sku + "'");
  return product_json(rows[0]);
}

Result<Value> price(Connection& db, const Value& body) {
  SKALD_ASSIGN(Items items, items_field(body));
  std::int64_t total = 0;
  Value priced = Value::array();
  for (const auto& [sku, quantity] : items) {
    SKALD_ASSIGN(Value line, get_product(db, sku));
    const std::int64_t amount = line["price"].get<std::int64_t>() * quantity;
    if (amount > kMaxAmount - total) {
      return fail(ErrorKind::kInvalid, "total-too-large", "the total is more than " + std::to_string(kMaxAmount));
    }
    line["quantity"] = quantity;
    line["amount"] = amount;
    total += amount;
    priced.push_back(std::move(line));
  }
  return Value{{"items", std::move(priced)}, {"total", total}};
}

}  // namespace skald::services::catalog
