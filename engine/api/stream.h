#pragma once

#include <memory>

#include "engine/api/overview.h"
#include "engine/api/router.h"

namespace skald::api {

void add_stream(Router& router, std::shared_ptr<Overviews> overviews);

}  // namespace skald::api
