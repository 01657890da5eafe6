#include "services/payments/payments.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "engine/base/hash.h"
#include "services/common/fields.h"

namespace skald::services::payments {
namespace {

constexpr std::array<std::string_view, 4> kGoodCards = {"tok_ok", "tok_flaky", "tok_slow", "tok_lost"};
constexpr std::size_t kIdBytes = 12;

Value payment_json(const Row& row) {
  return {{"id", row.text(0)}, {"order", row.text(1)}, {"amount", row.integer(2)}, {"status", row.text(3)}};
}

std::string payment_id(const std::string& key) { return "pay_" + to_hex(bytes_of(sha256(key)).substr(0, kIdBytes)); }

Answer made(Value payment) {
  Answer answer;
  answer.status = 201;
  answer.body = std::move(payment);
  return answer;
}

// The answer with the key's payment; nothing where there is none. Errors: "key-reused", "undone".
Result<std::optional<Answer>> charged(Connection& db, const std::string& key, const std::string& order,
                                      std::int64_t amount) {
  SKALD_ASSIGN(auto rows, db.query("select id, order_id, amount, status from payments where forward_key = ?", {key}));
  if (rows.empty()) return std::nullopt;
  const Row& row = rows[0];
  if (row.text(1) != order || row.integer(2) != amount) return key_reused(key);
  if (row.text(3) == "refunded") return undone(key);
  return made(payment_json(row));
}

// Counts a try with tok_flaky. Whether the card works this time.
Result<bool> flaky_works(Connection& db, const std::string& key) {
  SKALD_TRY(db.run("insert into flaky values (?, 1) on conflict (key) do update set tries = tries + 1", {key}));
  SKALD_ASSIGN(auto rows, db.query("select tries from flaky where key = ?", {key}));
  return rows.at(0).integer(0) > kFlakyFailures;
}

Answer try_again() {
  Answer answer = problem(503, "try-again", "the card's bank does not answer; nothing was charged");
  answer.final = false;
  answer.retry_after_s = 1;
  return answer;
}

}  // namespace

const char* const kSchema = R"sql(
  create table if not exists payments (
    number integer primary key autoincrement, id text not null unique, forward_key text not null unique,
    order_id text not null, amount integer not null check (amount > 0),
    status text not null check (status in ('charged', 'refunded')));
  create index if not exists payments_by_order on payments (order_id);
  create table if not exists flaky (key text primary key, tries integer not null) without rowid;
)sql";

Result<Value> list_payments(Connection& db) {
  SKALD_ASSIGN(auto rows, db.query("select id, order_id, amount, status from payments order by number"));
  Value list = Value::array();
  for (const Row& row : rows) list.push_back(payment_json(row));
  return list;
}

Result<Answer> charge(Connection& db, const Keyed& request) {
  SKALD_ASSIGN(std::string order, text_field(request.body, "order"));
  SKALD_ASSIGN(std::int64_t amount, integer_field(request.body, "amount", 1, kMaxAmount));
  SKALD_ASSIGN(std::string card, text_field(request.body, "card"));
  // The payment knows its key, also when the idempotency record has expired.
  SKALD_ASSIGN(auto before, charged(db, request.key, order, amount));
  if (before) return *before;
  if (std::find(kGoodCards.begin(), kGoodCards.end(), card) == kGoodCards.end()) {
    return problem(402, "declined", "the card was declined; nothing was charged");
  }
  if (card == "tok_flaky") {
    SKALD_ASSIGN(bool works, flaky_works(db, request.key));
    if (!works) return try_again();
  }
  const std::string id = payment_id(request.key);
  SKALD_TRY(db.run("insert into payments (id, forward_key, order_id, amount, status) values (?, ?, ?, ?, 'charged')",
                   {id, request.key, order, amount}));
  Answer answer = made({{"id", id}, {"order", order}, {"amount", amount}, {"status", "charged"}});
  if (card == "tok_slow") answer.delay = kSlowAnswer;
  answer.drop_connection = card == "tok_lost";
  return answer;
}

Result<std::string> refund(Connection& db, const std::string& forward_key) {
  SKALD_ASSIGN(std::int64_t refunded,
               db.run("update payments set status = 'refunded' where forward_key = ?", {forward_key}));
  return std::string(refunded == 0 ? "nothing" : "refunded");
}

}  // namespace skald::services::payments
