#pragma once

// The write-ahead logs of a folder as a reader sees them, perhaps beside the engine that writes them: each up to where
// it is whole when it is opened, and those that stood when the reader came also when the engine has let them go since.

#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "store/high_water.h"

namespace rocksdb {
class Env;
}

namespace skald::store {

// As long as it lives, the engine takes none of their files for a new log.
class LogView {
 public:
  // Errors: kDamaged as of check_beside_writer(); kUnavailable "log-moved-on": new logs came again and again
  // meanwhile.
  static Result<LogView> take(const std::string& dir);

  LogView(LogView&&) noexcept;
  LogView& operator=(LogView&&) = delete;
  ~LogView();

  // As of the moment at which it was taken.
  const Mark& mark() const;
  // To open the database with, from its manifest to its logs, once: while the view lives. `base` outlives it.
  std::unique_ptr<rocksdb::Env> env(rocksdb::Env& base) const;
  // Whether a log went before it could be read: then what was opened is short, and is to be opened again.
  bool missed() const;

 private:
  struct Held;
  class Files;
  explicit LogView(const std::string& dir);

  std::shared_ptr<Held> held_;
};

}  // namespace skald::store
