// backup: of a running engine. restore: an engine's folder from a backup.

#include <fmt/format.h>

#include <filesystem>

#include "cli/commands/common.h"
#include "store/backup.h"

namespace skald::cli {
namespace {

constexpr Millis kDay{86'400'000};

struct BackupOptions {
  std::string dir;
  std::size_t keep = 0;
};

struct RestoreArguments {
  std::string dir;
  std::string data = "./skald-data/engine";
  std::uint32_t number = 0;
};

int backup(const Globals& globals, const BackupOptions& options) {
  // The engine takes absolute paths alone: ours and its working folders may differ.
  Value body = {{"dir", std::filesystem::absolute(options.dir).lexically_normal().string()}};
  if (options.keep > 0) body["keep"] = options.keep;
  const auto made = globals.client().post("/v1/backup", body, kDay);
  if (!made) return complain(made.error());
  if (globals.output() != Format::kText) {
    print(to_json(*made, globals.output() == Format::kJson ? 2 : -1) + "\n");
    return kDone;
  }
  print(fmt::format("backup {} of store {} in {}: {} bytes in {} files\n", made->value("backup", 0),
                    made->value("store", ""), made->value("dir", ""), made->value("bytes", std::uint64_t{0}),
                    made->value("files", 0)));
  return kDone;
}

// As everywhere, the folder of `skald dev` stands for the engine's in it.
std::string engine_folder(const std::string& data) {
  std::error_code none;
  const bool of_dev = std::filesystem::exists(data + "/nats", none) || std::filesystem::exists(data + "/engine", none);
  return of_dev ? data + "/engine" : data;
}

int restore(const Globals& globals, const RestoreArguments& arguments) {
  const std::string data = engine_folder(arguments.data);
  const auto restored = store::restore({arguments.dir, data, arguments.number, SystemClock().now()});
  if (!restored) return complain(restored.error());
  const store::BackedUp& from = restored->backup;
  if (globals.output() != Format::kText) {
    const Value told = {{"data", data},
                        {"backup", from.number},
                        {"store", from.store_id},
                        {"at", format_time(from.at)},
                        {"sagas", restored->sagas},
                        {"events", restored->events},
                        {"incarnation", restored->incarnation}};
    print(to_json(told, globals.output() == Format::kJson ? 2 : -1) + "\n");
    return kDone;
  }
  print(
      fmt::format("restored backup {} of {} into {}: {} sagas, {} events, every history proved\n"
                  "start its engine: skald server --data {}\n",
                  from.number, format_time(from.at), data, restored->sagas, restored->events, data));
  return kDone;
}

}  // namespace

void add_backups(CLI::App& app, Context& context) {
  auto backing = std::make_shared<BackupOptions>();
  CLI::App* command = app.add_subcommand("backup", "back up a running engine, into a folder of its host");
  command->add_option("DIR", backing->dir, "the backup folder; several backups share it")->required();
  command->add_option("--keep", backing->keep, "then drop all but the latest N")->check(CLI::Range(1, 10'000));
  command->callback([&context, backing] { context.exit_code = backup(context.globals, *backing); });

  auto restoring = std::make_shared<RestoreArguments>();
  command = app.add_subcommand("restore", "make an engine's folder from a backup");
  command->add_option("DIR", restoring->dir, "the backup folder")->required();
  command->add_option("--data", restoring->data, "the folder to make; it must be new or empty");
  command->add_option("--backup", restoring->number, "which of its backups; the latest without it")
      ->check(CLI::PositiveNumber);
  command->callback([&context, restoring] { context.exit_code = restore(context.globals, *restoring); });
}

}  // namespace skald::cli
