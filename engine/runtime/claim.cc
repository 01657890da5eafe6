#include "engine/runtime/claim.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "engine/base/value.h"

namespace skald::runtime {
namespace {

tl::unexpected<Error> taken(std::string message) {
  return fail(ErrorKind::kConflict, "broker-taken", std::move(message));
}

}  // namespace

std::string encode(const Claim& claim) {
  return to_json(Value{{"store", claim.store},
                       {"incarnation", claim.incarnation},
                       {"engine", claim.engine},
                       {"turn", claim.turn},
                       {"taking_over", claim.taking_over}});
}

Claim decode_claim(std::string_view json) {
  const Value value = Value::parse(json, nullptr, false);
  Claim claim;
  if (!value.is_object()) return claim;
  const auto text = [&value](const char* name) {
    return value.contains(name) && value[name].is_string() ? value[name].get<std::string>() : "";
  };
  const auto number = [&value](const char* name) {
    return value.contains(name) && value[name].is_number_unsigned() ? value[name].get<std::uint64_t>() : 0;
  };
  claim.store = text("store");
  claim.incarnation = number("incarnation");
  claim.engine = text("engine");
  claim.turn = number("turn");
  claim.taking_over = value.contains("taking_over") && value["taking_over"] == true;
  return claim;
}

Result<std::optional<Claim>> claim_over(const std::optional<Claim>& held, const Claim& mine, const std::string& where) {
  Claim next = mine;
  if (!held) {
    next.turn = std::max<std::uint64_t>(mine.turn, 1);
    return next;
  }
  if (held->store != mine.store) {
    return taken(
        fmt::format("{} belong to another engine (store {}); give this one a broker, an account or a --prefix of its "
                    "own, or delete those streams if that engine is gone for good",
                    where, held->store));
  }
  if (held->incarnation > mine.incarnation) {
    return taken(fmt::format(
        "{} were taken over by a newer incarnation of this store, restored from a backup; this one must not "
        "go on: move its folder away",
        where));
  }
  const bool same = held->incarnation == mine.incarnation;
  if (same && held->engine == mine.engine) {
    return held->taking_over ? held : std::nullopt;
  }
  const bool newer = std::tie(held->turn, held->engine) > std::tie(mine.turn, mine.engine);
  if (same && mine.turn != 0 && newer) {
    return taken(fmt::format(
        "{} were taken over by another engine that was started on a copy of this store; only one may go on", where));
  }
  next.turn = std::max(mine.turn, held->turn + 1);
  next.taking_over = !same || held->taking_over;
  return next;
}

}  // namespace skald::runtime
