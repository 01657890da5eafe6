#include "engine/api/submission.h"

#include <fmt/format.h>

#include "engine/api/queries.h"

namespace skald::api {

Result<runtime::Submission> submission_of(std::string_view json) {
  SKALD_ASSIGN(const Value body, json_object(json, {"workflow", "version", "id", "input", "labels"}));
  runtime::Submission submission;
  SKALD_ASSIGN(submission.workflow, text_member(body, "workflow"));
  SKALD_ASSIGN(submission.version, text_member(body, "version"));
  SKALD_ASSIGN(submission.id, text_member(body, "id"));
  if (submission.workflow.empty()) {
    return fail(ErrorKind::kInvalid, "bad-member", "'workflow' is missing: which workflow is to be started?");
  }
  submission.input = Payload(body.contains("input") ? body["input"] : Value::object());
  const Value labels = body.value("labels", Value::object());
  if (!labels.is_object()) return fail(ErrorKind::kInvalid, "bad-member", "'labels' must be an object of texts");
  for (const auto& [key, value] : labels.items()) {
    if (!value.is_string()) {
      return fail(ErrorKind::kInvalid, "bad-member", fmt::format("the label '{}' must be text", key));
    }
    submission.labels[key] = value.get<std::string>();
  }
  return submission;
}

}  // namespace skald::api
