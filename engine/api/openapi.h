#pragma once

// The description of this interface: openapi.json of this folder, compiled in. tests/api/openapi_test.cc holds the
// server to it.

#include <string>

namespace skald::api {

const std::string& openapi_document();

}  // namespace skald::api
