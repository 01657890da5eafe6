#include "cli/standard_export.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "engine/core/kinds.h"
#include "engine/definition/kind.h"
#include "tests/core/no_jq.h"

namespace skald::cli {
namespace {

constexpr const char* kHead = "document: { dsl: '1.0.3', namespace: t, name: w, version: '1.0.0' }\n";

// Every key of ours, in every place where it can stand.
constexpr const char* kEverything = R"(
document: { dsl: '1.0.3', namespace: t, name: w, version: '1.0.0' }
metadata: { owner: ada }
timeout: { after: PT1H }
use:
  functions:
    greet: { call: t.greet, with: { who: '${ .who }' } }
  retries:
    twice: { delay: { seconds: 1 }, limit: { attempt: { count: 2 } } }
do:
  - hotel:
      call: hotel.book
      with: { city: '${ $input.city }', note: "two\nlines", of: '''quoted'' # no comment', n: 1.5, yes: 'no', none: ~ }
      if: '${ $input.city != null }'
      timeout: { after: { seconds: 2 } }
      retry: { delay: { seconds: 1 }, backoff: { exponential: { factor: 3 } }, limit: { attempt: { count: 4 } } }
      metadata: { team: north }
      compensate: { call: hotel.cancel, with: { key: '${ $forward.key }' }, on: completed, retry: { delay: PT1S } }
  - look: { call: hotel.look, effect: none, retry: twice }
  - group:
      do:
        - inner: { call: t.inner, compensate: [ { one: { call: t.one } }, { two: { call: t.two } } ] }
      compensate: { do: [ { all: { call: t.all } } ], timeout: { after: PT5S } }
  - loop:
      for: { each: item, in: '${ $input.items }' }
      do:
        - each: { call: t.each, compensate: { call: t.uneach } }
  - both:
      fork:
        branches:
          - left: { call: t.left, compensate: { call: t.unleft } }
          - right: { call: greet, with: { who: 'x' }, effect: none }
      compensate: parallel
  - careful:
      try:
        - risky: { call: t.risky, compensate: { call: t.unrisky } }
      catch:
        errors: { with: { status: 503 } }
        compensate: true
        do:
          - mend: { call: t.mend, compensate: { call: t.unmend } }
  - pay: { call: pay.charge, pivot: true, compensate: { call: pay.refund } }
)";

std::string exported(const std::string& text) {
  const auto written = standard_export(text, "w.yaml");
  EXPECT_TRUE(written) << written.error().message;
  return written.value_or("");
}

Value read(const std::string& text) { return definition::parse_document(text, "w.yaml")->value(); }

TEST(StandardExport, SpellsOurKeysAsMetadata) {
  const Value document = read(exported(std::string(kHead) + R"(do:
  - a: { call: t.a, retry: { delay: PT1S }, effect: none, metadata: { team: north } }
  - b: { call: t.b, pivot: true, compensate: { call: t.c, retry: { delay: PT1S } } }
)"));
  EXPECT_EQ(
      document["do"][0]["a"],
      (Value{{"call", "t.a"}, {"metadata", {{"team", "north"}, {"retry", {{"delay", "PT1S"}}}, {"effect", "none"}}}}));
  EXPECT_EQ(
      document["do"][1]["b"],
      (Value{{"call", "t.b"},
             {"metadata", {{"compensate", {{"call", "t.c"}, {"retry", {{"delay", "PT1S"}}}}}, {"pivot", true}}}}));
}

TEST(StandardExport, FindsThemWhereverTasksAre) {
  const Value tasks = read(exported(kEverything))["do"];
  EXPECT_TRUE(tasks[2]["group"]["do"][0]["inner"]["metadata"].contains("compensate"));
  EXPECT_TRUE(tasks[2]["group"]["metadata"].contains("compensate"));
  EXPECT_TRUE(tasks[3]["loop"]["do"][0]["each"]["metadata"].contains("compensate"));
  EXPECT_EQ(tasks[4]["both"]["metadata"]["compensate"], "parallel");
  EXPECT_TRUE(tasks[4]["both"]["fork"]["branches"][0]["left"]["metadata"].contains("compensate"));
  EXPECT_EQ(tasks[5]["careful"]["metadata"]["catch"]["compensate"], true);
  EXPECT_FALSE(tasks[5]["careful"]["catch"].contains("compensate"));
  EXPECT_TRUE(tasks[5]["careful"]["catch"]["do"][0]["mend"]["metadata"].contains("compensate"));
}

TEST(StandardExport, LeavesWhatTheStandardKnows) {
  const Value before = read(kEverything);
  const Value after = read(exported(kEverything));
  EXPECT_EQ(after["use"], before["use"]);
  EXPECT_EQ(after["do"][0]["hotel"]["with"], before["do"][0]["hotel"]["with"]);
  EXPECT_EQ(after["do"][5]["careful"]["catch"]["errors"], before["do"][5]["careful"]["catch"]["errors"]);
  EXPECT_EQ(after["document"]["metadata"], (Value{{"owner", "ada"}})) << "the standard has it there alone";
  EXPECT_EQ(exported(exported(kEverything)), exported(kEverything)) << "again changes nothing";
}

TEST(StandardExport, NamesWhatTheStandardHasNoWordsFor) {
  const auto written =
      standard_export(std::string(kHead) + "do:\n  - a: { call: t.a, with: '${ $input }' }\n", "w.yaml");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, "not-standard");
  EXPECT_EQ(written.error().message.rfind("w.yaml:3:", 0), 0U) << written.error().message;
  EXPECT_FALSE(standard_export("do: [", "w.yaml"));
  EXPECT_FALSE(standard_export("[]", "w.yaml"));
}

TEST(StandardExport, ValuesAreReadAgainAsTheyWere) {
  for (const char* text :
       {R"("plain")", R"("true")", R"("12")", R"("")", R"("it's")", R"("a: b # c")", R"("- x")", R"("\u0000\t\n")",
        R"("æ 😀")", R"(" lead")", "9007199254740993", "-1.5e300", "null", "false", "{}", "[]",
        R"({"a b":{"c":[[1,[2]],{"d":[]},{}]},"7":[{"e":1,"f":[{"g":null}]}],"no":"on","":1})"}) {
    const auto node = definition::parse_document(text, "v.json");
    ASSERT_TRUE(node) << text;
    EXPECT_EQ(read(as_yaml(*node)), node->value()) << as_yaml(*node);
  }
}

// What a task was compiled to, but for the texts that were not touched.
std::string retry_text(const std::optional<definition::RetryPolicy>& policy) {
  if (!policy) return "usual";
  return fmt::format("{}/{}/{}/{}/{}/{}/{}", policy->delay.count(), static_cast<int>(policy->backoff), policy->factor,
                     policy->increment.count(), policy->max_delay.count(), policy->max_attempts.value_or(0),
                     policy->full_jitter);
}

std::string millis_text(const std::optional<Millis>& time) { return time ? std::to_string(time->count()) : "none"; }

void describe(const definition::Task& task, std::string& into) {
  into += fmt::format("{} {} if={} from={} timeout={} retry={} pivot={} none={} parallel={} after={} then={}\n",
                      task.reference, task.kind->keyword(), task.condition.has_value(), task.input_from.has_value(),
                      millis_text(task.timeout), retry_text(task.retry), task.pivot, task.effect_none,
                      task.undo_parallel, task.after_pivot, task.then.text);
  if (task.undo != nullptr) {
    into += fmt::format("undo of {}: completed={} timeout={} retry={}\n", task.reference, task.undo->only_completed,
                        millis_text(task.undo->timeout), retry_text(task.undo->retry));
    describe(*task.undo->body, into);
  }
  for (const auto* list : task.body->lists()) {
    for (const auto& child : *list) describe(*child, into);
  }
}

std::string compiled(const std::string& text) {
  core::NoJq jq;
  const auto parsed = definition::parse_workflow(text, "w.yaml", core::all_kinds(), jq);
  EXPECT_TRUE(parsed) << parsed.error().message;
  if (!parsed) return "";
  std::string all = millis_text(parsed->workflow->timeout) + "\n";
  describe(*parsed->workflow->root, all);
  return all;
}

TEST(StandardExport, IsCompiledToTheSame) {
  const std::string before = compiled(kEverything);
  EXPECT_NE(before.find("undo of /do/0/hotel: completed=true"), std::string::npos) << before;
  EXPECT_EQ(compiled(exported(kEverything)), before);
}

// SKALD_DSL_SCHEMA names schema/workflow.yaml of the standard's repository at v1.0.3, which is not part of this one.
TEST(StandardExport, IsValidUnderTheStandardsSchema) {
  const char* schema = std::getenv("SKALD_DSL_SCHEMA");
  if (schema == nullptr) GTEST_SKIP() << "SKALD_DSL_SCHEMA does not name the standard's schema";
  if (std::system("python3 -c 'import jsonschema, yaml' 2> /dev/null") != 0) {
    GTEST_SKIP() << "python3 has no jsonschema or no yaml";
  }
  std::string folder = std::filesystem::temp_directory_path() / "skald-export-XXXXXX";
  folder = ::mkdtemp(folder.data());
  std::ifstream checkout(SKALD_SOURCE_DIR "/services/workflows/checkout.yaml");
  const std::string store(std::istreambuf_iterator<char>(checkout), {});
  std::ofstream(folder + "/all.yaml") << exported(kEverything);
  std::ofstream(folder + "/store.yaml") << exported(store);
  std::ofstream(folder + "/ours.yaml") << kEverything;
  const std::string check = std::string("python3 " SKALD_SOURCE_DIR "/tests/cli/standard_schema.py ") + schema + " ";
  EXPECT_EQ(std::system((check + folder + "/all.yaml " + folder + "/store.yaml").c_str()), 0);
  EXPECT_NE(std::system((check + folder + "/ours.yaml > /dev/null").c_str()), 0)
      << "our own spelling is not valid there";
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace skald::cli
