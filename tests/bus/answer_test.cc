#include "engine/bus/answer.h"

#include <gtest/gtest.h>

namespace skald::bus {
namespace {

// What reading the answer with `read` comes to: the error's code, "none", or "read".
template <typename Read>
std::string outcome(const std::string& json, Read read) {
  auto answer = Answer::read("TEST", json);
  if (!answer) return answer.error().code;
  if (!*answer) return "none";
  const auto result = read(std::move(**answer));
  return result ? "read" : result.error().code;
}

TEST(Answer, OfAStreamIsRead) {
  auto answer = Answer::read("STREAM.INFO.X",
                             R"({"created":"2026-01-01T00:00:00Z","state":{"messages":3,"first_seq":5,"last_seq":7}})");
  ASSERT_TRUE(answer && *answer);
  const auto info = stream_info(std::move(**answer));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->created, "2026-01-01T00:00:00Z");
  EXPECT_EQ(info->messages, 3U);
  EXPECT_EQ(info->first_seq, 5U);
  EXPECT_EQ(info->last_seq, 7U);
}

TEST(Answer, WhatIsLeftOutIsZero) {
  auto answer = Answer::read("CONSUMER.INFO.X.Y", R"({"delivered":{"consumer_seq":1}})");
  ASSERT_TRUE(answer && *answer);
  const auto info = consumer_info(std::move(**answer));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->delivered_seq, 0U);
  EXPECT_EQ(info->ack_floor_seq, 0U);
}

TEST(Answer, ThatIsNoJsonObjectIsGarbled) {
  for (const char* json : {"", "no JSON", "[]", "7", "null", R"({"seq":1e999})"}) {
    EXPECT_EQ(outcome(json, stream_info), "broker-garbled") << json;
    EXPECT_EQ(pub_ack(json).error().code, "broker-garbled") << json;
  }
}

TEST(Answer, WithAMemberOfAnotherTypeIsGarbled) {
  for (const char* json :
       {R"({"created":7})", R"({"state":"none"})", R"({"state":null})", R"({"state":{"last_seq":-1}})",
        R"({"state":{"last_seq":1.5}})", R"({"state":{"messages":"3"}})", R"({"state":{"first_seq":[]}})"}) {
    EXPECT_EQ(outcome(json, stream_info), "broker-garbled") << json;
  }
  for (const char* json : {R"({"delivered":1})", R"({"ack_floor":{"stream_seq":"1"}})", R"({"num_pending":{}})",
                           R"({"num_ack_pending":[]})"}) {
    EXPECT_EQ(outcome(json, consumer_info), "broker-garbled") << json;
  }
  for (const char* json : {R"({"message":7})", R"({"message":{"seq":"1"}})", R"({"message":{"data":1}})"}) {
    EXPECT_EQ(outcome(json, last_message), "broker-garbled") << json;
  }
  EXPECT_EQ(pub_ack(R"({"seq":"1"})").error().code, "broker-garbled");
}

TEST(Answer, OfNamesHoldsNothingButNames) {
  const auto names = [](const std::string& json) {
    auto answer = Answer::read("CONSUMER.NAMES.X", json);
    std::vector<std::string> all = (*answer)->texts("consumers");
    return (*answer)->checked() ? std::optional(all) : std::nullopt;
  };
  EXPECT_EQ(names(R"({"consumers":["a","b"]})"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(names(R"({"consumers":null})"), std::vector<std::string>());
  EXPECT_EQ(names(R"({})"), std::vector<std::string>());
  EXPECT_EQ(names(R"({"consumers":["a",1]})"), std::nullopt);
  EXPECT_EQ(names(R"({"consumers":"a"})"), std::nullopt);
}

TEST(Answer, OfARefusalSaysWhy) {
  const auto refused = Answer::read("STREAM.CREATE.X", R"({"error":{"code":400,"err_code":10058,"description":"no"}})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "broker-refused");
  EXPECT_EQ(refused.error().message, "the broker refused STREAM.CREATE.X: no (10058)");
  EXPECT_EQ(outcome(R"({"error":{"code":404}})", stream_info), "none");
  EXPECT_EQ(outcome(R"({"error":{"err_code":10037}})", stream_info), "none");
  EXPECT_EQ(pub_ack(R"({"error":{"code":404}})").error().code, "broker-refused");
}

TEST(Answer, OfARefusalThatIsGarbledIsGarbled) {
  for (const char* json : {R"({"error":7})", R"({"error":null})", R"({"error":"text"})", R"({"error":{"code":"404"}})",
                           R"({"error":{"err_code":1.5}})", R"({"error":{"description":7}})"}) {
    EXPECT_EQ(outcome(json, stream_info), "broker-garbled") << json;
    EXPECT_EQ(pub_ack(json).error().code, "broker-garbled") << json;
  }
}

TEST(Answer, HoldsBytesInBase64) {
  const auto data = [](const std::string& base64) {
    auto answer = Answer::read("STREAM.MSG.GET.X", R"({"message":{"seq":4,"data":")" + base64 + "\"}}");
    const auto last = last_message(std::move(**answer));
    return last ? last->data : last.error().code;
  };
  EXPECT_EQ(data(""), "");
  EXPECT_EQ(data("YWJj"), "abc");
  EXPECT_EQ(data("YWI="), "ab");
  EXPECT_EQ(data("YQ=="), "a");
  for (const char* bad : {"=", "====", "========", "A===", "YWJ", "Y*Jj", "YWJjYQ"}) {
    EXPECT_EQ(data(bad), "broker-garbled") << bad;
  }
}

TEST(Answer, HoldsHeaders) {
  // "NATS/1.0\r\nA: b\r\nNats-Msg-Id: x#1\r\n\r\n"
  const std::string json = R"({"message":{"hdrs":"TkFUUy8xLjANCkE6IGINCk5hdHMtTXNnLUlkOiB4IzENCg0K"}})";
  auto answer = Answer::read("STREAM.MSG.GET.X", json);
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ(*header_of(**answer, "Nats-Msg-Id"), "x#1");
  EXPECT_EQ(*header_of(**answer, "A"), "b");
  EXPECT_EQ(*header_of(**answer, "B"), "");
}

}  // namespace
}  // namespace skald::bus
