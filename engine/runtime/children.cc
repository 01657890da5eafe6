#include "engine/runtime/children.h"

#include <fmt/format.h>

#include "engine/base/log.h"
#include "engine/core/children.h"
#include "engine/runtime/shard_worker.h"

namespace skald::runtime {
namespace {

Status check(const ChildOrder& order, const definition::Workflow& workflow) {
  if (order.depth + 1 > core::kMaxSagaDepth) {
    return fail(ErrorKind::kInvalid, "too-deep",
                fmt::format("sagas run one another to a depth of at most {}", core::kMaxSagaDepth));
  }
  if (workflow.has_pivot && !order.act.pivot) {
    return fail(
        ErrorKind::kInvalid, "pivot-in-child",
        fmt::format("{} has a pivot, so there is no way back from it; the step that runs it needs 'pivot: true'",
                    workflow.full_name()));
  }
  if (const auto& schema = workflow.root->input_schema) return schema->validate(order.act.input.value());
  return {};
}

core::TakeResult answer_of(const core::ChildAct& act) {
  core::TakeResult result;
  result.key = act.key;
  result.attempt = act.attempt;
  return result;
}

}  // namespace

void Children::tell(const RunId& parent, core::TakeResult result) {
  worker_of_(shard_of_run(parent).value_or(0)).post_always([parent, result = std::move(result)](ShardWorker& worker) {
    worker.command(parent, result, {});
  });
}

void Children::refuse(const ChildOrder& order, const Error& error) {
  core::TakeResult result = answer_of(order.act);
  result.outcome = core::Outcome::kRejected;
  result.error = Payload(Value{{"type", "https://serverlessworkflow.io/spec/1.0.0/errors/configuration"},
                               {"status", 400},
                               {"title", order.act.take_back() ? "Child saga not undone" : "Child saga not started"},
                               {"detail", error.message},
                               {"code", error.code}});
  tell(order.parent, std::move(result));
}

void Children::start(const ChildOrder& order) {
  const auto workflow = catalog_.find(order.act.workflow, order.act.version);
  if (!workflow) return refuse(order, workflow.error());
  const SagaId id = core::child_id(order.act.forward, order.act.forward_attempt);
  Submission submission;
  submission.workflow = (*workflow)->full_name();
  submission.version = order.act.version;
  submission.input = order.act.input;
  const core::Parent parent{order.parent.str(), order.act.forward, order.depth + 1, order.act.awaited,
                            order.act.forward_attempt};
  const auto started = [this, order](const Result<Submitted>& submitted) {
    if (!submitted) return refuse(order, submitted.error());
    if (order.act.awaited) return;
    core::TakeResult result = answer_of(order.act);
    result.output = order.act.passed_on;
    tell(order.parent, std::move(result));
  };
  worker_of_(shard_of(id, shards_))
      .post_always([this, order, submission, workflow = *workflow, id, parent, started](ShardWorker& worker) {
        // One that has begun goes on as it began, whatever the highest version asks for by now.
        const Status good = worker.knows(id) ? Status() : check(order, *workflow);
        if (!good) return refuse(order, good.error());
        worker.submit(submission, workflow, id, started, parent);
      });
}

void Children::perform(const ChildOrder& order) {
  const SagaId id = core::child_id(order.act.forward, order.act.forward_attempt);
  ShardWorker& worker = worker_of_(shard_of(id, shards_));
  if (order.act.take_back()) {
    worker.post_always([this, id, order](ShardWorker& self) {
      self.command(id, core::TakeBack{order.act.key, order.act.attempt},
                   [this, order](const Result<store::Summary>& done) {
                     if (!done) refuse(order, done.error());
                   });
    });
    return;
  }
  start(order);
  if (!order.act.cancelling) return;
  worker.post_always([id](ShardWorker& self) {
    // One that has ended, or never began, has said so.
    self.command(id, core::Cancel{{"the saga that runs this one no longer wants it", "parent"}}, {});
  });
}

void Children::report(const RunId& child, const RunId& parent, const core::TakeResult& result) {
  const auto told = [this, child, parent, key = result.key](const Result<store::Summary>& durable) {
    if (!durable) {
      logger("children")
          ->warn("parent is not known child={} parent={} code={}", child.str(), parent.str(), durable.error().code);
    }
    worker_of_(shard_of_run(child).value_or(0)).post_always([child, key](ShardWorker& worker) {
      worker.note_published({child, "parent:" + key, {}});
    });
  };
  worker_of_(shard_of_run(parent).value_or(0)).post_always([parent, result, told](ShardWorker& worker) {
    worker.command(parent, result, told);
  });
}

}  // namespace skald::runtime
