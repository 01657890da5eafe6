#include "store/chain.h"

namespace skald::store {

Digest chain_start(std::string_view store_id, const RunId& run, std::string_view definition_hash) {
  std::string bytes;
  for (const std::string_view part : {store_id, std::string_view(run.str()), definition_hash}) {
    bytes.append(part);
    bytes.push_back('\0');
  }
  return sha256(bytes);
}

}  // namespace skald::store
