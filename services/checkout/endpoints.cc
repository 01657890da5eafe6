#include "services/checkout/checkout.h"
#include "services/common/routes.h"

namespace skald::services {
namespace {

std::vector<Route> routes(Database& db, Effects& effects) {
  return {
      {"GET", "/orders", reads(db, [](Connection& c, const Request&) { return checkout::list_orders(c); })},
      {"GET", "/orders/([^/]+)",
       reads(db, [](Connection& c, const Request& r) { return checkout::get_order(c, r.parameters[0]); })},
      {"POST", "/orders", effect(effects, checkout::create)},
      {"POST", "/orders/cancel", undoes(effects, checkout::cancel)},
      {"POST", "/orders/confirm", effect(effects, checkout::confirm)},
  };
}

}  // namespace

Service checkout_service() { return {"checkout", checkout::kSchema, nullptr, routes}; }

}  // namespace skald::services
