#include "workers/http/call.h"

#include <gtest/gtest.h>

namespace skald::workers::http {
namespace {

Value get(const Value& more = Value::object()) {
  Value input = {{"method", "get"}, {"endpoint", "http://pets.example/pet/1"}};
  input.update(more);
  return input;
}

TEST(HttpCall, MethodsAreTakenInAnyCase) {
  EXPECT_EQ(read_call(get())->method, "GET");
  EXPECT_EQ(read_call(get({{"method", "Patch"}}))->method, "PATCH");
}

TEST(HttpCall, TheEndpointIsATemplate) {
  const auto call = read_call(get({{"endpoint", {{"uri", "https://a/{id}"}}}, {"arguments", {{"id", "x y"}}}}));
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(call->uri.text(), "https://a/x%20y");
  const auto literal = read_call(get({{"endpoint", "https://a/{id}"}}));
  ASSERT_TRUE(literal) << literal.error().message;
  EXPECT_EQ(literal->uri.text(), "https://a/%7Bid%7D") << "without arguments it is none";
}

TEST(HttpCall, TheQueryIsAppended) {
  const Value query = {{"a b", "c&d"}, {"n", 1}, {"list", {"x", true}}, {"none", nullptr}};
  EXPECT_EQ(read_call(get({{"query", query}}))->uri.target, "/pet/1?a%20b=c%26d&list=x&list=true&n=1");
  EXPECT_EQ(read_call(get({{"endpoint", "http://a?z"}, {"query", {{"n", 1}}}}))->uri.target, "/?z&n=1");
  EXPECT_EQ(read_call(get({{"query", Value::object()}}))->uri.target, "/pet/1");
}

TEST(HttpCall, HeadersHaveOneSpelling) {
  const auto call =
      read_call(get({{"headers", {{"x-shop", "north"}, {"ACCEPT", "text/plain"}, {"n", 5}, {"no", nullptr}}}}));
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(call->headers,
            (std::map<std::string, std::string>{{"X-Shop", "north"}, {"Accept", "text/plain"}, {"N", "5"}}));
}

TEST(HttpCall, BodiesAreJsonUnlessTheHeadersSayOtherwise) {
  const auto json = read_call(get({{"body", {{"a", 1}}}}));
  EXPECT_EQ(*json->body, R"({"a":1})");
  EXPECT_EQ(json->headers.at("Content-Type"), "application/json");
  EXPECT_EQ(*read_call(get({{"body", "text"}}))->body, "\"text\"");
  const Value xml = {{"headers", {{"content-type", "application/xml; charset=utf-8"}}}, {"body", "<a/>"}};
  EXPECT_EQ(*read_call(get(xml))->body, "<a/>");
  const Value merge = {{"headers", {{"content-type", "application/merge-patch+json"}}}, {"body", {{"a", 1}}}};
  EXPECT_EQ(*read_call(get(merge))->body, R"({"a":1})");
  const Value form = {{"headers", {{"Content-Type", "application/x-www-form-urlencoded"}}},
                      {"body", {{"card", "4 2"}, {"to", {1, 2}}}}};
  EXPECT_EQ(*read_call(get(form))->body, "card=4%202&to=1&to=2");
  EXPECT_FALSE(read_call(get({{"body", nullptr}}))->body);
  EXPECT_TRUE(read_call(get({{"body", nullptr}}))->headers.empty());
}

TEST(HttpCall, AuthenticatesWithWhatIsWrittenOut) {
  const auto with = [](const Value& authentication) {
    return read_call(get({{"endpoint", {{"uri", "http://a"}, {"authentication", authentication}}}}));
  };
  EXPECT_EQ(with({{"basic", {{"username", "Ada"}, {"password", "pässword"}}}})->headers.at("Authorization"),
            "Basic QWRhOnDDpHNzd29yZA==");
  EXPECT_EQ(with({{"bearer", {{"token", "t.o-k"}}}})->headers.at("Authorization"), "Bearer t.o-k");
  for (const Value& later : {Value{{"digest", {{"username", "a"}, {"password", "b"}}}},
                             Value{{"oauth2", {{"authority", "x"}}}}, Value{{"oidc", Value::object()}},
                             Value{{"use", "name"}}, Value{{"basic", {{"use", "secret"}}}}, Value::object()}) {
    const auto call = with(later);
    ASSERT_FALSE(call) << later;
    EXPECT_EQ(call.error().code, "unsupported-authentication");
  }
  EXPECT_EQ(with({{"bearer", {{"token", "a\r\nX: y"}}}}).error().code, "bad-header");
  EXPECT_EQ(with({{"basic", {{"username", "a"}}}}).error().code, "bad-call");
}

struct Wrong {
  Value more;
  const char* code;
  const char* message;
};

class WrongCall : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongCall, IsRefusedByName) {
  const auto call = read_call(get(GetParam().more));
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().code, GetParam().code);
  EXPECT_NE(call.error().message.find(GetParam().message), std::string::npos) << call.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongCall,
    ::testing::Values(Wrong{{{"method", nullptr}}, "bad-call", "'method' is missing"},
                      Wrong{{{"method", "CONNECT"}}, "bad-method", "expected a method of GET"},
                      Wrong{{{"endpoint", 7}}, "bad-call", "'endpoint' is an address"},
                      Wrong{{{"endpoint", {{"url", "http://a"}}}}, "bad-call", "'endpoint' has no 'url'"},
                      Wrong{{{"endpoint", "pets"}}, "bad-uri", "expected http://"},
                      Wrong{{{"header", Value::object()}}, "bad-call", "a call has no 'header'"},
                      Wrong{{{"headers", "x"}}, "bad-call", "'headers' is an object"},
                      Wrong{{{"headers", {{"a", {1}}}}}, "bad-call", "headers.a is neither"},
                      Wrong{{{"headers", {{"a b", "c"}}}}, "bad-header", "a name with characters"},
                      Wrong{{{"headers", {{"a", "b\r\nc: d"}}}}, "bad-header", "a value with characters"},
                      Wrong{{{"headers", {{"content-length", "3"}}}}, "bad-header", "is the worker's to set"},
                      Wrong{{{"query", {{"a", {{"b", 1}}}}}}, "bad-call", "query.a is neither"},
                      Wrong{{{"headers", {{"content-type", "text/plain"}}}, {"body", {1}}}, "bad-call", "must be text"},
                      Wrong{{{"output", "all"}}, "bad-call", "content, raw or response"},
                      Wrong{{{"redirect", "yes"}}, "bad-call", "true or false"}));

}  // namespace
}  // namespace skald::workers::http
