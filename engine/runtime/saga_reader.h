#pragma once

// Sagas as they stand in a log, for whoever shows them: of a running engine (engine.h), a dead one's folder or an
// export (log_reader.h). All that people read is made from this by engine/inspect, so that it is the same everywhere.
//
// Threading: every method may be called from any thread; each reads the store.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/value.h"
#include "engine/definition/workflow.h"
#include "store/saga_log.h"
#include "store/summary.h"

namespace skald::runtime {

// What stands in the store of a saga, complete for `show`.
struct SagaView {
  store::Summary summary;
  Payload input;
  Payload output;  // empty: none yet
};
using SagaViewPtr = std::shared_ptr<const SagaView>;  // shared by whoever is told of it

class SagaReader {
 public:
  virtual ~SagaReader() = default;

  // Reads show durable state. Every read: those of SagaLog; of one saga: "unknown-saga" (kNotFound), "expired".
  virtual Result<RunId> resolve(const std::string& id_or_run) const = 0;
  virtual Result<SagaView> show(const RunId& run) const = 0;
  // None where it is not there, or was removed.
  virtual Result<std::optional<store::Summary>> summary(const RunId& run) const = 0;
  virtual Result<store::ListPage> list(const store::ListQuery& query) const = 0;
  virtual Result<std::uint64_t> count(const store::ListQuery& query) const = 0;
  // From event `from` on, at most `limit`, in order.
  virtual Result<std::vector<store::StoredEvent>> events(const RunId& run, std::uint64_t from,
                                                         std::size_t limit) const = 0;

  using WorkflowPtr = std::shared_ptr<const definition::Workflow>;  // shared: every saga of a version holds it
  // Errors: "unknown-workflow", "ambiguous-workflow", "damaged-definition".
  virtual Result<WorkflowPtr> workflow(const std::string& name, const std::string& version) const = 0;
  // As it was deployed. Error: "unknown-workflow".
  virtual Result<store::DefinitionRow> definition(const std::string& name, const std::string& version) const = 0;
  virtual const std::string& store_id() const = 0;
};

}  // namespace skald::runtime
