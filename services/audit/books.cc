#include "services/audit/books.h"

#include <array>
#include <memory>

#include "services/common/database.h"
#include "services/common/service.h"

namespace skald::services {
namespace {

constexpr std::array kServices = {"catalog", "cart", "inventory", "checkout", "payments"};

// Runs `act` over one snapshot of a service's database.
template <typename Act>
Status over(const std::string& folder, const std::string& service, Act&& act) {
  SKALD_ASSIGN(auto database, Database::open_read_only(database_path(folder, service)));
  return database->read([&](Connection& db) -> Status {
    SKALD_TRY(db.run("begin"));
    SKALD_TRY(act(db));
    SKALD_TRY(db.run("commit"));
    return {};
  });
}

Status read_orders(Connection& db, Books& books) {
  SKALD_ASSIGN(auto rows, db.query("select id, status, total, items from orders"));
  for (const Row& row : rows) {
    Books::Order order{row.text(1), row.integer(2), std::nullopt};
    if (!row.text(3).empty()) {
      Value body = Value::object();
      SKALD_ASSIGN(body["items"], parse_json(row.text(3)));
      SKALD_ASSIGN(order.items, items_field(body));
    }
    books.orders.emplace(row.text(0), std::move(order));
  }
  return {};
}

Status read_payments(Connection& db, Books& books) {
  SKALD_ASSIGN(auto rows, db.query("select id, order_id, amount, status from payments order by number"));
  for (const Row& row : rows) books.payments.push_back({row.text(0), row.text(1), row.integer(2), row.text(3)});
  return {};
}

Status read_inventory(Connection& db, Books& books) {
  SKALD_ASSIGN(auto shelves, db.query("select sku, on_hand, reserved, sold from stock"));
  for (const Row& row : shelves) books.stock[row.text(0)] = {row.integer(1), row.integer(2), row.integer(3)};
  SKALD_ASSIGN(auto reservations, db.query("select forward_key, order_id, status from reservations"));
  std::map<std::string, Items> items;
  SKALD_ASSIGN(auto lines, db.query("select forward_key, sku, quantity from reservation_items"));
  for (const Row& row : lines) items[row.text(0)][row.text(1)] = row.integer(2);
  for (const Row& row : reservations) {
    books.reservations.push_back({row.text(0), row.text(1), row.text(2), std::move(items[row.text(0)])});
  }
  return {};
}

}  // namespace

Result<Books> read_books(const std::string& folder) {
  for (const char* service : kServices) SKALD_TRY(Database::open_read_only(database_path(folder, service)));
  Books books;
  SKALD_TRY(over(folder, "checkout", [&](Connection& db) { return read_orders(db, books); }));
  SKALD_TRY(over(folder, "payments", [&](Connection& db) { return read_payments(db, books); }));
  SKALD_TRY(over(folder, "inventory", [&](Connection& db) { return read_inventory(db, books); }));
  return books;
}

}  // namespace skald::services
