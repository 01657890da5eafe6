#include "cli/broker.h"

#include <cstdlib>

namespace skald::cli {

std::vector<std::string> broker_environment() {
  std::vector<std::string> told;
  if (std::getenv("GOGC") == nullptr) told.emplace_back("GOGC=800");
  if (std::getenv("GOMEMLIMIT") == nullptr) told.emplace_back("GOMEMLIMIT=1GiB");
  return told;
}

}  // namespace skald::cli
