#include "services/catalog/catalog.h"
#include "services/common/routes.h"

namespace skald::services {
namespace {

std::vector<Route> routes(Database& db, Effects&) {
  return {
      {"GET", "/products", reads(db, [](Connection& c, const Request&) { return catalog::list_products(c); })},
      {"GET", "/products/([^/]+)",
       reads(db, [](Connection& c, const Request& r) { return catalog::get_product(c, r.parameters[0]); })},
      {"POST", "/prices", reads(db, [](Connection& c, const Request& r) { return catalog::price(c, r.keyed.body); })},
  };
}

}  // namespace

Service catalog_service() { return {"catalog", catalog::kSchema, catalog::seed, routes}; }

}  // namespace skald::services
