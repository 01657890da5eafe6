#pragma once

// The rules of the audit, over what it has read. Pure.

#include <string>
#include <vector>

#include "services/audit/audit.h"
#include "services/audit/books.h"

namespace skald::services {

// The violations, each a sentence that names the ids.
std::vector<std::string> check(const Books& books, const AuditOptions& options);

}  // namespace skald::services
