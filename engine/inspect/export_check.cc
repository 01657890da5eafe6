#include "engine/inspect/export_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/runtime/log_reader.h"

namespace skald::inspect {
namespace {

constexpr const char* kChanged = "it is not what was written: its sha256 is not that of the line";

// Empty where it is no text.
std::string text(const Value& line, const char* name) {
  const auto at = line.find(name);
  return at != line.end() && at->is_string() ? at->get<std::string>() : "";
}

std::uint64_t number(const Value& line, const char* name) {
  const auto at = line.find(name);
  return at != line.end() && at->is_number_unsigned() ? at->get<std::uint64_t>() : 0;
}

bool is_problem(const Value& line) { return text(line, "type").rfind("urn:skald:problem:", 0) == 0; }

}  // namespace

struct ExportCheck::OpenSaga {
  std::string id, run;  // empty: not known
  std::optional<HistoryCheck> history;
};

ExportCheck::ExportCheck(FoundDamage found, std::set<std::string> only, ExportSink* sink)
    : found_(std::move(found)),
      only_(std::move(only)),
      sink_(sink != nullptr ? *sink : nothing_),
      jq_(runtime::nothing_to_run()),
      catalog_(*jq_) {}

ExportCheck::~ExportCheck() = default;

void ExportCheck::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    too_long_ = too_long_ || rest_.size() + part.size() > kLongestLine;
    if (!too_long_) rest_ += part;
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    ++number_;
    if (too_long_) {
      garbage("", fmt::format("the line is longer than {} bytes", kLongestLine));
    } else {
      line(rest_);
    }
    too_long_ = false;
    rest_.clear();
  }
}

void ExportCheck::end() {
  const bool cut = !rest_.empty() || too_long_;
  if (cut) {
    ++number_;
    garbage(rest_, "the line has no end: the export was cut off");
  }
  const bool told = garbage_.has_value();
  settle_garbage(std::nullopt);
  if (unknown_ || ended_ || told) return;
  if (open_ != nullptr) damaged_saga(open_->history->expected(), "neither this event nor the saga's end is there");
  damaged_line(number_ + 1, number_ == 0 ? "the export is empty" : "the last line is missing: the export was cut off");
}

void ExportCheck::line(std::string_view text) {
  if (unknown_) return;
  const auto parsed = parse_json(text);
  if (!parsed || !parsed->is_object()) {
    return garbage(text, parsed ? "the line is no JSON object" : "the line is " + parsed.error().message);
  }
  if (ended_) return damaged_line(number_, "the line stands behind the last one");
  known_line(text, *parsed);
}

void ExportCheck::known_line(std::string_view given, const Value& line) {
  const std::string kind = text(line, "kind");
  const bool sealed = !kind.empty() && is_sealed(line) && to_json(line) == given;
  if (number_ == 1 && kind != "export") damaged_line(1, "an export begins with a line of kind 'export'");
  if (kind.empty()) {
    if (!is_problem(line)) return event(given, line);
    settle_garbage(std::nullopt);
    damaged_line(number_, "the export broke off here: " + text(line, "detail"));
    ended_ = true;
  } else if (kind == "export") {
    header(line, sealed);
  } else if (kind == "definition") {
    definition(line, sealed);
  } else if (kind == "saga") {
    saga(line, sealed);
  } else if (kind == "end") {
    end_saga(line, sealed);
  } else if (kind == "removed") {
    removed(line, sealed);
  } else if (kind == "total") {
    total(line, sealed);
  } else {
    garbage(given, fmt::format("'{}' is no kind of line", kind.substr(0, 100)));
  }
}

void ExportCheck::header(const Value& line, bool sealed) {
  if (number_ != 1) return damaged_line(number_, "another export begins here");
  if (!sealed) return damaged_line(number_, kChanged);
  if (number(line, "format") != kExportFormat) {
    unknown_ = true;
    return damaged_line(1, fmt::format("the export has format {}; this version of skald reads format {}",
                                       to_json(line.value("format", Value())), kExportFormat));
  }
  store_id_ = text(line, "store");
  sink_.header(*store_id_);
}

void ExportCheck::definition(const Value& line, bool sealed) {
  settle_garbage(std::nullopt);
  if (open_ != nullptr) close(false);
  definitions_unsure_ = definitions_unsure_ || !sealed;
  if (!sealed) return damaged_line(number_, kChanged);
  store::DefinitionRow row{text(line, "workflow"), text(line, "version"), text(line, "hash"), text(line, "source"), {}};
  row.deployed_at = parse_time(text(line, "deployed_at")).value_or(Time{});
  if (!defined_.emplace(row.workflow, row.version).second) return damaged_line(number_, "the definition stands twice");
  catalog_.load(row);
  const auto workflow = catalog_.find(row.workflow, row.version);
  if (!workflow) return damaged_line(number_, workflow.error().message);
  const bool same =
      (*workflow)->hash == row.hash && (*workflow)->full_name() == row.workflow && (*workflow)->version == row.version;
  if (!same) return damaged_line(number_, "the definition's source is another one: it has another name or hash");
  sink_.definition(row);
}

runtime::SagaReader::WorkflowPtr ExportCheck::workflow_of(const Claims& claims) {
  if (definitions_unsure_) return nullptr;
  if (defined_.count({claims.workflow, claims.version}) == 0) {
    damaged_saga(0, fmt::format("its definition {}@{} does not stand before it", claims.workflow, claims.version));
    return nullptr;
  }
  auto workflow = catalog_.find(claims.workflow, claims.version);
  if (!workflow) return nullptr;  // its line was told of
  if ((*workflow)->hash == claims.definition_hash) return *workflow;
  damaged_saga(0, "its definition has another hash");
  return nullptr;
}

bool ExportCheck::is_asked_for() const {
  return only_.empty() || only_.count(open_->id) > 0 || only_.count(open_->run) > 0;
}

void ExportCheck::note_seen() {
  for (const std::string& name : {open_->id, open_->run}) {
    if (only_.count(name) > 0) seen_.insert(name);
  }
}

void ExportCheck::open(std::optional<Claims> claims) {
  open_ = std::make_unique<OpenSaga>();
  runtime::SagaReader::WorkflowPtr workflow;
  if (claims) {
    open_->id = claims->id.str();
    open_->run = claims->run.str();
    workflow = workflow_of(*claims);
    note_seen();
    if (!runs_.insert(open_->run).second) damaged_saga(0, "it stands twice");
  }
  open_->history.emplace(std::move(claims), std::move(workflow),
                         [this](std::uint64_t seq, const std::string& what) { damaged_saga(seq, what); });
}

void ExportCheck::saga(const Value& line, bool sealed) {
  settle_garbage(std::nullopt);
  if (open_ != nullptr) close(false);
  if (!sealed) damaged_line(number_, kChanged);
  if (!sealed || !store_id_) return open(std::nullopt);
  open(Claims{*store_id_, RunId(text(line, "run")), SagaId(text(line, "id")), text(line, "workflow"),
              text(line, "version"), text(line, "definition_hash")});
}

void ExportCheck::event(std::string_view given, const Value& line) {
  const auto bytes = from_base64(text(line, "bytes"));
  const auto hash = digest_from_hex(text(line, "hash"));
  if (!bytes || !hash) return garbage(given, "the line has no bytes and no hash of an event");
  const auto event = core::decode_event(*bytes);
  store::StoredEvent stored{number(line, "seq"), *bytes, *hash};
  bool same = false;
  if (event) {
    const ChecksThrow readers;
    try {
      same = event_line(*event, stored) == std::string(given) + "\n";
    } catch (const std::exception&) {  // bytes of a payload that are none: it does not say what they say
    }
    // Where line and bytes are at odds about the number, it is where it should be.
    if (!same && stored.seq != event->seq) stored.seq = 0;
  }
  settle_garbage(stored.seq);
  if (open_ == nullptr) {
    if (!miscounted_) damaged_line(number_, "an event of no saga");
    miscounted_ = true;
    open(std::nullopt);
  }
  if (stored.seq == 0) stored.seq = open_->history->expected();
  if (event && open_->run.empty() && event->type == core::EventType::kSagaStarted) {
    open_->id = event->id;
    open_->run = event->run;
    note_seen();
  }
  open_->history->event(stored, event ? &*event : nullptr, same ? "" : "the line does not say what its bytes say");
  sink_.event(RunId(open_->run), stored);
}

void ExportCheck::end_saga(const Value& line, bool sealed) {
  const std::uint64_t events = number(line, "events");
  settle_garbage(sealed ? std::optional(events + 1) : std::nullopt);
  const auto head = digest_from_hex(text(line, "head"));
  if (!sealed || !head || events == 0) {
    damaged_line(number_, sealed ? "the end of a saga has a count of events and a hash" : kChanged);
    if (open_ != nullptr) close(true);
    miscounted_ = true;
    return;
  }
  counted_.add(events, *head);
  if (open_ == nullptr) return damaged_line(number_, "a saga ends here that has not begun");
  const bool known = open_->history->claims_known();
  if (known && text(line, "run") != open_->run) {
    damaged_line(number_, fmt::format("the end of run {} stands here", text(line, "run")));
    return close(true);
  }
  open_->history->end(events, *head);
  const auto folded = open_->history->folded();
  if (folded && folded->status != text(line, "status")) {
    damaged_saga(events,
                 fmt::format("its events make it {}, and its end says {}", folded->status, text(line, "status")));
  }
  if (is_asked_for()) {
    ++proved_.sagas;
    proved_.events += events;
  }
  if (folded) sink_.saga(*folded);
  close(true);
}

void ExportCheck::removed(const Value& line, bool sealed) {
  settle_garbage(std::nullopt);
  if (!sealed) damaged_line(number_, kChanged);
  if (open_ == nullptr) return damaged_line(number_, "a saga was removed here that has not begun");
  sink_.removed(RunId(text(line, "run")));
  close(true);
}

void ExportCheck::total(const Value& line, bool sealed) {
  settle_garbage(std::nullopt);
  if (open_ != nullptr) close(false);
  ended_ = true;
  if (!sealed) return damaged_line(number_, kChanged);
  head_ = text(line, "head");
  if (miscounted_) return;
  const std::uint64_t sagas = number(line, "sagas");
  if (sagas != counted_.sagas()) {
    damaged_line(number_, fmt::format("{} sagas are counted, and {} stand here", sagas, counted_.sagas()));
  } else if (number(line, "events") != counted_.events()) {
    damaged_line(number_,
                 fmt::format("{} events are counted, and {} stand here", number(line, "events"), counted_.events()));
  } else if (head_ != to_hex(bytes_of(counted_.head()))) {
    damaged_line(number_, "other sagas are counted, or in another order");
  }
}

// `whole`: its end was there.
void ExportCheck::close(bool whole) {
  if (!whole && !miscounted_)
    damaged_saga(open_->history->expected(), "neither this event nor the saga's end is there");
  miscounted_ = miscounted_ || !whole;
  open_.reset();
}

void ExportCheck::garbage(std::string_view given, std::string why) {
  if (!garbage_) garbage_ = Garbage{number_, std::move(why), given.rfind(R"({"at":)", 0) == 0};
}

// `next_seq`: of the event that stands behind it, or would, were this not the end; 0: of one whose number nobody knows.
void ExportCheck::settle_garbage(std::optional<std::uint64_t> next_seq) {
  if (!garbage_) return;
  const Garbage was = *std::exchange(garbage_, std::nullopt);
  const std::uint64_t expected = open_ != nullptr ? open_->history->expected() : 0;
  const bool an_event = next_seq ? *next_seq == 0 || *next_seq > expected : was.like_event;
  if (open_ != nullptr && an_event) {
    damage_at_ = was.line;
    open_->history->unreadable(was.why);
    damage_at_ = 0;
  } else {
    damaged_line(was.line, was.why);
  }
  if (next_seq && open_ != nullptr) return;
  miscounted_ = true;  // it may have been the end of a saga, or its beginning
  if (!next_seq) open_.reset();
}

void ExportCheck::damaged_line(std::uint64_t line, const std::string& what) {
  ++proved_.damages;
  found_({"", "", 0, line, what});
}

void ExportCheck::damaged_saga(std::uint64_t seq, const std::string& what) {
  if (!is_asked_for()) return;
  ++proved_.damages;
  found_({open_->id, open_->run, seq, damage_at_ != 0 ? damage_at_ : number_, what});
}

}  // namespace skald::inspect
