// `raise`: an error of the workflow's own. What catches it, or that nothing does, is logged; the raising itself is not.

#include "engine/core/nodes/all.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

struct RaiseBody final : definition::TaskBody {
  explicit RaiseBody(definition::Template document) : error(std::move(document)) {}
  definition::Template error;
};

class Raise final : public NodeKind {
 public:
  std::string_view keyword() const override { return "raise"; }
  bool never_continues() const override { return true; }

  Result<std::unique_ptr<definition::TaskBody>> parse(definition::TaskReader& reader) const override {
    const definition::DocNode& raise = *reader.node().find("raise");
    const auto* error = raise.is_mapping() ? raise.find("error") : nullptr;
    if (error == nullptr) return reader.error(raise, "expected raise: { error: { type, status, title, detail } }");
    reader.only_keys(raise, {"error"}, "'raise'");
    if (error->is_string()) {
      const std::string name = error->scalar.get<std::string>();
      const auto* defined = reader.reusable("errors", name);
      if (defined == nullptr) return reader.error(*error, "there is no error '" + name + "' in 'use.errors'");
      error = defined;
    }
    if (!error->is_mapping()) return reader.error(*error, "an error is a mapping: { type, status, title, detail }");
    reader.only_keys(*error, {"type", "status", "title", "detail", "instance"}, "an error");
    for (const char* needed : {"type", "status"}) {
      if (error->find(needed) == nullptr) reader.report(*error, std::string("the error needs '") + needed + "'");
    }
    return std::make_unique<RaiseBody>(reader.document(*error));
  }

  Status run(Turn& turn, const Frame& frame) const override {
    const auto& body = static_cast<const RaiseBody&>(*frame.task->body);
    SKALD_ASSIGN(const Payload made, turn.evaluate(body.error, frame, frame.input));
    Value error = made.value();
    const bool typed = error["type"].is_string() || turn.is_unknown(error["type"]);
    if (!typed || !(error["status"].is_number() || turn.is_unknown(error["status"]))) {
      return fail(ErrorKind::kInvalid, "bad-error", "the error's 'type' is a string and its 'status' a number");
    }
    if (!error.contains("instance")) error["instance"] = frame.task->reference;
    raise(turn, std::string(frame.key), Payload(error));
    return {};
  }
};

}  // namespace

const NodeKind& raise_kind() {
  static const Raise kind;
  return kind;
}

}  // namespace skald::core
