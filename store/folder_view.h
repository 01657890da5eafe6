#pragma once

// An engine's folder as it is at one moment, for a reader beside the engine that writes it: the manifest up to where it
// went then, the tables and write-ahead logs that it needs, also when the engine has let them go since, and each log up
// to where it is whole when it is opened.

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "store/high_water.h"

namespace rocksdb {
class Env;
}

namespace skald::store {

// As long as it lives, the engine takes none of the logs' files for a new log.
class FolderView {
 public:
  // Errors: kDamaged as of check_beside_writer(); kIo "open-failed": one cannot be opened; kUnavailable
  // "log-moved-on": the engine let files go again and again meanwhile.
  static Result<FolderView> take(const std::string& dir);

  FolderView(FolderView&&) noexcept;
  FolderView& operator=(FolderView&&) = delete;
  ~FolderView();

  // As of the moment at which it was taken.
  const Mark& mark() const;
  // To open the database with, for reading only, while the view lives. `base` outlives it.
  std::unique_ptr<rocksdb::Env> env(rocksdb::Env& base) const;

 private:
  struct Held;
  class Files;
  explicit FolderView(const std::string& dir);

  std::shared_ptr<Held> held_;
};

}  // namespace skald::store
