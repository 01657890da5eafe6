#include "services/checkout/checkout.h"

#include "services/common/fields.h"

namespace skald::services::checkout {
namespace {

tl::unexpected<Error> no_such_order(const std::string& id) {
  return fail(ErrorKind::kNotFound, "no-such-order", "there is no order '" + id + "'");
}

Value order_json(const Row& row) {
  return {{"id", row.text(0)}, {"status", row.text(1)}, {"total", row.integer(2)}, {"customer", row.text(3)}};
}

// The items as JSON text; empty where the request has none.
Result<std::string> items_text(const Value& body) {
  if (!body.contains("items")) return std::string();
  SKALD_ASSIGN(Items items, items_field(body));
  return to_json(items_json(items));
}

Result<std::string> customer_of(const Value& body) {
  if (!body.contains("customer")) return std::string();
  return text_field(body, "customer");
}

Result<Answer> created(Connection& db, const std::string& id) {
  Answer answer;
  answer.status = 201;
  SKALD_ASSIGN(answer.body, get_order(db, id));
  return answer;
}

}  // namespace

const char* const kSchema = R"sql(
  create table if not exists orders (
    number integer primary key autoincrement, id text not null unique, forward_key text not null unique,
    status text not null check (status in ('pending', 'confirmed', 'cancelled')), total integer not null,
    customer text not null, items text not null);
)sql";

Result<Value> list_orders(Connection& db) {
  SKALD_ASSIGN(auto rows, db.query("select id, status, total, customer from orders order by number"));
  Value list = Value::array();
  for (const Row& row : rows) list.push_back(order_json(row));
  return list;
}

Result<Value> get_order(Connection& db, const std::string& id) {
  SKALD_ASSIGN(auto rows, db.query("select id, status, total, customer, items from orders where id = ?", {id}));
  if (rows.empty()) return no_such_order(id);
  Value order = order_json(rows[0]);
  const std::string& items = rows[0].text(4);
  SKALD_ASSIGN(order["items"], items.empty() ? Result<Value>(Value::array()) : parse_json(items));
  return order;
}

Result<Answer> create(Connection& db, const Keyed& request) {
  SKALD_ASSIGN(std::string id, text_field(request.body, "order"));
  SKALD_ASSIGN(std::int64_t total, integer_field(request.body, "total", 1, kMaxAmount));
  SKALD_ASSIGN(std::string customer, customer_of(request.body));
  SKALD_ASSIGN(std::string items, items_text(request.body));
  // The order knows its key, also when the idempotency record has expired.
  SKALD_ASSIGN(auto mine,
               db.query("select id, status, total, customer, items from orders where forward_key = ?", {request.key}));
  if (!mine.empty()) {
    const Row& row = mine[0];
    const bool same = row.text(0) == id && row.integer(2) == total && row.text(3) == customer && row.text(4) == items;
    if (!same) return key_reused(request.key);
    if (row.text(1) == "cancelled") return undone(request.key);
    return created(db, id);
  }
  SKALD_ASSIGN(auto rows, db.query("select status from orders where id = ?", {id}));
  if (!rows.empty()) {
    if (rows[0].text(0) != "cancelled") {
      return problem(409, "order-exists", "the order '" + id + "' exists; a new order needs an id of its own");
    }
    // A checkout that took its order back may make it again, under another key.
    SKALD_TRY(db.run("delete from orders where id = ?", {id}));
  }
  SKALD_TRY(
      db.run("insert into orders (id, forward_key, status, total, customer, items) "
             "values (?, ?, 'pending', ?, ?, ?)",
             {id, request.key, total, customer, items}));
  return created(db, id);
}

Result<std::string> cancel(Connection& db, const std::string& forward_key) {
  SKALD_ASSIGN(auto rows, db.query("select id, status from orders where forward_key = ?", {forward_key}));
  if (rows.empty()) return std::string("nothing");
  if (rows[0].text(1) == "confirmed") {
    return fail(ErrorKind::kConflict, "confirmed",
                "the order '" + rows[0].text(0) + "' is confirmed and cannot be cancelled");
  }
  SKALD_TRY(db.run("update orders set status = 'cancelled' where forward_key = ?", {forward_key}));
  return std::string("cancelled");
}

Result<Answer> confirm(Connection& db, const Keyed& request) {
  SKALD_ASSIGN(std::string id, text_field(request.body, "order"));
  SKALD_ASSIGN(auto rows, db.query("select status from orders where id = ?", {id}));
  if (rows.empty()) return no_such_order(id);
  if (rows[0].text(0) == "cancelled") {
    return fail(ErrorKind::kConflict, "cancelled", "the order '" + id + "' is cancelled and cannot be confirmed");
  }
  SKALD_TRY(db.run("update orders set status = 'confirmed' where id = ?", {id}));
  Answer answer;
  SKALD_ASSIGN(answer.body, get_order(db, id));
  return answer;
}

}  // namespace skald::services::checkout
