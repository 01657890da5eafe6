#include "services/common/routes.h"
#include "services/inventory/inventory.h"

namespace skald::services {
namespace {

std::vector<Route> routes(Database& db, Effects& effects) {
  return {
      {"GET", "/stock", reads(db, [](Connection& c, const Request&) { return inventory::list_stock(c); })},
      {"POST", "/reservations", effect(effects, inventory::reserve)},
      {"POST", "/reservations/release", undoes(effects, inventory::release)},
      {"POST", "/reservations/commit", effect(effects, inventory::commit)},
  };
}

}  // namespace

Service inventory_service() { return {"inventory", inventory::kSchema, inventory::seed, routes}; }

}  // namespace skald::services
