// export and verify as a script runs them.

#include <sys/stat.h>

#include "tests/cli/commands_fixture.h"
#include "tests/cli/pseudo_terminal.h"

namespace skald::cli {
namespace {

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}
void put(const std::string& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }

class ExportAndVerify : public Commands {
 protected:
  void SetUp() override {
    // Again is harmless.
    for (int i = 1; i <= 3; ++i) {
      const std::string id = "kept-" + std::to_string(i);
      ASSERT_EQ(skald("submit t/flow --input '{\"n\":1}' --wait --id " + id).exit_code, 0);
    }
    ASSERT_EQ(skald("submit t/waits --id waiting").exit_code, 0);
  }
  const std::string file_ = data_ + "/all.jsonl";
};

TEST_F(ExportAndVerify, TheSameBytesComeFromServerFolderAndFile) {
  const Ran server = skald("export --all");
  EXPECT_EQ(server.exit_code, 0) << server.err;
  EXPECT_EQ(server.err, "") << "there is no bar where there is no terminal";
  EXPECT_EQ(skald("export --all --data " + data_ + "/d").out, server.out);
  ASSERT_EQ(skald("export --all --out " + file_).exit_code, 0);
  EXPECT_EQ(text_of(file_), server.out);
  EXPECT_FALSE(std::filesystem::exists(file_ + ".part"));
  EXPECT_EQ(skald("export --all --file " + file_).out, server.out);
  const std::string some = "export kept-2 waiting kept-2";
  const Ran ids = skald(some);
  EXPECT_EQ(ids.exit_code, 0) << ids.err;
  EXPECT_EQ(skald(some + " --data " + data_ + "/d").out, ids.out);
  EXPECT_EQ(skald(some + " --file " + file_).out, ids.out);
  EXPECT_EQ(skald("export --status completed").out, skald("export --file " + file_ + " --status completed").out);
}

TEST_F(ExportAndVerify, AreRefusedWhatTheyCannotDo) {
  EXPECT_EQ(skald("export").exit_code, 2);
  EXPECT_EQ(skald("export kept-1 --all").exit_code, 2);
  EXPECT_EQ(skald("export nobody").exit_code, 3);
  EXPECT_EQ(skald("export kept-1 nobody --out " + data_ + "/none.jsonl").exit_code, 3);
  EXPECT_FALSE(std::filesystem::exists(data_ + "/none.jsonl")) << "an export that is not whole is none";
  EXPECT_EQ(skald("export nobody --data " + data_ + "/d").exit_code, 3);
  EXPECT_EQ(skald("export --all --out " + data_ + "/no/such/folder").exit_code, 7);
  EXPECT_EQ(skald("verify nobody").exit_code, 3);
  EXPECT_EQ(skald("verify --file " + data_ + "/none").exit_code, 2);
  EXPECT_EQ(skald("verify --data " + data_ + "/none").exit_code, 3);
  EXPECT_EQ(skald("export --all", "http://127.0.0.1:1").exit_code, 4);
}

TEST_F(ExportAndVerify, WhatIsNoFileIsWrittenToAsItIs) {
  const std::string pipe = data_ + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const Ran through =
      shell("cat " + pipe + " & SKALD_SERVER=" + server_ + " " SKALD_BINARY " export kept-1 --out " + pipe + "; wait");
  EXPECT_EQ(through.out, skald("export kept-1").out);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  const std::string link = data_ + "/link";
  put(data_ + "/target", "old");
  std::filesystem::create_symlink(data_ + "/target", link);
  ASSERT_EQ(skald("export kept-1 --out " + link).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(text_of(data_ + "/target"), through.out);
}

TEST_F(ExportAndVerify, NothingIsLeftOfAnExportThatCannotBeWritten) {
  const std::string folder = data_ + "/folder";
  std::filesystem::create_directory(folder);
  const Ran refused = skald("export --all --out " + folder);
  EXPECT_EQ(refused.exit_code, 7);
  EXPECT_NE(refused.err.find("Is a directory"), std::string::npos) << refused.err;
  EXPECT_FALSE(std::filesystem::exists(folder + ".part"));
  EXPECT_NE(skald("export --all --out " + data_ + "/no/such/folder").err.find("No such file"), std::string::npos);
}

TEST_F(ExportAndVerify, NothingIsLeftOfAnExportThatIsInterrupted) {
  put(file_, "the one before\n");
  const std::string part = file_ + ".part";
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    PseudoTerminal waits_for_ids({SKALD_BINARY, "--server", server_, "export", "-", "--out", file_});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!std::filesystem::exists(part) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    ASSERT_TRUE(std::filesystem::exists(part));
    waits_for_ids.signal(number);
    EXPECT_EQ(waits_for_ids.ends(), 130) << number;
    EXPECT_FALSE(std::filesystem::exists(part)) << number;
  }
  EXPECT_EQ(text_of(file_), "the one before\n");
}

TEST_F(ExportAndVerify, IdsThatDoNotComeAreNotAll) {
  for (const char* command : {"export -", "verify -"}) {
    for (const std::string& source : {std::string(), " --data " + data_ + "/d"}) {
      EXPECT_EQ(skald(command + source).exit_code, 2) << command << source;
    }
  }
  EXPECT_EQ(skald("verify - --file -").exit_code, 2) << "both from one input";
  EXPECT_EQ(skald("verify --data ''").exit_code, 2);
  EXPECT_EQ(skald("export --workflow ''").exit_code, 2);
}

TEST_F(ExportAndVerify, OfSomeSagasOfAFileNoMoreIsProved) {
  ASSERT_EQ(skald("export kept-1 kept-2 --out " + file_).exit_code, 0);
  std::string changed = text_of(file_);
  const std::size_t at = changed.find("\"output\"");
  ASSERT_NE(at, std::string::npos);
  changed[at + 2] = 'O';
  put(file_, changed);
  const Ran one = skald("verify kept-2 -o json --file " + file_);
  EXPECT_EQ(one.exit_code, 0) << one.out << one.err;
  EXPECT_EQ(Value::parse(one.out)["sagas"], 1);
  EXPECT_FALSE(Value::parse(one.out).contains("head"));
  EXPECT_EQ(skald("verify kept-1 --file " + file_).exit_code, 6);
}

TEST_F(ExportAndVerify, EverySourceIsProved) {
  ASSERT_EQ(skald("export --all --out " + file_).exit_code, 0);
  const std::string last = text_of(file_);
  const Value total = Value::parse(last.substr(last.rfind('\n', last.size() - 2) + 1));
  for (const std::string& source : {std::string(), " --data " + data_ + "/d", " --file " + file_}) {
    const Ran proved = skald("verify -o json" + source);
    EXPECT_EQ(proved.exit_code, 0) << source << proved.err;
    const Value told = Value::parse(proved.out);
    EXPECT_EQ(told["ok"], true) << source;
    EXPECT_EQ(told["sagas"], total["sagas"]) << source;
    EXPECT_EQ(told["events"], total["events"]) << source;
    EXPECT_EQ(told["damage"], Value::array()) << source;
    EXPECT_EQ(skald("verify kept-1 waiting" + source).exit_code, 0) << source;
    EXPECT_EQ(skald("verify kept-1 nobody" + source).exit_code, 3) << source;
  }
  EXPECT_EQ(skald("verify --file - -o json", server_, file_).exit_code, 0);
}

TEST_F(ExportAndVerify, DamageIsNamedAndExits6) {
  std::string text = skald("export --all").out;
  const std::size_t saga = text.find(R"("id":"kept-2","kind":"saga")");
  const std::size_t event = text.find("\"seq\":2", saga);
  text[text.find("\"at\":\"2", text.rfind('\n', event)) + 6] = '3';
  put(file_, text);
  const Ran damaged = skald("verify --file " + file_);
  EXPECT_EQ(damaged.exit_code, 6);
  EXPECT_EQ(damaged.out.find("damaged: saga kept-2, event 2, line "), 0U) << damaged.out;
  EXPECT_NE(damaged.out.find("\n1 of "), std::string::npos) << damaged.out;
  const Value told = Value::parse(skald("verify -o json --file " + file_).out);
  EXPECT_EQ(told["ok"], false);
  ASSERT_EQ(told["damage"].size(), 1U);
  EXPECT_EQ(told["damage"][0]["id"], "kept-2");
  EXPECT_EQ(told["damage"][0]["seq"], 2);
  EXPECT_EQ(skald("verify -o ids --file " + file_).out, "kept-2\n");
  EXPECT_EQ(skald("verify kept-1 --file " + file_).exit_code, 0) << "the others are as they were";
  const Ran read = skald("history kept-1 --file " + file_);
  EXPECT_EQ(read.exit_code, 6) << "what was changed is not shown as if it were true";
}

TEST_F(ExportAndVerify, AFileIsReadLikeAnEngine) {
  ASSERT_EQ(skald("export --all --out " + file_).exit_code, 0);
  for (const std::string command :
       {"history kept-1 -o jsonl", "show kept-2 -o json", "list -o jsonl", "list --status completed --count"}) {
    const Ran live = skald(command);
    const Ran read = skald(command + " --file " + file_);
    EXPECT_EQ(read.exit_code, 0) << command << read.err;
    EXPECT_EQ(read.out, live.out) << command;
  }
}

}  // namespace
}  // namespace skald::cli
