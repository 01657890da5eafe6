#include "store/summary.h"

#include <algorithm>

#include "engine/base/msgpack.h"

namespace skald::store {
namespace {

void write_time(MsgWriter& out, const std::optional<Time>& time) {
  if (time) {
    out.integer(time->ms);
  } else {
    out.nil();
  }
}

std::optional<Time> read_time(MsgReader& in) {
  if (in.nil()) return std::nullopt;
  return Time{in.integer()};
}

void write_step(MsgWriter& out, const PendingStep& step) {
  out.array(6);
  out.str(step.step);
  out.str(step.task);
  out.uint(step.attempt);
  out.integer(step.since.ms);
  write_time(out, step.next_retry_at);
  out.raw(step.last_error);
}

PendingStep read_step(MsgReader& in) {
  PendingStep step;
  if (in.array() != 6) in.set_failed();
  step.step = in.str();
  step.task = in.str();
  step.attempt = static_cast<std::uint32_t>(in.uint());
  step.since = Time{in.integer()};
  step.next_retry_at = read_time(in);
  step.last_error = in.payload();
  return step;
}

CompensationCounts read_counts(MsgReader& in) {
  CompensationCounts counts;
  if (in.array() != 4) in.set_failed();
  counts.done = static_cast<std::uint32_t>(in.uint());
  counts.pending = static_cast<std::uint32_t>(in.uint());
  counts.stuck = static_cast<std::uint32_t>(in.uint());
  counts.skipped = static_cast<std::uint32_t>(in.uint());
  return counts;
}

void read_hash(MsgReader& in, Digest& hash) {
  const std::string_view bytes = in.bin();
  if (bytes.size() != hash.size()) return in.set_failed();
  std::copy(bytes.begin(), bytes.end(), hash.begin());
}

void read_labels(MsgReader& in, std::map<std::string, std::string>& labels) {
  for (std::uint32_t left = in.map(); left > 0 && in.ok(); --left) {
    std::string key(in.str());
    labels[std::move(key)] = in.str();
  }
}

// Reads the field of that name; an unknown one is skipped.
void read_field(MsgReader& in, std::string_view key, Summary& summary) {
  if (key == "run") {
    summary.run = RunId(std::string(in.str()));
  } else if (key == "id") {
    summary.id = SagaId(std::string(in.str()));
  } else if (key == "workflow") {
    summary.workflow = in.str();
  } else if (key == "version") {
    summary.version = in.str();
  } else if (key == "definition") {
    summary.definition_hash = in.str();
  } else if (key == "status") {
    summary.status = in.str();
  } else if (key == "final") {
    summary.final = in.boolean();
  } else if (key == "started_at") {
    summary.started_at = Time{in.integer()};
  } else if (key == "ended_at") {
    summary.ended_at = read_time(in);
  } else if (key == "labels") {
    read_labels(in, summary.labels);
  } else if (key == "error") {
    summary.error = in.payload();
  } else if (key == "input_hash") {
    summary.input_hash = in.bin();
  } else if (key == "requested_version") {
    summary.requested_version = in.str();
  } else if (key == "output_seq") {
    summary.output_seq = in.uint();
  } else if (key == "pending") {
    for (std::uint32_t left = in.array(); left > 0 && in.ok(); --left) summary.pending.push_back(read_step(in));
  } else if (key == "compensation") {
    summary.compensation = read_counts(in);
  } else if (key == "left_behind") {
    for (std::uint32_t left = in.array(); left > 0 && in.ok(); --left) summary.left_behind.emplace_back(in.str());
  } else if (key == "events") {
    summary.events = in.uint();
  } else if (key == "head") {
    read_hash(in, summary.head);
  } else {
    in.skip();
  }
}

}  // namespace

std::string encode(const Summary& summary) {
  MsgWriter out;
  const auto text = [&out](std::string_view key, std::string_view value) {
    out.str(key);
    out.str(value);
  };
  out.map(19);
  text("run", summary.run.str());
  text("id", summary.id.str());
  text("workflow", summary.workflow);
  text("version", summary.version);
  text("definition", summary.definition_hash);
  text("status", summary.status);
  out.str("final");
  out.boolean(summary.final);
  out.str("started_at");
  out.integer(summary.started_at.ms);
  out.str("ended_at");
  write_time(out, summary.ended_at);
  out.str("labels");
  out.map(static_cast<std::uint32_t>(summary.labels.size()));
  for (const auto& [key, value] : summary.labels) text(key, value);
  out.str("error");
  out.raw(summary.error);
  out.str("input_hash");
  out.bin(summary.input_hash);
  text("requested_version", summary.requested_version);
  out.str("output_seq");
  out.uint(summary.output_seq);
  out.str("pending");
  out.array(static_cast<std::uint32_t>(summary.pending.size()));
  for (const PendingStep& step : summary.pending) write_step(out, step);
  out.str("compensation");
  out.array(4);
  for (const std::uint32_t count : {summary.compensation.done, summary.compensation.pending, summary.compensation.stuck,
                                    summary.compensation.skipped}) {
    out.uint(count);
  }
  out.str("left_behind");
  out.array(static_cast<std::uint32_t>(summary.left_behind.size()));
  for (const std::string& step : summary.left_behind) out.str(step);
  out.str("events");
  out.uint(summary.events);
  out.str("head");
  out.bin(bytes_of(summary.head));
  return out.take();
}

Result<Summary> decode_summary(std::string_view bytes) {
  MsgReader in(bytes);
  Summary summary;
  for (std::uint32_t left = in.map(); left > 0 && in.ok(); --left) read_field(in, in.str(), summary);
  if (!in.ok() || !in.at_end() || summary.run.empty()) {
    return fail(ErrorKind::kDamaged, "damaged-summary", "the stored summary of a saga cannot be read");
  }
  return summary;
}

}  // namespace skald::store
