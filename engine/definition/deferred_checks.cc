#include "engine/definition/deferred_checks.h"

namespace skald::definition {

Status DeferredChecks::check(const std::string& program, const std::vector<std::string_view>& variables) {
  JqProgram one{program, {variables.begin(), variables.end()}};
  if (const auto at = wrong_.find(one); at != wrong_.end()) return fail(at->second);
  noted_.push_back(std::move(one));
  return {};
}

Result<Value> DeferredChecks::run(const std::string&, const Scope&) {
  return fail(ErrorKind::kInternal, "expression-failed", "no expression is evaluated while a document is read");
}

bool DeferredChecks::settle(JqRunner& jq) {
  find_wrong(noted_, jq);
  return wrong_.empty();
}

// By halves: those of a group that compiles are good.
void DeferredChecks::find_wrong(std::span<const JqProgram> among, JqRunner& jq) {
  if (among.empty() || wrong_.size() >= most_wrong_) return;
  const Status all = jq.check_all(among);
  if (all) return;
  if (among.size() == 1) {
    wrong_.emplace(among.front(), all.error());
    return;
  }
  find_wrong(among.first(among.size() / 2), jq);
  find_wrong(among.subspan(among.size() / 2), jq);
}

}  // namespace skald::definition
