#pragma once

// What the audit reads from the databases.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "services/common/fields.h"

namespace skald::services {

struct Books {
  struct Order {
    std::string status;
    std::int64_t total = 0;
    std::optional<Items> items;  // where the order names them
  };
  struct Payment {
    std::string id;
    std::string order;
    std::int64_t amount = 0;
    std::string status;
  };
  struct Reservation {
    std::string key;
    std::string order;
    std::string status;
    Items items;
  };
  struct Shelf {
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    std::int64_t sold = 0;
  };

  std::map<std::string, Order> orders;
  std::vector<Payment> payments;
  std::vector<Reservation> reservations;
  std::map<std::string, Shelf> stock;  // by sku
};

// Each database is read in one snapshot, the orders first: whatever stands behind a confirmed order is then seen.
Result<Books> read_books(const std::string& folder);

}  // namespace skald::services
