#include "services/inventory/inventory.h"

#include <fmt/format.h>

#include "services/common/fields.h"
#include "services/common/products.h"

namespace skald::services::inventory {
namespace {

Result<Items> items_of(Connection& db, const std::string& forward_key) {
  SKALD_ASSIGN(auto rows, db.query("select sku, quantity from reservation_items where forward_key = ?", {forward_key}));
  Items items;
  for (const Row& row : rows) items[row.text(0)] = row.integer(1);
  return items;
}

// The status of the key's reservation; empty where there is none.
Result<std::string> status_of(Connection& db, const std::string& forward_key) {
  SKALD_ASSIGN(auto rows, db.query("select status from reservations where forward_key = ?", {forward_key}));
  return rows.empty() ? std::string() : rows[0].text(0);
}

Answer reserved(const std::string& order, const Items& items) {
  Answer answer;
  answer.status = 201;
  answer.body = {{"order", order}, {"status", "reserved"}, {"items", items_json(items)}};
  return answer;
}

// The answer with the key's reservation; nothing where there is none. Errors: "key-reused", "undone".
Result<std::optional<Answer>> reserved_before(Connection& db, const std::string& key, const std::string& order,
                                              const Items& items) {
  SKALD_ASSIGN(auto rows, db.query("select order_id, status from reservations where forward_key = ?", {key}));
  if (rows.empty()) return std::nullopt;
  SKALD_ASSIGN(const Items held, items_of(db, key));
  if (rows[0].text(0) != order || held != items) return key_reused(key);
  if (rows[0].text(1) == "released") return undone(key);
  return reserved(order, items);
}

Status set_status(Connection& db, const std::string& forward_key, const std::string& status) {
  SKALD_TRY(db.run("update reservations set status = ? where forward_key = ?", {status, forward_key}));
  return {};
}

// The refusal where the stock does not do for the items; nothing where it does. What others have reserved is not gone:
// it comes back where their checkouts are undone. Only sold is sold.
Result<std::optional<Answer>> shortage(Connection& db, const Items& items) {
  std::string sold_out;
  std::string held;
  for (const auto& [sku, quantity] : items) {
    SKALD_ASSIGN(auto rows, db.query("select on_hand, reserved from stock where sku = ?", {sku}));
    const std::int64_t on_hand = rows.empty() ? 0 : rows[0].integer(0);
    const std::int64_t others = rows.empty() ? 0 : rows[0].integer(1);
    if (on_hand >= quantity) continue;
    const std::string words =
        fmt::format("{} of '{}' wanted, {} on hand, {} reserved by others", quantity, sku, on_hand, others);
    (on_hand + others < quantity ? sold_out : held) = words;
  }
  if (!sold_out.empty()) return problem(409, "out-of-stock", sold_out);
  if (held.empty()) return std::nullopt;
  Answer later = problem(429, "reserved-by-others", held + ", who may give it back or buy it; try again");
  later.body["title"] = "Reserved by others";
  later.final = false;
  later.retry_after_s = kRetryAfterS;
  return later;
}

Status insert(Connection& db, const std::string& key, const std::string& order, const Items& items) {
  SKALD_TRY(db.run("insert into reservations values (?, ?, 'reserved')", {key, order}));
  for (const auto& [sku, quantity] : items) {
    SKALD_TRY(db.run("insert into reservation_items values (?, ?, ?)", {key, sku, quantity}));
    SKALD_TRY(
        db.run("update stock set on_hand = on_hand - ?1, reserved = reserved + ?1 where sku = ?2", {quantity, sku}));
  }
  return {};
}

Status sell(Connection& db, const std::string& forward_key) {
  SKALD_ASSIGN(Items items, items_of(db, forward_key));
  for (const auto& [sku, quantity] : items) {
    SKALD_TRY(db.run("update stock set reserved = reserved - ?1, sold = sold + ?1 where sku = ?2", {quantity, sku}));
  }
  return set_status(db, forward_key, "committed");
}

}  // namespace

const char* const kSchema = R"sql(
  create table if not exists stock (
    sku text primary key, on_hand integer not null check (on_hand >= 0),
    reserved integer not null check (reserved >= 0), sold integer not null check (sold >= 0)) without rowid;
  create table if not exists reservations (
    forward_key text primary key, order_id text not null,
    status text not null check (status in ('reserved', 'released', 'committed'))) without rowid;
  create index if not exists reservations_by_order on reservations (order_id);
  create table if not exists reservation_items (
    forward_key text not null, sku text not null, quantity integer not null check (quantity > 0),
    primary key (forward_key, sku)) without rowid;
)sql";

Status seed(Connection& db) {
  for (const Product& product : products()) {
    SKALD_TRY(db.run("insert or ignore into stock values (?, ?, 0, 0)", {std::string(product.sku), kInitialStock}));
  }
  return {};
}

Result<Value> list_stock(Connection& db) {
  SKALD_ASSIGN(auto rows, db.query("select sku, on_hand, reserved, sold from stock order by sku"));
  Value list = Value::array();
  for (const Row& row : rows) {
    list.push_back(
        {{"sku", row.text(0)}, {"on_hand", row.integer(1)}, {"reserved", row.integer(2)}, {"sold", row.integer(3)}});
  }
  return list;
}

Result<Answer> reserve(Connection& db, const Keyed& request) {
  SKALD_ASSIGN(std::string order, text_field(request.body, "order"));
  SKALD_ASSIGN(Items items, items_field(request.body));
  // The reservation knows its key, also when the idempotency record has expired.
  SKALD_ASSIGN(auto before, reserved_before(db, request.key, order, items));
  if (before) return *before;
  SKALD_ASSIGN(auto missing, shortage(db, items));
  if (missing) return *missing;
  SKALD_TRY(insert(db, request.key, order, items));
  return reserved(order, items);
}

Result<std::string> release(Connection& db, const std::string& forward_key) {
  SKALD_ASSIGN(std::string status, status_of(db, forward_key));
  if (status.empty()) return std::string("nothing");
  if (status == "committed") {
    return fail(ErrorKind::kConflict, "committed",
                "the reservation of the key '" + forward_key + "' is sold and cannot be released");
  }
  SKALD_ASSIGN(Items items, items_of(db, forward_key));
  for (const auto& [sku, quantity] : items) {
    SKALD_TRY(
        db.run("update stock set reserved = reserved - ?1, on_hand = on_hand + ?1 where sku = ?2", {quantity, sku}));
  }
  SKALD_TRY(set_status(db, forward_key, "released"));
  return std::string("released");
}

Result<Answer> commit(Connection& db, const Keyed& request) {
  SKALD_ASSIGN(std::string order, text_field(request.body, "order"));
  SKALD_ASSIGN(auto rows, db.query("select forward_key, status from reservations where order_id = ? "
                                   "and status != 'released'",
                                   {order}));
  if (rows.empty()) {
    return fail(ErrorKind::kConflict, "nothing-reserved", "nothing is reserved for the order '" + order + "'");
  }
  for (const Row& row : rows) {
    if (row.text(1) == "reserved") SKALD_TRY(sell(db, row.text(0)));
  }
  Answer answer;
  answer.body = {{"order", order}, {"status", "committed"}};
  return answer;
}

}  // namespace skald::services::inventory
