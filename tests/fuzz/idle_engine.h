#pragma once

// An engine that takes everything and runs nothing: what stands before it is being tried. For one thread.

#include "engine/core/event.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/log_reader.h"
#include "store/memory_log.h"
#include "tests/fuzz/no_jq.h"

namespace skald::fuzz {

class IdleEngine final : public runtime::Engine {
 public:
  // With one saga in its log: "known".
  IdleEngine() {
    core::Event started;
    started.seq = 1;
    started.at = Time{1'700'000'000'000};
    started.type = core::EventType::kSagaStarted;
    started.run = run_.str();
    started.id = "known";
    started.workflow = "store/checkout";
    started.version = "1.0.0";
    started.input = Payload(Value{{"cart", "c"}});
    store::Summary summary;
    summary.run = run_;
    summary.id = SagaId("known");
    summary.workflow = "store/checkout";
    summary.version = "1.0.0";
    summary.status = "running";
    summary.started_at = started.at;
    summary.events = 1;
    store::Batch batch;
    batch.events.push_back({run_, 1, core::encode(started), {}});
    batch.summaries.push_back({summary, ""});
    batch.ids.emplace_back(summary.id, run_);
    batch.definitions = definitions();
    (void)log_.commit(batch);
    (void)runtime::load_definitions(log_, catalog_);
  }

  Result<runtime::Deployed> deploy(const std::string&, const std::string& file) override {
    return fail(ErrorKind::kInvalid, "bad-definition", file + ":1:1: not taken here");
  }
  std::vector<store::DefinitionRow> definitions() const override {
    return {{"store/checkout", "1.0.0", "00",
             "document: {dsl: '1.0.3', namespace: store, name: checkout, version: '1.0.0'}\n"
             "do: [{a: {call: shop.do, compensate: {call: shop.undo}}}]\n",
             Time{}}};
  }
  void submit(runtime::Submission submission, std::function<void(Result<runtime::Submitted>)> done) override {
    if (auto id = submission.id.empty() ? SagaId("known") : parse_saga_id(submission.id); !id) {
      return done(fail(id.error()));
    }
    done(runtime::Submitted{run_, true});
  }
  void operate(const std::string& id_or_run, runtime::Operation,
               std::function<void(Result<store::Summary>)> done) override {
    const auto run = resolve(id_or_run);
    if (!run) return done(fail(run.error()));
    done(**log_.summary(*run));
  }
  void publish(Payload, std::function<void(Status)> done) override { done({}); }
  Result<RunId> resolve(const std::string& id_or_run) const override { return reader_.resolve(id_or_run); }
  Result<runtime::SagaView> show(const RunId& run) const override { return reader_.show(run); }
  Result<std::optional<store::Summary>> summary(const RunId& run) const override { return log_.summary(run); }
  Result<store::ListPage> list(const store::ListQuery& query) const override { return log_.list(query); }
  Result<std::uint64_t> count(const store::ListQuery& query) const override { return log_.count(query); }
  Result<std::vector<store::StoredEvent>> events(const RunId& run, std::uint64_t from,
                                                 std::size_t limit) const override {
    return log_.events(run, from, limit);
  }
  Result<WorkflowPtr> workflow(const std::string& name, const std::string& version) const override {
    return reader_.workflow(name, version);
  }
  Result<store::DefinitionRow> definition(const std::string& name, const std::string& version) const override {
    return reader_.definition(name, version);
  }
  const std::string& store_id() const override { return log_.store_id(); }
  void backup(std::string, std::size_t, std::function<void(Result<store::BackedUp>)> done) override {
    done(store::BackedUp{});
  }
  std::uint64_t watch(const RunId&, Changed) override { return 1; }
  std::uint64_t watch_all(AnyChanged) override { return 1; }
  void unwatch(std::uint64_t) override {}
  std::vector<runtime::TaskTypeStatus> workers() const override { return {}; }
  runtime::Activities activities() const override { return {}; }
  std::optional<runtime::AttemptStatus> attempt(const std::string&, std::uint32_t) const override {
    return std::nullopt;
  }
  runtime::Readiness readiness() const override { return {true, true, std::nullopt, ""}; }
  std::string metrics() const override { return ""; }

 private:
  NoJq jq_;
  store::MemoryLog log_;
  runtime::Catalog catalog_{jq_};
  runtime::LogReader reader_{log_, catalog_};
  const RunId run_ = make_run_id(Time{1'700'000'000'000}, 3, 42);
};

}  // namespace skald::fuzz
