#pragma once

// An engine that takes everything and runs nothing: what stands before it is being tried. For one thread.

#include "engine/core/event.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/local_engine.h"
#include "store/memory_log.h"

namespace skald::fuzz {

class IdleEngine final : public runtime::Engine {
 public:
  // With one saga in its log: "known".
  IdleEngine() {
    core::Event started;
    started.seq = 1;
    started.at = Time{1'700'000'000'000};
    started.type = core::EventType::kSagaStarted;
    started.input = Payload(Value{{"cart", "c"}});
    store::Summary summary;
    summary.run = run_;
    summary.id = SagaId("known");
    summary.workflow = "store/checkout";
    summary.status = "running";
    summary.started_at = started.at;
    summary.events = 1;
    store::Batch batch;
    batch.events.push_back({run_, 1, core::encode(started), {}});
    batch.summaries.push_back({summary, ""});
    batch.ids.emplace_back(summary.id, run_);
    (void)log_.commit(batch);
  }

  Result<runtime::Deployed> deploy(const std::string&, const std::string& file) override {
    return fail(ErrorKind::kInvalid, "bad-definition", file + ":1:1: not taken here");
  }
  std::vector<store::DefinitionRow> definitions() const override {
    return {{"store/checkout", "1.0.0", "00", "do: []", Time{}}};
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
  Result<RunId> resolve(const std::string& id_or_run) const override { return runtime::find_run(log_, id_or_run); }
  Result<core::UndoPlan> undo_plan(const RunId&) const override {
    return core::UndoPlan{{}, "", {{"/do/0/a", 1, "key", {"shop.undo"}, true}}, {"/do/1/b"}};
  }
  Result<runtime::SagaView> show(const RunId& run) const override { return runtime::view_saga(log_, run); }
  Result<store::ListPage> list(const store::ListQuery& query) const override { return log_.list(query); }
  Result<std::uint64_t> count(const store::ListQuery& query) const override { return log_.count(query); }
  Result<std::vector<Value>> history(const RunId& run, std::uint64_t from, std::size_t limit) const override {
    SKALD_ASSIGN(const auto events, log_.events(run, from, limit));
    std::vector<Value> values;
    for (const auto& stored : events) {
      SKALD_ASSIGN(Value value, runtime::event_json(stored));
      values.push_back(std::move(value));
    }
    return values;
  }
  void backup(std::string, std::size_t, std::function<void(Result<store::BackedUp>)> done) override {
    done(store::BackedUp{});
  }
  std::uint64_t watch(const RunId&, Changed) override { return 1; }
  void unwatch(std::uint64_t) override {}
  std::vector<runtime::TaskTypeStatus> workers() const override { return {}; }
  runtime::Readiness readiness() const override { return {true, true, ""}; }
  std::string metrics() const override { return ""; }

 private:
  store::MemoryLog log_;
  const RunId run_ = make_run_id(Time{1'700'000'000'000}, 3, 42);
};

}  // namespace skald::fuzz
