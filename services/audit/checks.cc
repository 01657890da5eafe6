#include "services/audit/checks.h"

#include <fmt/format.h>

#include "services/common/products.h"

namespace skald::services {
namespace {

// What stands for one order outside of the database of the orders.
struct Standing {
  std::int64_t charged = 0;  // and not refunded
  std::string payments;      // their ids
  Items reserved;
  Items sold;
};

void add(Items& sum, const Items& items) {
  for (const auto& [sku, quantity] : items) sum[sku] += quantity;
}

std::string words(const Items& items) {
  std::string text;
  for (const auto& [sku, quantity] : items) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", quantity, sku);
  return text.empty() ? "nothing" : text;
}

std::map<std::string, Standing> standing_by_order(const Books& books) {
  std::map<std::string, Standing> all;
  for (const auto& payment : books.payments) {
    if (payment.status != "charged") continue;
    Standing& standing = all[payment.order];
    standing.charged += payment.amount;
    standing.payments += (standing.payments.empty() ? "" : ", ") + payment.id;
  }
  for (const auto& reservation : books.reservations) {
    if (reservation.status == "reserved") add(all[reservation.order].reserved, reservation.items);
    if (reservation.status == "committed") add(all[reservation.order].sold, reservation.items);
  }
  return all;
}

class Checker {
 public:
  Checker(const Books& books, const AuditOptions& options)
      : books_(books), options_(options), standing_(standing_by_order(books)) {}

  std::vector<std::string> run() {
    for (const auto& [sku, shelf] : books_.stock) check_shelf(sku, shelf);
    for (const Product& product : products()) {
      if (!books_.stock.contains(std::string(product.sku))) found("stock of '{}': missing", product.sku);
    }
    for (const auto& [id, order] : books_.orders) check_order(id, order, standing_[id]);
    for (const auto& [id, standing] : standing_) {
      if (!books_.orders.contains(id)) check_no_order(id, standing);
    }
    return std::move(violations_);
  }

 private:
  template <typename... Arguments>
  void found(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    violations_.push_back(fmt::format(text, std::forward<Arguments>(arguments)...));
  }

  void check_shelf(const std::string& sku, const Books::Shelf& shelf) {
    const std::int64_t sum = shelf.on_hand + shelf.reserved + shelf.sold;
    if (sum != kInitialStock) {
      found("stock of '{}': on_hand {} + reserved {} + sold {} is {}, not {}", sku, shelf.on_hand, shelf.reserved,
            shelf.sold, sum, kInitialStock);
    }
    std::int64_t reserved = 0;
    std::int64_t sold = 0;
    for (const auto& reservation : books_.reservations) {
      const auto line = reservation.items.find(sku);
      if (line == reservation.items.end()) continue;
      if (reservation.status == "reserved") reserved += line->second;
      if (reservation.status == "committed") sold += line->second;
    }
    if (reserved != shelf.reserved || sold != shelf.sold) {
      found("stock of '{}': reserved {} and sold {}, but the reservations say {} and {}", sku, shelf.reserved,
            shelf.sold, reserved, sold);
    }
  }

  void check_order(const std::string& id, const Books::Order& order, const Standing& standing) {
    if (order.status == "confirmed") return check_confirmed(id, order, standing);
    if (order.status == "cancelled") return check_cancelled(id, standing);
    if (!options_.allow_open) found("order '{}': pending", id);
    if (standing.charged != 0 && standing.charged != order.total) {
      found("order '{}': pending with a total of {}, but {} charged ({})", id, order.total, standing.charged,
            standing.payments);
    }
    check_reserved(id, standing);
  }

  void check_confirmed(const std::string& id, const Books::Order& order, const Standing& standing) {
    if (standing.charged != order.total) {
      found("order '{}': confirmed with a total of {}, but {} charged ({})", id, order.total, standing.charged,
            standing.payments.empty() ? "no payment" : standing.payments);
    }
    if (standing.sold.empty()) found("order '{}': confirmed, but no stock sold for it", id);
    if (!standing.sold.empty() && order.items && *order.items != standing.sold) {
      found("order '{}': confirmed for {}, but sold {}", id, words(*order.items), words(standing.sold));
    }
    if (!standing.reserved.empty()) found("order '{}': confirmed, but still reserves {}", id, words(standing.reserved));
  }

  void check_cancelled(const std::string& id, const Standing& standing) {
    if (standing.charged != 0) {
      found("order '{}': cancelled, but {} charged and not refunded ({})", id, standing.charged, standing.payments);
    }
    if (!standing.sold.empty()) found("order '{}': cancelled, but sold {}", id, words(standing.sold));
    check_reserved(id, standing);
  }

  void check_no_order(const std::string& id, const Standing& standing) {
    if (standing.charged != 0) {
      found("order '{}': does not exist, but {} charged and not refunded ({})", id, standing.charged,
            standing.payments);
    }
    if (!standing.sold.empty()) found("order '{}': does not exist, but sold {}", id, words(standing.sold));
    check_reserved(id, standing);
  }

  void check_reserved(const std::string& id, const Standing& standing) {
    if (standing.reserved.empty() || options_.allow_open) return;
    found("order '{}': reservation still open for {}", id, words(standing.reserved));
  }

  const Books& books_;
  const AuditOptions& options_;
  std::map<std::string, Standing> standing_;
  std::vector<std::string> violations_;
};

}  // namespace

std::vector<std::string> check(const Books& books, const AuditOptions& options) {
  return Checker(books, options).run();
}

}  // namespace skald::services
