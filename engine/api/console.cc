// The console's files at `/`.

#include "engine/api/console.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "engine/console/files.h"

namespace skald::api {
namespace {

// The addresses of src/router.ts. Everything else stays what it was: there is nothing there.
bool is_page(std::string_view path) {
  static constexpr std::array<std::string_view, 4> kPages = {"/sagas", "/stuck", "/workflows", "/workers"};
  return path == "/" || std::any_of(kPages.begin(), kPages.end(), [path](std::string_view page) {
           return path.substr(0, page.size()) == page && (path.size() == page.size() || path[page.size()] == '/');
         });
}

const console::File* file_at(std::string_view path) {
  const auto files = console::files();
  const std::string_view wanted = is_page(path) ? "/index.html" : path;
  const auto at = std::find_if(files.begin(), files.end(), [wanted](const auto& file) { return file.path == wanted; });
  return at == files.end() ? nullptr : &*at;
}

Response answer(const Request& request, const console::File& file) {
  Response response;
  response.content_type = file.content_type;
  const bool hashed = file.path.substr(0, 8) == "/assets/";
  response.headers = {
      {"Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache"},
      {"ETag", std::string(file.etag)},
      {"Vary", "Accept-Encoding"},
      {"Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
  };
  if (request.if_none_match == file.etag) {
    response.status = 304;
  } else if (request.accept_encoding.find("gzip") != std::string::npos) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = file.gzip;
  } else {
    response.body = file.bytes;
  }
  return response;
}

}  // namespace

bool serve_console(const ExchangePtr& exchange) {
  const Request& request = exchange->request();
  if (request.method != "GET") return false;
  const console::File* file = file_at(request.path);
  if (file == nullptr) return false;
  exchange->respond(answer(request, *file));
  return true;
}

}  // namespace skald::api
