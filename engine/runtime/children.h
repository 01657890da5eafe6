#pragma once

// Sagas that sagas run: starts, cancels and undoes children, and tells parents of their end. What is to be done stands
// in the log of the saga that owes it, and is done again after a crash; all of it is idempotent.
//
// Threading: from any thread; the work is done on the shards' own.

#include <functional>

#include "engine/core/decide.h"
#include "engine/runtime/catalog.h"

namespace skald::runtime {

class ShardWorker;

// A child's act, with the saga that owes it.
struct ChildOrder {
  core::ChildAct act;
  RunId parent;
  std::uint32_t depth = 0;  // of the parent
};

class Children {
 public:
  using WorkerOf = std::function<ShardWorker&(ShardId shard)>;

  Children(const Catalog& catalog, std::uint32_t shards, WorkerOf worker_of)
      : catalog_(catalog), shards_(shards), worker_of_(std::move(worker_of)) {}

  void perform(const ChildOrder& order);
  // Tells the parent; when that is durable, the child owes it no longer.
  void report(const RunId& child, const RunId& parent, const core::TakeResult& result);

 private:
  void start(const ChildOrder& order);
  void tell(const RunId& parent, core::TakeResult result);
  void refuse(const ChildOrder& order, const Error& error);

  const Catalog& catalog_;
  const std::uint32_t shards_;
  const WorkerOf worker_of_;
};

}  // namespace skald::runtime
