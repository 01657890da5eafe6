// `skald list` as a script runs it: filters, orders, pages, and pipes that close.

#include <fmt/format.h>

#include "tests/cli/commands_fixture.h"

namespace skald::cli {
namespace {

class ListCommand : public Commands {
 protected:
  // Sagas <set>-1 to <set>-<count> that wait, with the label set=<set>; each begins after the one before.
  static void submit(const std::string& set, int count) {
    for (int i = 1; i <= count; ++i) {
      ASSERT_EQ(skald(fmt::format("submit t/waits --id {0}-{1} --label set={0}", set, i)).exit_code, 0);
    }
  }
  static std::string ids(const std::string& arguments) { return skald("list -o ids " + arguments).out; }
};

TEST_F(ListCommand, FiltersByWhatSagasAre) {
  submit("f", 3);
  ASSERT_EQ(skald("submit t/flow --id f-done --label set=f --wait").exit_code, 0);
  EXPECT_EQ(ids("--label set=f"), "f-done\nf-3\nf-2\nf-1\n");
  EXPECT_EQ(ids("--label set=f --status running"), "f-3\nf-2\nf-1\n");
  EXPECT_EQ(ids("--label set=f --status running --status completed"), "f-done\nf-3\nf-2\nf-1\n");
  EXPECT_EQ(ids("--label set=f --workflow t/flow,t/none"), "f-done\n");
  EXPECT_EQ(ids("--id f-2"), "f-2\n");
  const std::string run = Value::parse(skald("show f-2 -o json").out)["run"];
  EXPECT_EQ(ids("--id " + run), "f-2\n");
  EXPECT_EQ(ids("--label set=f --error anything"), "");
  EXPECT_EQ(ids("--label set=f --since 1h --limit 1"), "f-done\n") << "an hour ago";
  EXPECT_EQ(ids("--label set=f --until 1h"), "");
  EXPECT_EQ(skald("list --label set=f --status running --count").out, "3\n");
  EXPECT_EQ(skald("list --id f- --count").out, "4\n");
}

TEST_F(ListCommand, SortsByStartIdAndEnd) {
  submit("z", 2);
  submit("a", 1);
  for (const char* id : {"z-1", "a-1"}) EXPECT_EQ(skald(fmt::format("terminate {} --reason r", id)).exit_code, 0);
  const std::string all = "--label set=z --sort ";
  EXPECT_EQ(ids(all + "started"), "z-2\nz-1\n");
  EXPECT_EQ(ids(all + "started --reverse"), "z-1\nz-2\n");
  EXPECT_EQ(ids(all + "id --reverse"), "z-2\nz-1\n");
  EXPECT_EQ(ids(all + "ended"), "z-1\nz-2\n") << "what has not ended comes last";
  EXPECT_EQ(ids("--status terminated --sort ended --limit 1"), "a-1\n");
  EXPECT_EQ(ids("--status terminated --sort ended --reverse --limit 1 --id z"), "z-1\n");
  EXPECT_EQ(skald("list --sort ended --count").exit_code, 2);
}

TEST_F(ListCommand, GoesOnBehindACursor) {
  submit("p", 3);
  const Value first = Value::parse(skald("list --label set=p --limit 2 -o json").out);
  ASSERT_EQ(first["items"].size(), 2U);
  const std::string cursor = first["next_cursor"];
  const Value second = Value::parse(skald("list --label set=p -o json --cursor " + cursor).out);
  ASSERT_EQ(second["items"].size(), 1U);
  EXPECT_EQ(second["items"][0]["id"], "p-1");
  EXPECT_TRUE(second["next_cursor"].is_null());
  EXPECT_EQ(skald("list --sort id --cursor " + cursor).exit_code, 2) << "a cursor of another order";
}

TEST_F(ListCommand, ShowsFiftyToPeopleAndAllToPrograms) {
  const std::string file = data_ + "/many.jsonl";
  std::ofstream out(file);
  for (int i = 0; i < 1'100; ++i) out << "{\"id\":\"many-" << i << "\"}\n";
  out.close();
  ASSERT_EQ(skald("submit t/waits --label set=many --batch " + file).exit_code, 0);
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  EXPECT_EQ(lines(skald("list --label set=many").out), 51) << "and a head";
  EXPECT_EQ(lines(ids("--label set=many")), 1'100);
  EXPECT_EQ(lines(skald("list --label set=many -o jsonl --limit 700").out), 700);
  const Ran closed = shell("SKALD_SERVER=" + server_ + " " SKALD_BINARY " list --label set=many -o ids 2> " + data_ +
                           "/err | head -n 1");
  EXPECT_EQ(lines(closed.out), 1);
  EXPECT_EQ(closed.err, "") << "a pipe that closes is no error";
}

TEST_F(ListCommand, ReadsAFolderWithTheSameFilters) {
  submit("o", 2);
  const Ran offline = skald("list --label set=o --sort id -o ids --data " + data_ + "/d", "http://127.0.0.1:1");
  EXPECT_EQ(offline.out, "o-1\no-2\n") << offline.err;
  EXPECT_EQ(skald("list --id o- --count --data " + data_ + "/d", "http://127.0.0.1:1").out, "2\n");
}

}  // namespace
}  // namespace skald::cli
