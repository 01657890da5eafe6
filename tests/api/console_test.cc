// The console's files, over real sockets. What they do in a browser: tests/console.

#include "engine/console/files.h"
#include "tests/api/api_fixture.h"

namespace skald::runtime {
namespace {

class ConsoleFiles : public ApiTest {
 protected:
  ConsoleFiles() { token_ = "secret"; }
  httplib::Result fetch(const std::string& path, const httplib::Headers& headers = {}) const {
    return patient_client().Get(path.c_str(), headers);
  }
  static std::string an_asset() {
    for (const console::File& file : console::files()) {
      if (file.path.substr(0, 8) == "/assets/") return std::string(file.path);
    }
    return "";
  }
};

TEST_F(ConsoleFiles, ThePageNeedsNoTokenAndIsAskedForAnew) {
  const auto page = fetch("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->get_header_value("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(page->get_header_value("Cache-Control"), "no-cache");
  EXPECT_EQ(page->get_header_value("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(page->get_header_value("Content-Security-Policy"),
            "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  const auto again = fetch("/", {{"If-None-Match", page->get_header_value("ETag")}});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->status, 304);
  EXPECT_EQ(again->body, "");
}

TEST_F(ConsoleFiles, ThePageIsAnsweredUnderEveryAddressOfItsViewsAndNoOther) {
  const auto page = fetch("/");
  ASSERT_TRUE(page);
  for (const char* path : {"/sagas", "/sagas/order-1", "/sagas/order-1?tab=events&at=3", "/stuck",
                           "/workflows/store/checkout", "/workers"}) {
    const auto view = fetch(path);
    ASSERT_TRUE(view) << path;
    EXPECT_EQ(view->body, page->body) << path;
  }
  for (const char* path : {"/nowhere", "/sagasx", "/v1/nowhere", "/assets/none.js", "/index.html.bak"}) {
    EXPECT_EQ(get(path).body.value("code", ""), "unknown-path") << path;
  }
  EXPECT_EQ(post("/sagas", Value::object()).status, 404);
}

TEST_F(ConsoleFiles, WhatItLoadsIsThereForEverAndCompressedWhereTheBrowserTakesIt) {
  const std::string path = an_asset();
  const auto plain = fetch(path);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->status, 200);
  EXPECT_EQ(plain->get_header_value("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_FALSE(plain->has_header("Content-Encoding"));
  httplib::Client client(server_->url());
  client.set_decompress(false);
  const auto zipped = client.Get(path.c_str(), {{"Accept-Encoding", "gzip, deflate"}});
  ASSERT_TRUE(zipped);
  EXPECT_EQ(zipped->get_header_value("Content-Encoding"), "gzip");
  EXPECT_EQ(zipped->body.substr(0, 2), "\x1f\x8b");
}

}  // namespace
}  // namespace skald::runtime
