// /v1/backup: a backup of the running engine, into a folder of its host.

#include <fmt/format.h>

#include <filesystem>

#include "engine/api/problems.h"
#include "engine/api/queries.h"
#include "engine/api/router.h"

namespace skald::api {
namespace {

constexpr std::uint64_t kMostKept = 10'000;

struct Wanted {
  std::string dir;
  std::size_t keep = 0;
};

Result<Wanted> wanted_of(const Request& request) {
  SKALD_ASSIGN(const Value body, json_body(request, {"dir", "keep"}));
  Wanted wanted;
  SKALD_ASSIGN(wanted.dir, text_member(body, "dir"));
  if (!std::filesystem::path(wanted.dir).is_absolute()) {
    return fail(ErrorKind::kInvalid, "bad-dir",
                fmt::format("'dir' must be an absolute path on the engine's host, not '{}'", wanted.dir));
  }
  if (!body.contains("keep")) return wanted;
  const Value& keep = body["keep"];
  if (!keep.is_number_unsigned() || keep == 0 || keep > kMostKept) {
    return fail(ErrorKind::kInvalid, "bad-member",
                fmt::format("'keep' must be how many backups to keep, 1 to {}", kMostKept));
  }
  wanted.keep = keep.get<std::size_t>();
  return wanted;
}

void backup(const ExchangePtr& exchange, runtime::Engine& engine, const Params&) {
  const auto wanted = wanted_of(exchange->request());
  if (!wanted) return exchange->respond(problem(wanted.error()));
  engine.backup(wanted->dir, wanted->keep, [exchange, dir = wanted->dir](const Result<store::BackedUp>& made) {
    if (!made) return exchange->respond(problem(made.error()));
    exchange->respond(json_response(201, {{"dir", dir},
                                          {"backup", made->number},
                                          {"store", made->store_id},
                                          {"at", format_time(made->at)},
                                          {"bytes", made->bytes},
                                          {"files", made->files}}));
  });
}

}  // namespace

void add_backups(Router& router) { router.add("POST", "/v1/backup", backup); }

}  // namespace skald::api
