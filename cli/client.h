#pragma once

// The engine's HTTP API, from outside.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/value.h"

namespace skald::cli {

class Client {
 public:
  struct Options {
    std::string server = "http://127.0.0.1:7525";
    std::string token;
    Millis timeout{30'000};
    bool engine = true;  // whether it has to be one; else any service may answer
  };
  explicit Client(Options options) : options_(std::move(options)) {}

  // Errors: "unreachable" (kUnreachable), "connection-lost" (kUnreachable; the request may have arrived), "bad-answer",
  // "no-engine" (kUnreachable; somebody else answers), and those that the server answers with.
  Result<Value> get(const std::string& path, Millis extra = Millis(0)) const;
  Result<Value> post(const std::string& path, const Value& body, Millis extra = Millis(0)) const;
  Result<Value> post_text(const std::string& path, const std::string& body, const std::string& content_type,
                          Millis extra = Millis(0)) const;

  // JSON Lines out and in: the answer's lines.
  Result<std::vector<Value>> post_lines(const std::string& path, const std::string& body) const;

  // The error that an answer of 300 or more stands for; `where` comes before its message.
  static Error error_of(int status, const Value& problem, const std::string& where = "");

  // JSON Lines: calls `line` with each until it returns false or the stream ends. `quiet`: how much longer than an
  // answer may take nothing may come.
  Status lines(const std::string& path, const std::function<bool(const Value&)>& line, Millis quiet = Millis(0)) const;
  // The same, as they were sent, without their newlines.
  Status raw_lines(const std::string& path, const std::function<bool(std::string_view)>& line,
                   Millis quiet = Millis(0)) const;

 private:
  const Options options_;
};

// A value as part of a path or query.
std::string escaped(std::string_view text);

}  // namespace skald::cli
