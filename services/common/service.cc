#include "services/common/service.h"

#include <filesystem>

namespace skald::services {

Result<std::unique_ptr<Database>> open_database(const Service& service, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return fail(ErrorKind::kIo, "bad-folder", "cannot make the folder " + folder + ": " + error.message());
  }
  const std::string schema = service.schema + Effects::schema();
  SKALD_ASSIGN(auto database, Database::open(database_path(folder, service.name), schema));
  if (service.seed != nullptr) {
    SKALD_TRY(database->write([&](Connection& db) -> Status { return service.seed(db); }));
  }
  return database;
}

}  // namespace skald::services
