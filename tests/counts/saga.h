#pragma once

// What a saga costs on the real path: `skald server`, a broker with file storage, a worker process.

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "tests/counts/table.h"

namespace skald::counts {

// Of the checkout benchmark's sagas, one at a time: "saga/completed/WHAT" and "saga/compensated/WHAT". Everything lies
// in `folder`. Errors: those of bench::CheckoutStack; "not-ended" (a saga that ends otherwise), "not-counted".
Result<std::vector<Count>> count_saga(const std::string& folder);

}  // namespace skald::counts
