#pragma once

// Whole histories for looks at them: golden ones as they are stored, and those of sagas that a test drives by hand.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/event.h"
#include "engine/definition/workflow.h"
#include "engine/runtime/saga_reader.h"
#include "tests/core/saga_fixture.h"

namespace skald::inspect {

struct History {
  std::string name;
  std::shared_ptr<const definition::Workflow> workflow;
  std::vector<core::Event> events;
};

// All of tests/golden/histories, with documents in which no expression can be evaluated.
std::vector<History> golden_histories();
History history_of(const core::Saga& saga);
// A loop that has so many rounds, each with a step that fails once: five events a round. It has not ended.
History long_history(std::size_t rounds);
// A fork of so many branches, each a step, that has completed.
History wide_history(std::size_t branches);

// A reader of these.
class HistoryReader final : public runtime::SagaReader {
 public:
  explicit HistoryReader(History history) : history_(std::move(history)) {}

  RunId run() const { return RunId(history_.events.front().run); }

  Result<RunId> resolve(const std::string&) const override { return run(); }
  Result<runtime::SagaView> show(const RunId& run) const override;
  Result<std::optional<store::Summary>> summary(const RunId& run) const override {
    SKALD_ASSIGN(const runtime::SagaView view, show(run));
    return view.summary;
  }
  Result<store::ListPage> list(const store::ListQuery&) const override { return store::ListPage{}; }
  Result<std::uint64_t> count(const store::ListQuery&) const override { return 1; }
  Result<std::vector<store::StoredEvent>> events(const RunId& run, std::uint64_t from,
                                                 std::size_t limit) const override;
  Result<WorkflowPtr> workflow(const std::string&, const std::string&) const override { return history_.workflow; }
  Result<store::DefinitionRow> definition(const std::string&, const std::string&) const override {
    const definition::Workflow& workflow = *history_.workflow;
    return store::DefinitionRow{workflow.full_name(), workflow.version, workflow.hash, workflow.source, Time{}};
  }
  const std::string& store_id() const override { return history_.name; }

 private:
  History history_;
};

}  // namespace skald::inspect
