#include "services/audit/audit.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/audit/books.h"
#include "services/audit/checks.h"
#include "services/common/products.h"

namespace skald::services {
namespace {

constexpr std::int64_t kCentsPerUnit = 100;

std::string amount(std::int64_t cents) { return fmt::format("{}.{:02}", cents / kCentsPerUnit, cents % kCentsPerUnit); }

void add_sums(const Books& books, AuditReport& report) {
  for (const auto& [id, order] : books.orders) {
    if (order.status == "pending") ++report.orders.pending;
    if (order.status == "cancelled") ++report.orders.cancelled;
    if (order.status != "confirmed") continue;
    ++report.orders.confirmed;
    report.money.confirmed_orders += order.total;
  }
  for (const auto& [sku, shelf] : books.stock) {
    report.stock.on_hand += shelf.on_hand;
    report.stock.reserved += shelf.reserved;
    report.stock.sold += shelf.sold;
  }
  for (const auto& payment : books.payments) {
    report.money.charged += payment.amount;
    if (payment.status == "refunded") report.money.refunded += payment.amount;
  }
}

}  // namespace

Value AuditReport::json() const {
  return {{"ok", violations.empty()},
          {"violations", violations},
          {"orders",
           {{"pending", orders.pending},
            {"confirmed", orders.confirmed},
            {"cancelled", orders.cancelled},
            {"total", orders.pending + orders.confirmed + orders.cancelled}}},
          {"stock",
           {{"on_hand", stock.on_hand},
            {"reserved", stock.reserved},
            {"sold", stock.sold},
            {"total", stock.on_hand + stock.reserved + stock.sold},
            {"expected", kInitialStock * static_cast<std::int64_t>(kProductCount)}}},
          {"money",
           {{"charged", money.charged},
            {"refunded", money.refunded},
            {"net", money.charged - money.refunded},
            {"confirmed_orders", money.confirmed_orders}}}};
}

std::string AuditReport::text() const {
  std::string out = fmt::format(
      "orders   {} confirmed, {} cancelled, {} pending\n"
      "stock    {} on hand, {} reserved, {} sold\n"
      "money    {} charged, {} refunded, {} kept; {} ordered and confirmed\n",
      orders.confirmed, orders.cancelled, orders.pending, stock.on_hand, stock.reserved, stock.sold,
      amount(money.charged), amount(money.refunded), amount(money.charged - money.refunded),
      amount(money.confirmed_orders));
  for (const std::string& violation : violations) out += "VIOLATION  " + violation + "\n";
  out += violations.empty() ? "audit    ok\n" : fmt::format("audit    {} violations\n", violations.size());
  return out;
}

Result<AuditReport> audit(const std::string& folder, const AuditOptions& options) {
  SKALD_ASSIGN(Books books, read_books(folder));
  AuditReport report;
  report.violations = check(books, options);
  if (!report.violations.empty()) {
    // The five snapshots are not of one moment. What a running saga changed between them is gone in a second reading.
    SKALD_ASSIGN(books, read_books(folder));
    const auto again = check(books, options);
    std::erase_if(report.violations, [&](const std::string& violation) {
      return std::find(again.begin(), again.end(), violation) == again.end();
    });
  }
  add_sums(books, report);
  return report;
}

}  // namespace skald::services
