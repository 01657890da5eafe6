#include "tests/conformance/scenario.h"

#include <fmt/format.h>

#include <functional>
#include <regex>

#include "engine/core/kinds.h"
#include "engine/definition/document.h"
#include "engine/definition/kind.h"
#include "tests/conformance/expectation.h"

namespace skald::conformance {
namespace {

Value yaml(const std::string& text) {
  const auto document = definition::parse_document(text, "scenario");
  if (!document) throw std::runtime_error(document.error().message);
  return document->value();
}

// "content.id": fields of fields.
const Value* property(const Value& of, const std::string& path) {
  const auto dot = path.find('.');
  const auto name = path.substr(0, dot);
  if (!of.is_object() || !of.contains(name)) return nullptr;
  return dot == std::string::npos ? &of[name] : property(of[name], path.substr(dot + 1));
}

// The tasks in the order in which they ran, by their names.
std::vector<std::string> order_of(const Trial& trial) {
  std::vector<std::string> names;
  for (const core::Event& event : trial.history) {
    const auto name = event.step.substr(event.step.rfind('/') + 1);
    if (!event.step.empty() && (names.empty() || names.back() != name)) names.push_back(name);
  }
  return names;
}

class Run {
 public:
  Run(const Worker& worker, definition::JqRunner& jq) : worker_(worker), jq_(jq) {}

  std::vector<std::string> take(const Scenario& scenario) {
    for (const Step& step : scenario.steps) {
      if (!lines_.empty()) break;
      take(step);
    }
    return std::move(lines_);
  }

 private:
  struct Known {
    std::regex text;
    std::function<void(Run&, const Step&, const std::smatch&)> act;
  };

  void take(const Step& step) {
    std::smatch match;
    for (const Known& known : steps()) {
      if (std::regex_match(step.text, match, known.text)) return known.act(*this, step, match);
    }
    add("no step is known as: " + step.text);
  }

  void add(std::string line) { lines_.push_back(std::move(line)); }

  void deploy(const std::string& text) {
    auto parsed = definition::parse_workflow(text, "scenario", core::all_kinds(), jq_);
    if (!parsed) return add(parsed.error().message);
    workflow_ = parsed->workflow;
  }

  void execute() {
    auto trial = conformance::run(workflow_, input_, worker_, jq_);
    if (!trial) return add(trial.error().message);
    trial_ = std::move(*trial);
    order_ = order_of(trial_);
  }

  void ends(core::SagaStatus status) {
    if (trial_.status == status) return;
    add(fmt::format("expected {}, it is {}, error {}", core::name_of(status), core::name_of(trial_.status),
                    trial_.error.dump()));
  }

  void equal(const Value& wanted, const Value& found) {
    if (wanted != found) add(fmt::format("expected {}, found {}", wanted.dump(), found.dump()));
  }

  void has(const std::string& path) {
    if (property(trial_.output, path) == nullptr) add(fmt::format("no '{}' in {}", path, trial_.output.dump()));
  }

  void has_all(const std::string& list) {
    static const std::regex quoted("'([^']+)'");
    for (std::sregex_iterator at(list.begin(), list.end(), quoted), end; at != end; ++at) has((*at)[1]);
  }

  void has_value(const std::string& path, const Value& wanted) {
    has(path);
    if (const Value* found = property(trial_.output, path)) equal(wanted, *found);
  }

  void has_items(const std::string& path, std::size_t count) {
    has(path);
    if (const Value* found = property(trial_.output, path)) equal(count, found->size());
  }

  void faults_with(const Value& wanted) {
    ends(core::SagaStatus::kFailed);
    if (!has_fields(trial_.error, wanted)) equal(wanted, trial_.error);
  }

  void runs_after(const std::string& later, const std::string& earlier) {
    const auto at = [&](const std::string& name) { return std::find(order_.begin(), order_.end(), name); };
    if (at(earlier) == order_.end() || at(later) == order_.end() || at(earlier) >= at(later)) {
      add(fmt::format("{} did not run after {}: {}", later, earlier, fmt::join(order_, ", ")));
    }
  }

  static const std::vector<Known>& steps() {
    using Match = std::smatch;
    static const std::vector<Known> known = {
        {std::regex("a workflow with definition:"), [](Run& r, const Step& s, const Match&) { r.deploy(s.block); }},
        {std::regex("the workflow input is:"), [](Run& r, const Step& s, const Match&) { r.input_ = yaml(s.block); }},
        {std::regex("the workflow is executed"), [](Run& r, const Step&, const Match&) { r.execute(); }},
        {std::regex("the workflow should complete"),
         [](Run& r, const Step&, const Match&) { r.ends(core::SagaStatus::kCompleted); }},
        {std::regex("the workflow should complete with output:"),
         [](Run& r, const Step& s, const Match&) {
           r.ends(core::SagaStatus::kCompleted);
           r.equal(yaml(s.block), r.trial_.output);
         }},
        {std::regex("the workflow should fault"),
         [](Run& r, const Step&, const Match&) { r.ends(core::SagaStatus::kFailed); }},
        {std::regex("the workflow should fault with error:"),
         [](Run& r, const Step& s, const Match&) { r.faults_with(yaml(s.block)); }},
        {std::regex("the workflow output should have properties (.+)"),
         [](Run& r, const Step&, const Match& m) { r.has_all(m[1]); }},
        {std::regex("the workflow output should have a '([^']+)' property with value:"),
         [](Run& r, const Step& s, const Match& m) { r.has_value(m[1], yaml(s.block)); }},
        {std::regex("the workflow output should have a '([^']+)' property containing ([0-9]+) items"),
         [](Run& r, const Step&, const Match& m) { r.has_items(m[1], std::stoul(m[2])); }},
        {std::regex("(\\S+) should run first"),
         [](Run& r, const Step&, const Match& m) { r.equal(m[1].str(), r.order_.empty() ? "" : r.order_.front()); }},
        {std::regex("(\\S+) should run last"),
         [](Run& r, const Step&, const Match& m) { r.equal(m[1].str(), r.order_.empty() ? "" : r.order_.back()); }},
        {std::regex("(\\S+) should run after (\\S+)"),
         [](Run& r, const Step&, const Match& m) { r.runs_after(m[1], m[2]); }},
    };
    return known;
  }

  const Worker& worker_;
  definition::JqRunner& jq_;
  Value input_ = Value::object();
  std::shared_ptr<const definition::Workflow> workflow_;
  Trial trial_;
  std::vector<std::string> order_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> differences(const Scenario& scenario, const Worker& worker, definition::JqRunner& jq) {
  return Run(worker, jq).take(scenario);
}

bool calls(const Scenario& scenario, const std::string& kind) {
  return !scenario.steps.empty() && scenario.steps.front().block.find("call: " + kind) != std::string::npos;
}

}  // namespace skald::conformance
