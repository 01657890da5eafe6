#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace skald::workers::http {

struct Options {
  std::size_t concurrency = 64;          // calls at a time, over all hosts
  std::vector<std::string> allow_hosts;  // see AllowedHosts; none: all
  std::string ca_file;                   // whom to trust over https, as PEM; empty: whom the system trusts
};

}  // namespace skald::workers::http
