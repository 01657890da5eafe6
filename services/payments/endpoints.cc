#include "services/common/routes.h"
#include "services/payments/payments.h"

namespace skald::services {
namespace {

std::vector<Route> routes(Database& db, Effects& effects) {
  return {
      {"GET", "/payments", reads(db, [](Connection& c, const Request&) { return payments::list_payments(c); })},
      {"POST", "/charges", effect(effects, payments::charge)},
      {"POST", "/refunds", undoes(effects, payments::refund)},
  };
}

}  // namespace

Service payments_service() { return {"payments", payments::kSchema, nullptr, routes}; }

}  // namespace skald::services
