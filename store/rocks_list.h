#pragma once

// The two ways to make a page.

#include "store/rocks_runs.h"
#include "store/saga_log.h"

namespace skald::store {

// In order of their start: along the parts of the index that the query names, all at once.
Result<ListPage> list_by_start(const Moment& moment, const ListQuery& query);

// In order of their ids.
Result<ListPage> list_by_id(const Moment& moment, const ListQuery& query);

}  // namespace skald::store
