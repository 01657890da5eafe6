#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "engine/api/http.h"

namespace skald::api {

// The request as handlers see it: path and query percent-decoded, the fields they use.
Request request_of(boost::beast::http::request<boost::beast::http::string_body>&& raw);

}  // namespace skald::api
