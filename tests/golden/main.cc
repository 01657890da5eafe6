// The golden test; with a flag it writes the stored files instead (README.md says when).

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <set>

#include "tests/golden/replay.h"
#include "tests/golden/scenarios.h"

namespace skald::golden {
namespace {

// Drives the scenarios and stores what they make; with `only_new`, those that have no files yet.
void write_histories(bool only_new) {
  std::set<std::string> known;
  for (const Stored& history : stored()) known.insert(history.name);
  for (const Scenario& scenario : scenarios()) {
    if (only_new && known.count(scenario.name) > 0) continue;
    core::Saga saga(scenario.tasks, scenario.head);
    try {
      scenario.drive(saga);
    } catch (const std::runtime_error& error) {
      ADD_FAILURE() << scenario.name << ": " << error.what();
      continue;
    }
    Stored made;
    made.name = scenario.name;
    made.document = saga.state().workflow->source;
    made.state = text_of(saga.state());
    for (const core::Event& event : saga.history) {
      made.events.push_back(core::encode(event));
      made.shown.push_back(core::to_value(event));
    }
    write(made);
    std::printf("%s: %zu events\n", made.name.c_str(), made.events.size());
  }
}

// Leaves the histories alone and stores the states that they give now.
void write_states() {
  for (Stored history : stored()) {
    history.state = text_of(replay(history));
    write(history);
  }
}

}  // namespace
}  // namespace skald::golden

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const char* flag = argc > 1 ? argv[1] : "";
  if (std::strcmp(flag, "--write") == 0) {
    skald::golden::write_histories(false);
  } else if (std::strcmp(flag, "--write-new") == 0) {
    skald::golden::write_histories(true);
  } else if (std::strcmp(flag, "--write-states") == 0) {
    skald::golden::write_states();
  } else {
    return RUN_ALL_TESTS();
  }
  return testing::Test::HasFailure() ? 1 : 0;
}
