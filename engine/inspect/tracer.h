#pragma once

// Makes a saga's trace: folds its events and notes what the state opens and leaves. Pure; events in order, from the
// first on.

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/core/event.h"
#include "engine/core/state.h"
#include "engine/inspect/span.h"

namespace skald::inspect {

class Tracer {
 public:
  explicit Tracer(std::shared_ptr<const definition::Workflow> workflow);
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  void take(const core::Event& event);

  const core::State& state() const { return state_; }
  // The saga as a whole. What its tries and loops did stands in groups; a try that was not repeated has none.
  const Span& finish();

 private:
  // An open frame of the state.
  struct Node {
    Span* span = nullptr;
    Span* into = nullptr;  // where what is inside it goes: itself, or its round, its try, its catch
    const definition::Task* task = nullptr;
    std::string parent;
    std::string scope;
    std::uint32_t depth = 0;
    std::uint32_t rounds = 0;  // how many `into` were made for rounds
    bool settled = false;      // its outcome stands already
    bool timed_out = false;
  };
  // How the children of a frame closed that closed with the same event.
  struct Closed {
    bool completed = false;
    bool failed = false;
    bool cancelled = false;
  };
  using ClosedByParent = std::map<std::string, Closed>;
  struct Moved {
    std::vector<std::string> left;          // keys of nodes whose frames are gone
    std::vector<const core::Frame*> fresh;  // frames that have no node yet
  };

  // tracer_events.cc: what an event itself says, before it is folded.
  void note(const core::Event& event);
  void note_scheduled(const core::Event& event);
  void note_outcome(const core::Event& event, std::string how);
  void note_retry(const core::Event& event);
  void note_late(const core::Event& event);
  void note_branch(const core::Event& event);
  void note_caught(const core::Event& event);
  void note_timer(const core::Event& event);
  void note_operator(const core::Event& event);
  void note_received(const core::Event& event);
  void note_end(const core::Event& event, core::SagaStatus status);
  // The span that an event is about: of its frame, of the step that it had, or of the saga.
  Span& about(const core::Event& event);

  // tracer.cc: what the fold has opened and left.
  Moved moved_by_fold() const;
  void close_left(std::vector<std::string> left, const core::Event& event);
  void close_node(const std::string& key, Node& node, const core::Event& event, ClosedByParent& closed);
  std::string outcome_of(const std::string& key, const Node& node, const core::Event& event,
                         const Closed& inside) const;
  std::string outcome_of_leaf(const std::string& key, const Node& node, const core::Event& event) const;
  void close_drained(const core::Event& event);
  void open_new(std::vector<const core::Frame*> fresh, const core::Event& event);
  void open_node(const core::Frame& frame, const core::Event& event);
  Span& container_of(const core::Frame& frame, const core::Event& event);
  Span& container_of_undo(const core::Frame& frame);
  void note_standstill(const core::Event& event);

  core::State state_;
  std::unordered_map<const definition::Task*, std::uint32_t> order_;  // place in the document
  std::unique_ptr<Span> saga_;
  std::map<std::string, Node> nodes_;    // by key of the frame
  std::map<std::string, Span*> by_key_;  // spans of steps and undos, which outlive their frames
  std::map<std::pair<std::string, std::uint32_t>, Span*> attempts_;
  std::map<std::string, Span*> draining_;  // steps that the flow has left, and whose outcome is awaited
  std::map<std::string, Span*> stuck_;     // by key of the frame
  Span* suspended_ = nullptr;
  Span* compensation_ = nullptr;
};

}  // namespace skald::inspect
