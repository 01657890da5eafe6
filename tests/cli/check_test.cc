// `skald check` as a script runs it: no server, no broker.

#include <gmock/gmock.h>

#include "tests/cli/commands_fixture.h"

namespace skald::cli {
namespace {

class Check : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = std::filesystem::temp_directory_path() / "skald-check-XXXXXX";
    folder_ = ::mkdtemp(folder.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Writes a document and gives its name.
  std::string document(const std::string& name, const std::string& tasks) {
    const std::string file = folder_ + "/" + name;
    std::ofstream(file) << "document: { dsl: '1.0.3', namespace: t, name: flow, version: '1.0.0' }\ndo:\n" << tasks;
    return file;
  }

  // From the root of the sources, so that files can be named as there.
  Ran check(const std::string& arguments) const {
    const std::string command =
        "cd " SKALD_SOURCE_DIR " && " SKALD_BINARY " check " + arguments + " 2> " + folder_ + "/err < /dev/null";
    Ran ran;
    FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 4'096> buffer{};
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe))
      ran.out.append(buffer.data(), size);
    const int status = ::pclose(pipe);
    ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    ran.err = text_of(folder_ + "/err");
    return ran;
  }

  static std::string text_of(const std::string& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::string folder_;
};

TEST_F(Check, TellsWhatBecomesOfTheDemoStoresCheckout) {
  const Ran ran = check("services/workflows/checkout.yaml");
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.out, text_of(SKALD_SOURCE_DIR "/tests/cli/check_checkout.txt"));
}

TEST_F(Check, TheCheckoutHasNothingThatItCouldDoBetter) {
  EXPECT_EQ(check("--strict services/workflows/checkout.yaml").exit_code, 0);
}

TEST_F(Check, AsJsonSaysTheSame) {
  const Ran ran = check("-o json services/workflows/checkout.yaml");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const Value report = Value::parse(ran.out)["files"][0];
  EXPECT_EQ(report["workflow"], "store/checkout");
  EXPECT_EQ(report["paths"]["completed"], 1);
  EXPECT_EQ(report["paths"]["open"], 0);
  EXPECT_EQ(report["stopped"], nullptr);
  bool found = false;
  for (const Value& failure : report["failures"]) {
    if (failure["step"] != "/do/4/charge" || failure["outcome"] != "unknown") continue;
    found = true;
    const Value& course = failure["courses"][0];
    EXPECT_EQ(course["end"], "compensated");
    ASSERT_EQ(course["undone"].size(), 3U);
    EXPECT_EQ(course["undone"][0]["step"], "/do/4/charge");
    EXPECT_EQ(course["undone"][0]["tasks"], Value({"payments.refund"}));
    EXPECT_EQ(course["undone"][2]["step"], "/do/2/reserve");
  }
  EXPECT_TRUE(found);
}

TEST_F(Check, ABadDocumentIsRefusedAsDeployWouldAndTheOthersAreChecked) {
  const std::string bad = document("bad.yaml", "  - a: { cal: svc.a }\n");
  const std::string good = document("good.yaml", "  - a: { call: svc.a, effect: none }\n");
  const Ran ran = check(bad + " " + good);
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, testing::HasSubstr("bad.yaml:3:"));
  EXPECT_THAT(ran.out, testing::HasSubstr("good.yaml"));
  EXPECT_EQ(check(folder_ + "/none.yaml").exit_code, 2);
  EXPECT_EQ(check("").exit_code, 2);
}

TEST_F(Check, WarningsFailOnlyWhereAskedFor) {
  const std::string file = document("a.yaml", "  - a: { call: svc.a }\n");
  const Ran ran = check(file);
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, testing::HasSubstr("warning: an effect may stand that nothing undoes\n  " + file + ":3  a  "));
  EXPECT_EQ(check("--strict " + file).exit_code, 1);
}

TEST_F(Check, TextWithAnExpressionInItIsAWarning) {
  const std::string file = document("a.yaml", R"(
  - greet:
      set:
        middle: 'Hello, ${ .name }!'
        open: '${ .name'
        whole: ' ${ "Hello, \(.name)!" } '
        price: '5 $'
        list: [ { last: 'to ${name}' } ]
)");
  const Ran ran = check(file);
  EXPECT_EQ(ran.exit_code, 0);
  for (const char* place : {":6:17: stays text", ":7:15: stays text", ":10:25: stays text"}) {
    EXPECT_THAT(ran.err, testing::HasSubstr("warning: " + file + place));
  }
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 3) << ran.err;
  EXPECT_EQ(check("--strict " + file).exit_code, 1);
}

TEST_F(Check, ExpressionsThatNeedJqAreEvaluatedWhereTheirDataIsKnown) {
  const std::string file = document("a.yaml", R"(
  - list: { set: { names: '${ [ $workflow.input.people[] | select(.age > 17) | .name ] }' } }
  - each: { for: { each: name, in: '${ .names }' }, do: [ { invite: { call: svc.invite, effect: none } } ] }
)");
  const Ran known = check(file + R"( -o jsonl --input '{"people":[{"name":"Bo","age":20},{"name":"Al","age":3}]}')");
  ASSERT_EQ(known.exit_code, 0) << known.err;
  EXPECT_EQ(Value::parse(known.out)["paths"]["completed"], 1);
  const Ran unknown = check(file + " -o jsonl");
  EXPECT_EQ(Value::parse(unknown.out)["paths"]["completed"], 3) << "no round, one, and two";
  EXPECT_EQ(check(file + " --input '{bad'").exit_code, 2);
}

TEST_F(Check, LongListsOfUndosAreCutToTheirEnds) {
  std::string tasks;
  for (int i = 0; i < 20; ++i) {
    tasks += "  - s" + std::to_string(i) + ": { call: svc.s, compensate: { call: undo.s } }\n";
  }
  const Ran ran = check(document("a.yaml", tasks));
  EXPECT_THAT(ran.out, testing::HasSubstr(" s19, s18, s17, s16, s15, s14, ..., s0 (20 in all)  compensated\n"));
}

TEST_F(Check, SaysWhereItStopped) {
  const std::string file = document("a.yaml", R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - b: { call: svc.b, compensate: { call: undo.b } }
)");
  const Ran ran = check("--states 2 " + file);
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, testing::HasSubstr("stopped at 2 states"));
  EXPECT_EQ(check("--strict --states 2 " + file).exit_code, 1) << "nobody can say that all is well";
}

}  // namespace
}  // namespace skald::cli
