#include "tests/pieces/checkout.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "engine/base/check.h"
#include "engine/core/apply.h"
#include "engine/core/kinds.h"
#include "tests/core/no_jq.h"

namespace skald::pieces {
namespace {

constexpr Time kBegin{1'700'000'000'000};
constexpr ShardId kShard = 3;
constexpr std::uint64_t kSeed = 42;
constexpr const char* kDeclined = "payments.charge";
constexpr const char* kRetried = "catalog.price";

core::NoJq& no_jq() {
  static core::NoJq jq;
  return jq;
}

// What the store's services answer.
Value output_of(const std::string& task) {
  if (task == "cart.contents") {
    return {{"cart", "cart-17"}, {"items", {{{"sku", "sku-1"}, {"quantity", 2}}, {{"sku", "sku-2"}, {"quantity", 1}}}}};
  }
  if (task == "catalog.price") {
    return {
        {"items",
         {{{"sku", "sku-1"}, {"quantity", 2}, {"price", 4'200}}, {{"sku", "sku-2"}, {"quantity", 1}, {"price", 950}}}},
        {"total", 9'350}};
  }
  if (task == "payments.charge") return {{"id", "pay-1"}, {"amount", 9'350}, {"status", "charged"}};
  return {{"order", "order-1"}, {"status", "ok"}};
}

core::TakeResult answer(const core::TaskAct& task, core::Outcome outcome, Time now) {
  core::TakeResult result;
  result.key = task.key;
  result.attempt = task.attempt;
  result.outcome = outcome;
  if (outcome == core::Outcome::kCompleted) {
    result.output = Payload(output_of(task.task));
  } else {
    result.error = Payload(Value{{"type", "urn:skald-store:declined"}, {"title", "Payment declined"}, {"status", 402}});
  }
  result.worker = "host-1234-abcdef";
  result.started_at = now - Millis(1);
  result.finished_at = now;
  return result;
}

core::Outcome outcome_of(Course course, const core::TaskAct& task) {
  if (course == Course::kDeclined && task.task == kDeclined) return core::Outcome::kRejected;
  if (course == Course::kRetried && task.task == kRetried && task.attempt == 1) return core::Outcome::kFailed;
  return core::Outcome::kCompleted;
}

core::Command start(const Checkout& checkout) {
  core::Start command;
  command.run = checkout.run;
  command.id = checkout.id;
  command.input = Payload(Value{{"cart", "cart-17"}, {"customer", "Ada"}, {"card", "tok_ok"}});
  return command;
}

// What the world does next; checkouts have one thing in flight at a time.
core::Command next_command(Course course, const core::State& state, Time now) {
  const core::Outward owed = core::outward(state);
  if (!owed.tasks.empty()) return answer(owed.tasks.front(), outcome_of(course, owed.tasks.front()), now);
  SKALD_CHECK(!owed.timers.empty(), "a checkout that has not ended waits for something");
  return core::TimerDue{owed.timers.front().name};
}

void decide(core::State& state, const Checkout& checkout, std::size_t command) {
  const auto events = core::decide(state, checkout.commands[command], env_at(command));
  SKALD_CHECK(events && !events->empty(), "every command of a checkout moves it");
}

}  // namespace

std::shared_ptr<const definition::Workflow> checkout_workflow() {
  static const auto workflow = [] {
    std::ifstream in(SKALD_SOURCE_DIR "/services/workflows/checkout.yaml");
    const std::string text(std::istreambuf_iterator<char>(in), {});
    auto parsed = definition::parse_workflow(text, "checkout.yaml", core::all_kinds(), no_jq());
    SKALD_CHECK(parsed, "the store's checkout is a good document");
    return parsed->workflow;
  }();
  return workflow;
}

core::Env env_at(std::size_t command) {
  // A minute apart: what was to be waited for is then due.
  return core::Env{kBegin + std::chrono::minutes(command), kSeed + command, no_jq()};
}

Checkout checkout(Course course, std::size_t number) {
  Checkout made;
  made.id = SagaId(fmt::format("order-{:06}", number));
  made.run = make_run_id(kBegin, kShard, number);
  made.commands.push_back(start(made));
  core::State state = core::make_state(checkout_workflow());
  for (std::size_t i = 0; i < made.commands.size(); ++i) {
    decide(state, made, i);
    if (!state.final) made.commands.push_back(next_command(course, state, env_at(i + 1).now));
  }
  return made;
}

std::size_t find_answer(const Checkout& checkout, std::string_view step) {
  for (std::size_t i = 0; i < checkout.commands.size(); ++i) {
    const auto* result = std::get_if<core::TakeResult>(&checkout.commands[i]);
    const bool timer = std::holds_alternative<core::TimerDue>(checkout.commands[i]);
    if (timer ? step == "retry" : result != nullptr && result->key.find(step) != std::string::npos) return i;
  }
  SKALD_CHECK(false, "a checkout has the steps of its document");
}

core::State state_before(const Checkout& checkout, std::size_t command) {
  core::State state = core::make_state(checkout_workflow());
  for (std::size_t i = 0; i < command; ++i) decide(state, checkout, i);
  return state;
}

std::vector<core::Event> history(const Checkout& checkout) {
  std::vector<core::Event> all;
  core::State state = core::make_state(checkout_workflow());
  for (std::size_t i = 0; i < checkout.commands.size(); ++i) {
    auto events = core::decide(state, checkout.commands[i], env_at(i));
    SKALD_CHECK(events, "every command of a checkout moves it");
    all.insert(all.end(), events->begin(), events->end());
  }
  return all;
}

}  // namespace skald::pieces
