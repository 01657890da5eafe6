#include "workers/sidecar/config.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace skald::workers {
namespace {

TEST(SidecarConfig, ReadsEverything) {
  const auto config = parse_config(R"(
nats: { url: nats://broker:4222 }
services:
  inventory: { url: 'http://127.0.0.1:8103', concurrency: 8, breaker: { failures: 3, open_for: 1.5s } }
tasks:
  inventory.reserve:
    service: inventory
    method: PUT
    path: /reservations/{order}
    body: { order: '{order}', fixed: 7, quoted: '7', list: [1, two, null] }
    headers: { X-Shop: north }
    timeout: 500ms
    concurrency: 2
    statuses: { 409: completed, 404: failed }
    errors: { 402: { type: 'urn:declined', title: Declined } }
)",
                                   "sidecar.yaml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->nats_url, "nats://broker:4222");
  const ServiceConfig& service = config->services.at("inventory");
  EXPECT_EQ(service.concurrency, 8U);
  EXPECT_EQ(service.breaker_failures, 3U);
  EXPECT_EQ(service.breaker_open_for, Millis(1'500));
  const TaskConfig& task = config->tasks.at("inventory.reserve");
  EXPECT_EQ(task.method, "PUT");
  EXPECT_EQ(task.timeout, Millis(500));
  EXPECT_EQ(task.concurrency, 2U);
  EXPECT_EQ(task.headers.at("X-Shop"), "north");
  EXPECT_EQ(task.statuses.at(409), wire::Outcome::kCompleted);
  EXPECT_EQ(task.errors.at(402).type, "urn:declined");
  EXPECT_EQ(*task.body, Value::parse(R"({"order":"{order}","fixed":7,"quoted":"7","list":[1,"two",null]})"));
}

TEST(SidecarConfig, TheDemoStoresFilesAreGood) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SKALD_SOURCE_DIR "/services/sidecars")) {
    const auto config = load_config(entry.path());
    EXPECT_TRUE(config) << config.error().message;
    ++files;
  }
  EXPECT_EQ(files, 5);
}

struct Bad {
  const char* text;
  const char* message;
};

class BadConfig : public ::testing::TestWithParam<Bad> {};

TEST_P(BadConfig, IsRefusedWithItsPlace) {
  const auto config = parse_config(GetParam().text, "f.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, "bad-config");
  EXPECT_NE(config.error().message.find(GetParam().message), std::string::npos) << config.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadConfig,
    ::testing::Values(
        Bad{"tasks: [", "f.yaml:1:"}, Bad{"[]", "f.yaml:1:1: the configuration must be a mapping"},
        Bad{"services: {}\nport: 7\n", "f.yaml:2:1: unknown key 'port'"},
        Bad{"services:\n  a: { url: ftp://x }\n", "f.yaml:2:13: expected an address"},
        Bad{"services:\n  a: { concurrency: 0, url: 'http://a' }\n", "f.yaml:2:21: expected a whole number"},
        Bad{"services:\n  a: {}\n", "a service needs its 'url'"},
        Bad{"services: { a: { url: 'http://a' } }\ntasks: { A.b: { service: a } }\n",
            "f.yaml:2:10: 'A.b' is no task type"},
        Bad{"services: { a: { url: 'http://a' } }\ntasks: { b: { service: c } }\n", "there is no service 'c'"},
        Bad{"services: { a: { url: 'http://a' } }\ntasks: { b: { service: a, timeout: 5 } }\n", "expected a duration"},
        Bad{"services: { a: { url: 'http://a' } }\ntasks: { b: { service: a, timeout: nans } }\n",
            "expected a duration"},
        Bad{"services: { a: { url: 'http://a' } }\ntasks: { b: { service: a, method: get } }\n", "expected GET"},
        Bad{"services: { a: { url: 'http://a' } }\ntasks: { b: { service: a, path: x } }\n", "begins with '/'"},
        Bad{"services: { a: { url: 'http://a' } }\ntasks: { b: { service: a, statuses: { 700: failed } } }\n",
            "from 100 to 599"},
        Bad{"services: { a: { url: 'http://a' } }\ntasks: { b: { service: a, statuses: { 409: fine } } }\n",
            "expected completed"},
        Bad{"services: { a: { url: 'http://a' } }\n", "there are no tasks"}));

TEST(SidecarConfig, AMissingFileIsNamed) {
  const auto config = load_config("/no/such/file.yaml");
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().message.find("/no/such/file.yaml"), std::string::npos);
}

}  // namespace
}  // namespace skald::workers
