#pragma once

// What the store sells. Catalog (names, prices), inventory (stock) and cart (which skus there are) begin with this
// list.

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/base/result.h"

namespace skald::services {

struct Product {
  std::string_view sku;
  std::string_view name;
  std::int64_t price;  // cents
};

inline constexpr std::size_t kProductCount = 20;
inline constexpr std::int64_t kInitialStock = 1'000'000;  // of each product

const std::array<Product, kProductCount>& products();
// Error: "no-such-product" (kNotFound).
Result<Product> find_product(std::string_view sku);

}  // namespace skald::services
