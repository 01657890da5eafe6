#include "engine/api/request.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace skald::api {
namespace {

namespace http = boost::beast::http;

std::string percent_decoded(std::string_view text, bool plus_is_space) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      decoded.push_back(static_cast<char>(digit(text[i + 1]) << 4 | digit(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return decoded;
}

}  // namespace

Request request_of(http::request<http::string_body>&& raw) {
  Request request;
  request.method = std::string(raw.method_string());
  const std::string target(raw.target());
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = percent_decoded(std::string_view(target).substr(0, mark), false);
  std::string_view rest = std::string_view(target).substr(std::min(mark + 1, target.size()));
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    request.query.emplace(percent_decoded(pair.substr(0, equals), true),
                          percent_decoded(pair.substr(std::min(equals + 1, pair.size())), true));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  request.accept = std::string(raw[http::field::accept]);
  request.authorization = std::string(raw[http::field::authorization]);
  request.accept_encoding = std::string(raw[http::field::accept_encoding]);
  request.if_none_match = std::string(raw[http::field::if_none_match]);
  request.body = std::move(raw.body());
  return request;
}

std::string Request::parameter(const std::string& name) const {
  const auto at = query.find(name);
  return at == query.end() ? "" : at->second;
}

}  // namespace skald::api
