#pragma once

// Sagas of every kind for a log, without an engine: the golden histories, each under an id, a run and a workflow of its
// own.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/core/apply.h"
#include "engine/runtime/live_saga.h"
#include "engine/runtime/log_reader.h"
#include "store/chain.h"
#include "tests/golden/files.h"

namespace skald::testing {

// Exchanges a text for another of the same length, wherever it stands.
inline std::string exchanged(std::string bytes, const std::string& was, const std::string& is) {
  EXPECT_EQ(was.size(), is.size());
  for (std::size_t at = bytes.find(was); at != std::string::npos; at = bytes.find(was, at + is.size())) {
    bytes.replace(at, was.size(), is);
  }
  return bytes;
}

inline const golden::Stored& golden_history(const std::string& name) {
  static const std::vector<golden::Stored> all = golden::stored();
  for (const golden::Stored& history : all) {
    if (history.name == name) return history;
  }
  throw std::runtime_error("there is no golden history " + name);
}

inline std::string golden_id(int number) { return fmt::format("sag-{:02}", number); }
inline RunId golden_run(int number) {
  return make_run_id(Time{1'700'000'000'000 + number}, 3, static_cast<std::uint64_t>(42 + number));
}

// The history `name` as saga sag-NN, in one batch, with the summary that its events make.
inline store::Batch golden_saga(const std::string& name, int number, const std::string& store_id) {
  const golden::Stored& history = golden_history(name);
  const Value first = history.shown.front();
  const std::string workflow = fmt::format("w{:03}", number);
  store::DefinitionRow row{"test/" + workflow, "1.0.0", "", history.document, Time{1'600'000'000'000}};
  row.source = exchanged(row.source, "name: saga", "name: " + workflow);
  const auto jq = runtime::nothing_to_run();
  runtime::Catalog catalog(*jq);
  catalog.load(row);
  const auto compiled = catalog.find(row.workflow, row.version);
  if (!compiled) throw std::runtime_error(compiled.error().message);
  row.hash = (*compiled)->hash;

  store::Batch batch;
  const RunId run = golden_run(number);
  runtime::LiveSaga saga(*compiled, store_id, run);
  Digest head = store::chain_start(store_id, run, row.hash);
  for (std::string bytes : history.events) {
    bytes = exchanged(std::move(bytes), first["run"], run.str());
    bytes = exchanged(std::move(bytes), first["workflow"], row.workflow);
    bytes = exchanged(std::move(bytes), first["definition_hash"], row.hash);
    core::Event event = core::decode_event(bytes).value();
    if (!event.id.empty()) event.id = golden_id(number);
    bytes = core::encode(event);
    core::apply(saga.state, event);
    head = store::chain_next(head, bytes);
    batch.events.push_back({run, event.seq, std::move(bytes), head});
  }
  store::Summary summary = saga.summary();
  summary.head = head;
  batch.ids.emplace_back(summary.id, run);
  batch.summaries.push_back({std::move(summary), ""});
  batch.definitions.push_back(std::move(row));
  return batch;
}

// One that completed, one that was compensated, one with a child saga and one with retries; all of them small.
inline const std::vector<std::string>& few() {
  static const std::vector<std::string> names = {"child-saga", "child-taken-back", "undo-list", "call-late"};
  return names;
}
inline std::vector<std::string> all_golden() {
  std::vector<std::string> names;
  for (const golden::Stored& history : golden::stored()) names.push_back(history.name);
  std::sort(names.begin(), names.end());
  return names;
}

// Numbers them from 1.
inline void fill(store::SagaLog& log, const std::vector<std::string>& names) {
  int number = 0;
  for (const std::string& name : names) ASSERT_TRUE(log.commit(golden_saga(name, ++number, log.store_id())));
}

}  // namespace skald::testing
