#pragma once

#include <string>

#include "engine/base/value.h"

namespace skald::bench {

// What people see of an engine with so many sagas in its store, over HTTP: {"sagas", "filled_seconds", "disk_mb",
// "resident_mb", "resident_behind_mb", "views": {NAME: {"p50_ms", "p99_ms", "most_ms", "items"}}, "behind_load": the
// lists of open sagas once more, behind sagas that came and went, "behind_backlog": with a limit's worth of tasks that
// nobody serves}. Of 100: 92 completed, 4 compensated, 1 stuck, 3 waiting; one of all has 48,000 events. Errors:
// "not-started", "not-ready", "not-answered", those of the store.
Result<Value> measure_views(int sagas, const std::string& folder);

}  // namespace skald::bench
