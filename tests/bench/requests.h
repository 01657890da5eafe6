#pragma once

// One connection of the load, kept open: a request leaves in one write, and its answer is waited for. So that the load
// takes little of the processors that it shares with what is measured.
//
// Threading: one thread.

#include <memory>
#include <optional>
#include <string>

namespace skald::bench {

class Requests {
 public:
  struct Answer {
    unsigned status = 0;
    std::string body;
  };

  // `url`: http://ADDRESS:PORT
  explicit Requests(const std::string& url);
  ~Requests();

  // Without a limit in time: the server has its own. None where there was no answer; the next request connects anew.
  std::optional<Answer> get(const std::string& path);
  std::optional<Answer> post(const std::string& path, const std::string& json);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace skald::bench
