#include "services/cart/cart.h"

#include "services/common/fields.h"
#include "services/common/products.h"

namespace skald::services::cart {
namespace {

Status check_id(const std::string& id) {
  if (id.size() <= kMaxIdLength) return {};
  return fail(ErrorKind::kInvalid, "bad-field", "a cart's id has 1 to " + std::to_string(kMaxIdLength) + " bytes");
}

Result<Items> items_of(Connection& db, const std::string& id) {
  SKALD_ASSIGN(auto rows, db.query("select sku, quantity from cart_items where cart = ?", {id}));
  Items items;
  for (const Row& row : rows) items[row.text(0)] = row.integer(1);
  return items;
}

}  // namespace

const char* const kSchema = R"sql(
  create table if not exists carts (id text primary key) without rowid;
  create table if not exists cart_items (
    cart text not null, sku text not null, quantity integer not null check (quantity > 0),
    primary key (cart, sku)) without rowid;
  create table if not exists cleared (
    cart text not null, order_id text not null, primary key (cart, order_id)) without rowid;
)sql";

Result<Value> contents(Connection& db, const std::string& id) {
  SKALD_ASSIGN(auto rows, db.query("select 1 from carts where id = ?", {id}));
  if (rows.empty()) {
    return fail(ErrorKind::kNotFound, "no-such-cart",
                "there is no cart '" + id + "'; PUT /carts/" + id + "/items/SKU {\"quantity\": 1} makes it");
  }
  SKALD_ASSIGN(Items items, items_of(db, id));
  return Value{{"id", id}, {"items", items_json(items)}};
}

Result<Value> set_item(Connection& db, const std::string& id, const std::string& sku, const Value& body) {
  SKALD_TRY(check_id(id));
  SKALD_TRY(find_product(sku));
  SKALD_ASSIGN(std::int64_t quantity, integer_field(body, "quantity", 0, kMaxQuantity));
  SKALD_TRY(db.run("insert or ignore into carts values (?)", {id}));
  if (quantity == 0) {
    SKALD_TRY(db.run("delete from cart_items where cart = ? and sku = ?", {id, sku}));
  } else {
    SKALD_TRY(db.run("insert or replace into cart_items values (?, ?, ?)", {id, sku, quantity}));
  }
  return contents(db, id);
}

Result<Value> clear(Connection& db, const std::string& id, const Value& body) {
  SKALD_TRY(check_id(id));
  SKALD_TRY(db.run("insert or ignore into carts values (?)", {id}));
  std::int64_t fresh = 1;
  if (body.contains("order")) {
    SKALD_ASSIGN(const std::string order, text_field(body, "order"));
    SKALD_ASSIGN(fresh, db.run("insert or ignore into cleared values (?, ?)", {id, order}));
  }
  if (fresh > 0) SKALD_TRY(db.run("delete from cart_items where cart = ?", {id}));
  return contents(db, id);
}

}  // namespace skald::services::cart
