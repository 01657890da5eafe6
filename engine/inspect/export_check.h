#pragma once

// The proof of an export, line by line: every byte of it is looked at. Whatever it is given, it says where it is not
// what Skald wrote. What that does not prove: docs/export.md.

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "engine/inspect/damage.h"
#include "engine/inspect/export_lines.h"
#include "engine/inspect/history_check.h"
#include "engine/runtime/catalog.h"

namespace skald::inspect {

// What an export has that is whole so far; what it makes of it stands only where no damage is found.
class ExportSink {
 public:
  virtual ~ExportSink() = default;
  virtual void header(const std::string& /*store_id*/) {}
  virtual void definition(const store::DefinitionRow& /*row*/) {}
  virtual void event(const RunId& /*run*/, const store::StoredEvent& /*event*/) {}
  // After its events.
  virtual void saga(const store::Summary& /*saga*/) {}
  virtual void removed(const RunId& /*run*/) {}
};

// One thread.
class ExportCheck {
 public:
  // `only`: ids or run ids, of which alone sagas' damage is told; empty: of all.
  explicit ExportCheck(FoundDamage found, std::set<std::string> only = {}, ExportSink* sink = nullptr);
  ~ExportCheck();

  // Pieces of the export, divided anywhere.
  void feed(std::string_view bytes);
  // There are no more.
  void end();

  // Of `only`, where there are some.
  const Proved& proved() const { return proved_; }
  // Those of `only` that stood in it.
  const std::set<std::string>& seen() const { return seen_; }
  // The head of its last line; empty where it has none.
  const std::string& head() const { return head_; }

 private:
  struct OpenSaga;
  // A line that nobody can read. What it was shows in what follows.
  struct Garbage {
    std::uint64_t line = 0;
    std::string why;
    bool like_event = false;
  };

  void line(std::string_view text);
  void known_line(std::string_view text, const Value& line);
  void header(const Value& line, bool sealed);
  void definition(const Value& line, bool sealed);
  void saga(const Value& line, bool sealed);
  void event(std::string_view text, const Value& line);
  void end_saga(const Value& line, bool sealed);
  void removed(const Value& line, bool sealed);
  void total(const Value& line, bool sealed);

  void open(std::optional<Claims> claims);
  void close(bool whole);
  void note_seen();
  bool is_asked_for() const;  // the open saga
  void garbage(std::string_view text, std::string why);
  void settle_garbage(std::optional<std::uint64_t> next_seq);
  void damaged_line(std::uint64_t line, const std::string& what);
  void damaged_saga(std::uint64_t seq, const std::string& what);
  runtime::SagaReader::WorkflowPtr workflow_of(const Claims& claims);

  const FoundDamage found_;
  const std::set<std::string> only_;
  ExportSink nothing_;
  ExportSink& sink_;
  const std::unique_ptr<definition::JqRunner> jq_;
  runtime::Catalog catalog_;
  Proved proved_;
  ExportTotal counted_;
  std::set<std::string> seen_;
  std::unordered_set<std::string> runs_;
  std::set<std::pair<std::string, std::string>> defined_;
  std::string head_;
  std::optional<std::string> store_id_;
  std::unique_ptr<OpenSaga> open_;
  std::optional<Garbage> garbage_;  // right before this line
  std::string rest_;                // of a line
  bool too_long_ = false;           // that line
  std::uint64_t number_ = 0;        // of the line
  std::uint64_t damage_at_ = 0;     // the line that damage of the saga is told of
  bool miscounted_ = false;         // what the last line says cannot be compared
  bool definitions_unsure_ = false;
  bool ended_ = false;    // the last line was there
  bool unknown_ = false;  // another format
};

}  // namespace skald::inspect
