#pragma once

// Reads the five databases of the store and checks that they agree:
// - of each product, on_hand + reserved + sold is what there was at the beginning, and is what the reservations say;
// - a confirmed order has charges of exactly its total and its stock is sold;
// - a cancelled order has neither charge nor stock;
// - nothing is charged or sold without an order;
// - no order is pending and no reservation open, unless that is allowed.
// It works while the services run: what differs only because the databases were read one after the other is read again.

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace skald::services {

struct AuditOptions {
  // Pending orders and open reservations are no violations: sagas are still running.
  bool allow_open = false;
};

struct AuditReport {
  struct Orders {
    std::int64_t pending = 0;
    std::int64_t confirmed = 0;
    std::int64_t cancelled = 0;
  };
  struct Stock {
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    std::int64_t sold = 0;
  };
  // Cents.
  struct Money {
    std::int64_t charged = 0;  // ever
    std::int64_t refunded = 0;
    std::int64_t confirmed_orders = 0;
  };

  std::vector<std::string> violations;  // sentences that name the ids
  Orders orders;
  Stock stock;
  Money money;

  // {"ok", "violations", "orders", "stock", "money"}
  Value json() const;
  // For people; several lines.
  std::string text() const;
};

// `folder` holds <service>.db of each. Errors: "no-database" (one is missing), those of Connection.
Result<AuditReport> audit(const std::string& folder, const AuditOptions& options);

}  // namespace skald::services
