// What a worker does with references to secrets, without a broker.

#include "workers/secrets.h"

#include <gtest/gtest.h>

#include "tests/workers/secrets_folder.h"

namespace skald::workers {
namespace {

class SecretsTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }
  Result<Secrets::Filled> fill(const Value& input) const { return Secrets::open(folder_.path())->fill(Payload(input)); }
  std::string code(const Value& input) const {
    const auto filled = fill(input);
    return filled ? "" : filled.error().code;
  }

  SecretsFolder folder_;
};

TEST_F(SecretsTest, StandWhereTheirReferencesStood) {
  write("key", "k-1\n");
  write("login", R"({"username":"ann","password":"p w"})");
  const auto filled = fill({{"list", {"⟦secret:key⟧", 1, nullptr}},
                            {"text", "⟦secret:login.username⟧:⟦secret:login.password⟧!"},
                            {"⟦secret:key⟧", true}});
  ASSERT_TRUE(filled) << filled.error().message;
  EXPECT_EQ(filled->input.value(), (Value{{"list", {"k-1", 1, nullptr}}, {"text", "ann:p w!"}, {"k-1", true}}));
}

TEST_F(SecretsTest, AnEmptyReferenceIsABracketOfData) {
  const auto filled = fill({{"note", "⟦⟧secret:key⟧"}});
  ASSERT_TRUE(filled) << filled.error().message;
  EXPECT_EQ(filled->input.value(), (Value{{"note", "⟦secret:key⟧"}}));
}

TEST_F(SecretsTest, WhatIsNotThereIsNamed) {
  write("key", "k-1");
  write("empty", "\n");
  write("large", std::string(70'000, 'x'));
  write("fields", R"({"number":1})");
  EXPECT_EQ(code("⟦secret:other⟧"), "unknown-secret");
  EXPECT_EQ(code("⟦secret:fields.other⟧"), "unknown-secret");
  EXPECT_EQ(code("⟦secret:../key⟧"), "unknown-secret");
  EXPECT_EQ(code("⟦secret:key"), "unknown-secret");
  EXPECT_EQ(code("⟦key⟧"), "unknown-secret");
  EXPECT_EQ(code("⟦secret:key.field⟧"), "bad-secret");
  EXPECT_EQ(code("⟦secret:fields.number⟧"), "bad-secret");
  EXPECT_EQ(code("⟦secret:empty⟧"), "bad-secret");
  EXPECT_EQ(code("⟦secret:large⟧"), "bad-secret");
  EXPECT_EQ(Secrets().fill(Payload(Value("⟦secret:key⟧"))).error().code, "unknown-secret");
  EXPECT_EQ(Secrets::open(folder_.path() + "/nothing").error().code, "no-folder");
}

TEST_F(SecretsTest, AChangedOneIsThereForTheNextTask) {
  write("key", "old");
  const auto secrets = Secrets::open(folder_.path());
  EXPECT_EQ(secrets->fill(Payload(Value("⟦secret:key⟧")))->input.value(), "old");
  write("key", "new");
  EXPECT_EQ(secrets->fill(Payload(Value("⟦secret:key⟧")))->input.value(), "new");
}

TEST_F(SecretsTest, GoOutInNoAnswer) {
  const Payload said(Value{{"seen", "Bearer k-1, k-1-long"}, {"k-1", {"k-1", 3}}});
  EXPECT_EQ(redacted(said, {"k-1-long", "k-1"}).value(),
            (Value{{"seen", "Bearer [secret], [secret]"}, {"[secret]", {"[secret]", 3}}}));
  EXPECT_TRUE(redacted(Payload(), {"k-1"}).empty());
}

}  // namespace
}  // namespace skald::workers
