#pragma once

// What a service of the store is made of; main puts it together with a database and the HTTP server.

#include <string>
#include <vector>

#include "services/common/database.h"
#include "services/common/effects.h"
#include "services/common/http_server.h"

namespace skald::services {

struct Service {
  std::string name;    // also of the database: <name>.db
  std::string schema;  // without that of Effects
  // Fills a new database; repeatable. May be null.
  Status (*seed)(Connection& db);
  // The routes borrow both, which outlive them.
  std::vector<Route> (*routes)(Database& db, Effects& effects);
};

Service catalog_service();
Service cart_service();
Service inventory_service();
Service checkout_service();
Service payments_service();

inline std::string database_path(const std::string& folder, const std::string& service) {
  return folder + "/" + service + ".db";
}

// Opens the service's database below `folder`, with schema and seed.
Result<std::unique_ptr<Database>> open_database(const Service& service, const std::string& folder);

}  // namespace skald::services
