#pragma once

// Checks jq programs of a document all together, since libjq 1.6 takes 20 ms for any of them. Private to this folder.

#include <map>
#include <vector>

#include "engine/definition/expression.h"

namespace skald::definition {

// Reading a document with it notes its programs and takes all of them. After settle() it knows those that are wrong,
// and reading the document again tells of each where it stands. Used by one thread.
class DeferredChecks final : public JqRunner {
 public:
  // settle() stops after so many wrong ones; further ones count as good.
  explicit DeferredChecks(std::size_t most_wrong) : most_wrong_(most_wrong) {}

  Status check(const std::string& program, const std::vector<std::string_view>& variables) override;
  // Nothing is evaluated while a document is read: an error.
  Result<Value> run(const std::string& program, const Scope& scope) override;

  // True: all that were noted compile.
  bool settle(JqRunner& jq);

 private:
  void find_wrong(std::span<const JqProgram> among, JqRunner& jq);

  const std::size_t most_wrong_;
  std::vector<JqProgram> noted_;
  std::map<JqProgram, Error> wrong_;
};

}  // namespace skald::definition
