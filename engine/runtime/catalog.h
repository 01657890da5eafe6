#pragma once

// The workflow definitions of this engine, each compiled when it is first asked for: an engine with many of them starts
// as fast as with one, and one that does not compile any more stops its own sagas only. Thread-safe.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/definition/kind.h"
#include "store/saga_log.h"

namespace skald::runtime {

// Compares versions by semver 2.0 precedence; < 0, 0, > 0.
int compare_versions(const std::string& a, const std::string& b);

class Catalog {
 public:
  using WorkflowPtr = std::shared_ptr<const definition::Workflow>;  // shared: every saga of a version holds it

  explicit Catalog(definition::JqRunner& jq) : jq_(jq) {}

  // Makes a stored document known.
  void load(store::DefinitionRow row);

  // Error: "bad-definition".
  Result<definition::Parsed> compile(const std::string& source, const std::string& file);
  // Makes a compiled workflow known, after its row is durable.
  void add(WorkflowPtr workflow);

  // `name` is "namespace/name", or "name" alone where one namespace has it; an empty version is the highest.
  // Errors: "unknown-workflow", "ambiguous-workflow", "damaged-definition" where the stored document does not compile.
  Result<WorkflowPtr> find(const std::string& name, const std::string& version) const;

 private:
  // By precedence, so that the last is the highest.
  struct ByVersion {
    bool operator()(const std::string& a, const std::string& b) const { return compare_versions(a, b) < 0; }
  };
  // A document, compiled or as it was stored.
  struct Entry {
    mutable WorkflowPtr compiled;
    mutable std::string source;  // empty once it is compiled
  };
  using Versions = std::map<std::string, Entry, ByVersion>;

  Result<WorkflowPtr> compiled(const Entry& entry, const std::string& name) const;

  definition::JqRunner& jq_;
  mutable std::mutex mutex_;                   // held while one is compiled: others that ask for it wait
  std::map<std::string, Versions> workflows_;  // by "namespace/name"
};

}  // namespace skald::runtime
