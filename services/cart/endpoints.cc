#include "services/cart/cart.h"
#include "services/common/routes.h"

namespace skald::services {
namespace {

RouteHandler set_item(Database& db) {
  return [&db](const Request& request) -> Result<Answer> {
    const std::string& id = request.parameters[0];
    const std::string& sku = request.parameters[1];
    SKALD_ASSIGN(Value contents,
                 db.write([&](Connection& c) { return cart::set_item(c, id, sku, request.keyed.body); }));
    return answer(200, std::move(contents));
  };
}

RouteHandler clear(Effects& effects) {
  return [&effects](const Request& request) {
    return effects.forward(request.keyed, [&](Connection& c) -> Result<Answer> {
      SKALD_ASSIGN(Value contents, cart::clear(c, request.parameters[0], request.keyed.body));
      return answer(200, std::move(contents));
    });
  };
}

std::vector<Route> routes(Database& db, Effects& effects) {
  return {
      {"GET", "/carts/([^/]+)",
       reads(db, [](Connection& c, const Request& r) { return cart::contents(c, r.parameters[0]); })},
      {"PUT", "/carts/([^/]+)/items/([^/]+)", set_item(db)},
      {"POST", "/carts/([^/]+)/clear", clear(effects)},
  };
}

}  // namespace

Service cart_service() { return {"cart", cart::kSchema, nullptr, routes}; }

}  // namespace skald::services
