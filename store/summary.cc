#include "store/summary.h"

#include <algorithm>

#include "engine/base/msgpack.h"

namespace skald::store {
namespace {

constexpr std::uint32_t kFields = 19;
constexpr std::size_t kUsualBytes = 512;

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

void write_counts(MsgWriter& out, const CompensationCounts& counts) {
  out.array(4);
  for (const std::uint32_t count : {counts.done, counts.pending, counts.stuck, counts.skipped}) out.uint(count);
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

void read_pending(MsgReader& in, std::vector<PendingStep>& pending) {
  for (std::uint32_t left = in.array(); left > 0 && in.ok(); --left) pending.push_back(read_step(in));
}

void read_left_behind(MsgReader& in, std::vector<std::string>& steps) {
  for (std::uint32_t left = in.array(); left > 0 && in.ok(); --left) steps.emplace_back(in.str());
}

// Of format 1: reads the field of that name; an unknown one is skipped.
void read_named(MsgReader& in, std::string_view key, Summary& summary) {
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
    read_pending(in, summary.pending);
  } else if (key == "compensation") {
    summary.compensation = read_counts(in);
  } else if (key == "left_behind") {
    read_left_behind(in, summary.left_behind);
  } else if (key == "events") {
    summary.events = in.uint();
  } else if (key == "head") {
    read_hash(in, summary.head);
  } else {
    in.skip();
  }
}

// All fields in the order in which encode() writes them.
void read_fields(MsgReader& in, Summary& summary) {
  summary.run = RunId(std::string(in.str()));
  summary.id = SagaId(std::string(in.str()));
  summary.workflow = in.str();
  summary.version = in.str();
  summary.definition_hash = in.str();
  summary.status = in.str();
  summary.final = in.boolean();
  summary.started_at = Time{in.integer()};
  summary.ended_at = read_time(in);
  read_labels(in, summary.labels);
  summary.error = in.payload();
  summary.input_hash = in.bin();
  summary.requested_version = in.str();
  summary.output_seq = in.uint();
  read_pending(in, summary.pending);
  summary.compensation = read_counts(in);
  read_left_behind(in, summary.left_behind);
  summary.events = in.uint();
  read_hash(in, summary.head);
}

bool is_map(std::string_view bytes) {
  MsgReader in(bytes);
  in.map();
  return in.ok();
}

}  // namespace

std::string encode(const Summary& summary) {
  MsgWriter out;
  out.reserve(kUsualBytes);
  out.array(kFields);
  out.str(summary.run.str());
  out.str(summary.id.str());
  out.str(summary.workflow);
  out.str(summary.version);
  out.str(summary.definition_hash);
  out.str(summary.status);
  out.boolean(summary.final);
  out.integer(summary.started_at.ms);
  write_time(out, summary.ended_at);
  out.map(static_cast<std::uint32_t>(summary.labels.size()));
  for (const auto& [key, value] : summary.labels) {
    out.str(key);
    out.str(value);
  }
  out.raw(summary.error);
  out.bin(summary.input_hash);
  out.str(summary.requested_version);
  out.uint(summary.output_seq);
  out.array(static_cast<std::uint32_t>(summary.pending.size()));
  for (const PendingStep& step : summary.pending) write_step(out, step);
  write_counts(out, summary.compensation);
  out.array(static_cast<std::uint32_t>(summary.left_behind.size()));
  for (const std::string& step : summary.left_behind) out.str(step);
  out.uint(summary.events);
  out.bin(bytes_of(summary.head));
  return out.take();
}

Result<Summary> decode_summary(std::string_view bytes) {
  MsgReader in(bytes);
  Summary summary;
  if (is_map(bytes)) {
    for (std::uint32_t left = in.map(); left > 0 && in.ok(); --left) read_named(in, in.str(), summary);
  } else {
    const std::uint32_t fields = in.array();
    if (fields < kFields) in.set_failed();
    read_fields(in, summary);
    for (std::uint32_t left = fields; left > kFields && in.ok(); --left) in.skip();  // what later versions add
  }
  if (!in.ok() || !in.at_end() || summary.run.empty()) {
    return fail(ErrorKind::kDamaged, "damaged-summary", "the stored summary of a saga cannot be read");
  }
  return summary;
}

}  // namespace skald::store
