// The workflow, the sidecars' configurations and the services' routes agree.

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <regex>
#include <set>

#include "tests/services/support.h"

namespace skald::services {
namespace {

const std::string kFolder = SKALD_SERVICES_FOLDER;

void collect_calls(const YAML::Node& node, std::set<std::string>& calls) {
  if (node.IsMap()) {
    for (const auto& entry : node) {
      if (entry.first.as<std::string>() == "call") calls.insert(entry.second.as<std::string>());
      collect_calls(entry.second, calls);
    }
  } else if (node.IsSequence()) {
    for (const auto& item : node) collect_calls(item, calls);
  }
}

bool serves(const std::vector<Route>& routes, const std::string& method, const std::string& path) {
  const std::string example = std::regex_replace(path, std::regex("\\{[a-z]+\\}"), "x");
  for (const Route& route : routes) {
    if (route.method == method && std::regex_match(example, std::regex(route.pattern))) return true;
  }
  return false;
}

TEST(StoreDefinitions, EveryCallOfTheCheckoutIsServed) {
  std::set<std::string> calls;
  collect_calls(YAML::LoadFile(kFolder + "/workflows/checkout.yaml"), calls);
  EXPECT_EQ(calls.size(), 11U);
  std::set<std::string> served;
  const TempFolder folder;
  for (const Service& service :
       {catalog_service(), cart_service(), inventory_service(), checkout_service(), payments_service()}) {
    const auto database = open_database(service, folder.path()).value();
    const SystemClock clock;
    Effects effects(*database, clock, kDefaultKeyTtl);
    const auto routes = service.routes(*database, effects);
    const YAML::Node tasks = YAML::LoadFile(kFolder + "/sidecars/" + service.name + ".yaml")["tasks"];
    for (const auto& task : tasks) {
      served.insert(task.first.as<std::string>());
      EXPECT_EQ(task.second["service"].as<std::string>(), service.name);
      const auto path = task.second["path"].as<std::string>();
      EXPECT_TRUE(serves(routes, task.second["method"].as<std::string>(), path)) << path;
    }
  }
  EXPECT_EQ(served, calls);
}

}  // namespace
}  // namespace skald::services
