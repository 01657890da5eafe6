#pragma once

// An engine that hands everything to another: for tests of the door that change one thing of it.

#include "engine/runtime/engine.h"

namespace skald::runtime {

class ForwardingEngine : public Engine {
 public:
  explicit ForwardingEngine(Engine& engine) : engine_(engine) {}

  Result<RunId> resolve(const std::string& id) const override { return engine_.resolve(id); }
  Result<SagaView> show(const RunId& run) const override { return engine_.show(run); }
  Result<std::optional<store::Summary>> summary(const RunId& run) const override { return engine_.summary(run); }
  Result<store::ListPage> list(const store::ListQuery& query) const override { return engine_.list(query); }
  Result<std::uint64_t> count(const store::ListQuery& query) const override { return engine_.count(query); }
  Result<std::vector<store::StoredEvent>> events(const RunId& run, std::uint64_t from,
                                                 std::size_t limit) const override {
    return engine_.events(run, from, limit);
  }
  Result<WorkflowPtr> workflow(const std::string& name, const std::string& version) const override {
    return engine_.workflow(name, version);
  }
  Result<store::DefinitionRow> definition(const std::string& name, const std::string& version) const override {
    return engine_.definition(name, version);
  }
  const std::string& store_id() const override { return engine_.store_id(); }

  Result<Deployed> deploy(const std::string& source, const std::string& file) override {
    return engine_.deploy(source, file);
  }
  std::vector<store::DefinitionRow> definitions() const override { return engine_.definitions(); }
  void submit(Submission submission, std::function<void(Result<Submitted>)> done) override {
    engine_.submit(std::move(submission), std::move(done));
  }
  void operate(const std::string& id_or_run, Operation operation,
               std::function<void(Result<store::Summary>)> done) override {
    engine_.operate(id_or_run, std::move(operation), std::move(done));
  }
  void publish(Payload cloud_event, std::function<void(Status)> done) override {
    engine_.publish(std::move(cloud_event), std::move(done));
  }
  std::uint64_t watch(const RunId& run, Changed changed) override { return engine_.watch(run, std::move(changed)); }
  std::uint64_t watch_all(AnyChanged changed) override { return engine_.watch_all(std::move(changed)); }
  void unwatch(std::uint64_t watcher) override { engine_.unwatch(watcher); }
  void backup(std::string dir, std::size_t keep, std::function<void(Result<store::BackedUp>)> done) override {
    engine_.backup(std::move(dir), keep, std::move(done));
  }
  std::vector<TaskTypeStatus> workers() const override { return engine_.workers(); }
  std::optional<AttemptStatus> attempt(const std::string& key, std::uint32_t attempt) const override {
    return engine_.attempt(key, attempt);
  }
  Readiness readiness() const override { return engine_.readiness(); }
  Activities activities() const override { return engine_.activities(); }
  std::string metrics() const override { return engine_.metrics(); }

 protected:
  Engine& engine_;
};

}  // namespace skald::runtime
