#pragma once

// Which hosts may be called.

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "workers/http/uri.h"

namespace skald::workers::http {

class AllowedHosts {
 public:
  // Each "HOST" or "HOST:PORT"; a HOST "*.example.com" is every name below that one. None at all: every host is
  // allowed. Error "bad-host".
  static Result<AllowedHosts> parse(const std::vector<std::string>& patterns);
  AllowedHosts() = default;

  bool allows(const Uri& uri) const;

 private:
  struct Pattern {
    std::string host;
    bool below = false;  // every name that ends in ".host"
    int port = 0;        // 0: any
  };

  std::vector<Pattern> patterns_;
};

}  // namespace skald::workers::http
