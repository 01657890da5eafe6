#include "workers/http/uri.h"

#include <gtest/gtest.h>

#include "workers/http/allowed_hosts.h"

namespace skald::workers::http {
namespace {

TEST(HttpUri, IsReadInParts) {
  const auto uri = parse_uri("HTTPS://Pets.Example/v2/pet 1?q=a&b={}#top");
  ASSERT_TRUE(uri) << uri.error().message;
  EXPECT_EQ(uri->scheme, "https");
  EXPECT_EQ(uri->host, "pets.example");
  EXPECT_EQ(uri->port, 443);
  EXPECT_EQ(uri->target, "/v2/pet%201?q=a&b=%7B%7D");
  EXPECT_EQ(uri->origin(), "https://pets.example:443");
  EXPECT_EQ(uri->text(), "https://pets.example/v2/pet%201?q=a&b=%7B%7D");
  EXPECT_EQ(parse_uri("http://[::1]:8080")->origin(), "http://[::1]:8080");
  EXPECT_EQ(parse_uri("http://a?x=1")->target, "/?x=1");
  EXPECT_EQ(parse_uri("http://a/%C3%A6/æ")->target, "/%C3%A6/%C3%A6") << "what is encoded stays so";
}

class NoUri : public ::testing::TestWithParam<const char*> {};

TEST_P(NoUri, IsRefused) {
  const auto uri = parse_uri(GetParam());
  ASSERT_FALSE(uri) << uri->text();
  EXPECT_EQ(uri.error().code, "bad-uri");
}

INSTANTIATE_TEST_SUITE_P(Table, NoUri,
                         ::testing::Values("", "pets", "/pets", "ftp://pets", "file:///etc/passwd", "http://",
                                           "http:///x", "http://a b/", "http://a:0/", "http://a:65536/", "http://a:x/",
                                           "http://user:secret@a/", "http://a\r\nHost: b/", "http://[::1/",
                                           "http://a%2fb/", "http://a\\b/"));

TEST(HttpUri, CredentialsAreNotRepeatedInTheMessage) {
  EXPECT_EQ(parse_uri("http://user:secret@a/").error().message.find("secret"), std::string::npos);
}

TEST(HttpUri, HasALimit) {
  EXPECT_EQ(parse_uri("http://a/" + std::string(kMaxUriBytes, 'x')).error().code, "uri-too-long");
  EXPECT_EQ(parse_uri("http://a/" + std::string(kMaxUriBytes / 2, ' ')).error().code, "uri-too-long") << "encoded";
  EXPECT_TRUE(parse_uri("http://a/" + std::string(kMaxUriBytes - 100, 'x')));
}

struct Relative {
  const char* location;
  const char* where;
};

class Resolving : public ::testing::TestWithParam<Relative> {};

TEST_P(Resolving, FollowsRfc3986) {
  const auto uri = resolve(*parse_uri("http://a:81/b/c/d?q"), GetParam().location);
  ASSERT_TRUE(uri) << uri.error().message;
  EXPECT_EQ(uri->text(), GetParam().where);
}

INSTANTIATE_TEST_SUITE_P(Table, Resolving,
                         ::testing::Values(Relative{"https://x/y", "https://x/y"}, Relative{"//x/y", "http://x/y"},
                                           Relative{"/y", "http://a:81/y"}, Relative{"y", "http://a:81/b/c/y"},
                                           Relative{"?y", "http://a:81/b/c/d?y"}, Relative{"../y", "http://a:81/b/y"},
                                           Relative{"../../../y", "http://a:81/y"}, Relative{".", "http://a:81/b/c/"},
                                           Relative{"./y/", "http://a:81/b/c/y/"},
                                           Relative{"/y?to=http://z", "http://a:81/y?to=http://z"},
                                           Relative{"", "http://a:81/b/c/d?q"}, Relative{"#f", "http://a:81/b/c/d?q"}));

TEST(HttpUri, TemplatesTakeNamesVerbatim) {
  const Value arguments = {{"petId", 7}, {"pet.id", "a/b c"}, {"none", nullptr}, {"yes", true}, {"list", {1}}};
  EXPECT_EQ(*expand("http://a/{petId}/{pet.id}/{none}{missing}?{yes}", arguments), "http://a/7/a%2Fb%20c/?true");
  EXPECT_EQ(*expand("http://a/{petId}", nullptr), "http://a/") << "without arguments";
  const auto structured = expand("http://a/{list}", arguments);
  ASSERT_FALSE(structured);
  EXPECT_EQ(structured.error().code, "bad-variable");
}

TEST(HttpUri, ATemplateCannotLeaveItsPart) {
  const auto uri = parse_uri(*expand("http://{host}/", {{"host", "evil.example/x"}}));
  EXPECT_FALSE(uri) << uri->text();
}

bool allows(const std::vector<std::string>& patterns, const char* uri) {
  return AllowedHosts::parse(patterns)->allows(*parse_uri(uri));
}

TEST(AllowedHosts, AreNamesPortsAndWholeDomains) {
  EXPECT_TRUE(allows({}, "http://anything/")) << "none at all is no restriction";
  EXPECT_TRUE(allows({"Api.example"}, "https://api.EXAMPLE:8443/"));
  EXPECT_FALSE(allows({"api.example"}, "http://api.example.evil/"));
  EXPECT_FALSE(allows({"api.example"}, "http://sub.api.example/"));
  EXPECT_TRUE(allows({"a", "*.example"}, "http://x.y.example/"));
  EXPECT_FALSE(allows({"*.example"}, "http://example/"));
  EXPECT_FALSE(allows({"*.example"}, "http://badexample/"));
  EXPECT_TRUE(allows({"a:81"}, "http://a:81/"));
  EXPECT_FALSE(allows({"a:80"}, "http://a:81/"));
  EXPECT_FALSE(allows({"a:80"}, "https://a/"));
  EXPECT_TRUE(allows({"[::1]"}, "http://[::1]:9/"));
  EXPECT_FALSE(allows({"127.0.0.1"}, "http://localhost/")) << "by name, as it is written";
}

TEST(AllowedHosts, RefuseWhatIsNoHost) {
  for (const char* wrong : {"", "http://a", "a/b", "*", "*.", "a b", "a:x", "u@a"}) {
    const auto allowed = AllowedHosts::parse({wrong});
    ASSERT_FALSE(allowed) << wrong;
    EXPECT_EQ(allowed.error().code, "bad-host");
  }
}

}  // namespace
}  // namespace skald::workers::http
