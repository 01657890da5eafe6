// Starts an engine on what users run: RocksDB, NATS, jq in a process of its own.

#include <fmt/format.h>

#include "engine/definition/jq_process.h"
#include "engine/runtime/local_engine.h"
#include "engine/runtime/nats_broker.h"
#include "store/rocks_log.h"

namespace skald::runtime {

Result<std::unique_ptr<LocalEngine>> LocalEngine::start(const Options& options,
                                                        std::function<void(const Error&)> fatal) {
  SKALD_TRY(check_retention(options.retention));
  store::OpenOptions opening;
  opening.shards = options.shards;
  opening.accept_loss = options.accept_loss;
  SKALD_ASSIGN(auto log, store::RocksLog::open(options.data_dir, opening));
  SKALD_ASSIGN(const auto secret, log->meta("secret"));
  SKALD_ASSIGN(const auto incarnation, log->meta("incarnation"));
  if (!secret || !incarnation) {
    return fail(ErrorKind::kDamaged, "damaged-meta", "the store's secret or its incarnation is missing");
  }
  NatsBroker::Options broker_options{options.nats_url, options.prefix, log->store_id(),
                                     std::strtoull(incarnation->c_str(), nullptr, 10), *secret};
  SKALD_ASSIGN(auto broker, NatsBroker::open(std::move(broker_options)));
  Parts parts;
  parts.log = std::move(log);
  parts.broker = std::move(broker);
  parts.jq = std::make_unique<definition::JqProcess>();
  parts.clock = std::make_unique<SystemClock>();
  parts.fatal = std::move(fatal);
  parts.threads = options.threads;
  parts.max_tasks = options.max_tasks;
  parts.limits = options.limits;
  parts.retention.keep = options.retention;
  parts.resident_sagas = options.resident_sagas;
  return start(std::move(parts));
}

}  // namespace skald::runtime
