#pragma once

// jq in processes of its own, where a runaway program can be killed: by deadline, or by the memory limit of the
// process. libjq 1.6 cannot be interrupted from within, and ends the process when memory runs out.
//
// The children are this very executable, started with a hidden first argument; so every main() that evaluates
// expressions begins with:
//
//   if (skald::definition::is_expression_server(argc, argv)) return skald::definition::serve_expressions();

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/base/time.h"
#include "engine/definition/expression.h"

namespace skald::definition {

bool is_expression_server(int argc, char** argv);
// The child's loop, over standard input; returns the exit code when its parent has gone.
int serve_expressions();

struct JqLimits {
  Millis deadline{1'000};                 // of one evaluation, compiling included, in processor time
  std::size_t memory_bytes = 256u << 20;  // of a child
  std::size_t processes = 2;              // started when first needed; further callers wait
};

class JqChild;

// Thread-safe.
class JqProcess final : public JqRunner {
 public:
  explicit JqProcess(JqLimits limits = {});
  ~JqProcess() override;

  Result<Value> run(const std::string& program, const Scope& scope) override;
  Status check(const std::string& program, const std::vector<std::string_view>& variables) override;
  // Many in one go: compiling anything takes libjq 1.6 some 20 ms, whatever its length.
  Status check_all(std::span<const JqProgram> programs) override;

 private:
  Result<Value> ask(const Value& request);
  std::unique_ptr<JqChild> take();
  void give_back(std::unique_ptr<JqChild> child);

  const JqLimits limits_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::size_t running_ = 0;
  std::vector<std::unique_ptr<JqChild>> idle_;
};

}  // namespace skald::definition
