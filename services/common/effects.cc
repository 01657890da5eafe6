#include "services/common/effects.h"

#include <fmt/format.h>

#include "engine/base/hash.h"
#include "services/common/fields.h"

namespace skald::services {
namespace {

Status check_key(const std::string& key) {
  if (key.empty()) {
    return fail(ErrorKind::kInvalid, "no-idempotency-key",
                "this request has an effect and needs an Idempotency-Key header; use a new key for each effect, and "
                "the same one for every repeat of it");
  }
  if (key.size() > kMaxKeyLength) {
    return fail(ErrorKind::kInvalid, "bad-idempotency-key",
                fmt::format("the Idempotency-Key has {} bytes, more than {}", key.size(), kMaxKeyLength));
  }
  return {};
}

// Equal requests have equal hashes: the bytes of a payload are canonical.
std::string hash_of(const Keyed& request) {
  const Payload body(request.body);
  return to_hex(bytes_of(sha256(request.route + "\n", body.bytes())));
}

Result<bool> is_undone(Connection& db, const std::string& forward_key) {
  SKALD_ASSIGN(auto rows, db.query("select 1 from undone where forward_key = ?", {forward_key}));
  return !rows.empty();
}

// The recorded answer, if there is one.
Result<std::optional<Answer>> recorded(Connection& db, const std::string& key, const std::string& hash) {
  SKALD_ASSIGN(auto rows, db.query("select request_hash, status, body from idempotency where key = ?", {key}));
  if (rows.empty()) return std::nullopt;
  if (rows[0].text(0) != hash) return key_reused(key);
  Answer answer;
  answer.status = static_cast<int>(rows[0].integer(1));
  SKALD_ASSIGN(answer.body, parse_json(rows[0].text(2)));
  answer.replayed = true;
  return answer;
}

}  // namespace

tl::unexpected<Error> key_reused(const std::string& key) {
  return fail(ErrorKind::kInvalid, "key-reused",
              "the Idempotency-Key '" + key + "' was used for another request; use a new key for each effect");
}

tl::unexpected<Error> undone(const std::string& key) {
  return fail(ErrorKind::kConflict, "undone",
              "the effect of the key '" + key + "' has been undone and can no longer happen");
}

const char* Effects::schema() {
  return R"sql(
    create table if not exists idempotency (
      key text primary key, request_hash text not null, status integer not null, body text not null,
      created_at_ms integer not null) without rowid;
    create index if not exists forgettable_by_age on idempotency (created_at_ms) where status < 400;
    create table if not exists undone (
      forward_key text primary key, undo_key text not null, status text not null, at_ms integer not null) without rowid;
  )sql";
}

Effects::Effects(Database& database, const Clock& clock, Millis key_ttl)
    : database_(database), clock_(clock), key_ttl_(key_ttl) {}

Result<Answer> Effects::once(const Keyed& request, const Guard& guard, const Forward& act) {
  SKALD_TRY(check_key(request.key));
  const std::string hash = hash_of(request);
  return database_.write([&](Connection& db) -> Result<Answer> {
    const Time now = clock_.now();
    SKALD_TRY(db.run("delete from idempotency where created_at_ms < ? and status < 400", {(now - key_ttl_).ms}));
    SKALD_TRY(guard(db));
    SKALD_ASSIGN(auto before, recorded(db, request.key, hash));
    if (before) return *before;
    SKALD_ASSIGN(Answer answer, act(db));
    if (answer.final) {
      SKALD_TRY(db.run("insert into idempotency values (?, ?, ?, ?, ?)",
                       {request.key, hash, std::int64_t{answer.status}, to_json(answer.body), now.ms}));
    }
    return answer;
  });
}

Result<Answer> Effects::forward(const Keyed& request, const Forward& act) {
  // The tombstone counts more than a recorded answer: who asks must not believe that the effect stands.
  const auto refuse_undone = [&](Connection& db) -> Status {
    SKALD_ASSIGN(bool undone, is_undone(db, request.key));
    if (!undone) return {};
    return services::undone(request.key);
  };
  return once(request, refuse_undone, act);
}

Result<Answer> Effects::undo(const Keyed& request, const Undo& act) {
  SKALD_ASSIGN(std::string forward_key, text_field(request.body, "forward_key", kMaxKeyLength));
  const auto no_guard = [](Connection&) -> Status { return {}; };
  return once(request, no_guard, [&](Connection& db) -> Result<Answer> {
    Answer answer;
    SKALD_ASSIGN(bool undone, is_undone(db, forward_key));
    std::string status = "already-undone";
    if (!undone) {
      SKALD_ASSIGN(status, act(db, forward_key));
      SKALD_TRY(db.run("insert into undone values (?, ?, ?, ?)", {forward_key, request.key, status, clock_.now().ms}));
    }
    answer.body = {{"forward_key", forward_key}, {"status", status}};
    return answer;
  });
}

}  // namespace skald::services
