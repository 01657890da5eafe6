#pragma once

#include "engine/api/http.h"

namespace skald::api {

// Answers a request for the console in the browser: its files, and its one page under every address that the page
// itself takes apart (/sagas/ID, /workflows). False: the path is none of the console's, and nothing was answered. Needs
// no token: what it shows it asks for with one.
bool serve_console(const ExchangePtr& exchange);

}  // namespace skald::api
