#include "services/common/products.h"

#include <algorithm>
#include <string>

namespace skald::services {

const std::array<Product, kProductCount>& products() {
  static constexpr std::array<Product, kProductCount> kProducts = {{
      {"axe", "Splitting axe", 5900},       {"bell", "Bronze bell", 2450},      {"blanket", "Wool blanket", 7900},
      {"bowl", "Birch bowl", 1800},         {"candle", "Beeswax candle", 650},  {"cloak", "Hooded cloak", 14900},
      {"comb", "Antler comb", 1250},        {"drum", "Frame drum", 11900},      {"flute", "Elder flute", 4300},
      {"harp", "Lap harp", 38900},          {"horn", "Drinking horn", 3200},    {"ink", "Oak gall ink", 990},
      {"kettle", "Iron kettle", 6700},      {"knife", "Carving knife", 4100},   {"lantern", "Tin lantern", 5200},
      {"mead", "Bottle of mead", 1690},     {"quill", "Goose quill", 450},      {"rope", "Hemp rope", 1500},
      {"scroll", "Parchment scroll", 2200}, {"shield", "Linden shield", 18900},
  }};
  return kProducts;
}

Result<Product> find_product(std::string_view sku) {
  const auto& all = products();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Product& product) { return product.sku == sku; });
  if (found == all.end()) {
    return fail(ErrorKind::kNotFound, "no-such-product",
                "there is no product '" + std::string(sku) + "'; GET /products of the catalog lists them");
  }
  return *found;
}

}  // namespace skald::services
