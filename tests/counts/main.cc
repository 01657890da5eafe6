// skald-counts [instructions|saga] [--renew]

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tests/counts/instructions.h"
#include "tests/counts/saga.h"
#include "tests/counts/table.h"

namespace {

using skald::Result;
using skald::Status;
using skald::counts::Count;
using skald::counts::Table;

constexpr int kDiffers = 1;
constexpr int kSkipped = 77;  // as CMakeLists.txt tells ctest

int complain(const skald::Error& error) {
  std::cerr << "skald-counts: " << error.message << "\n";
  return error.kind == skald::ErrorKind::kUnavailable ? kSkipped : 1;
}

class TempFolder {
 public:
  TempFolder() {
    std::string path = std::filesystem::temp_directory_path() / "skald-counts-XXXXXX";
    if (::mkdtemp(path.data()) != nullptr) path_ = path;
  }
  ~TempFolder() {
    if (!path_.empty()) std::filesystem::remove_all(path_);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;  // empty: it cannot be made
};

Result<std::vector<Count>> count(const std::string& group) {
  const TempFolder folder;
  if (folder.path().empty()) return skald::fail(skald::ErrorKind::kIo, "no-folder", "no temporary folder can be made");
  return group == "saga" ? skald::counts::count_saga(folder.path()) : skald::counts::count_instructions(folder.path());
}

Result<Table> read_table(const std::string& file) {
  std::ifstream in(file);
  return skald::counts::parse_table(std::string(std::istreambuf_iterator<char>(in), {}));
}

void print(const Table& table, const std::vector<Count>& counts) {
  fmt::print("{:<78}{:>12}{:>12}\n", "count", "table", "here");
  for (const Count& count : counts) {
    const auto* row = table.find(count.name);
    fmt::print("{:<78}{:>12}{:>12}\n", count.name, row != nullptr ? fmt::format("{:.10g}", row->count) : "",
               count.value ? fmt::format("{:.2f}", *count.value) : "");
  }
}

int compare(const Table& table, const std::vector<Count>& counts, const std::string& file) {
  print(table, counts);
  const auto found = skald::counts::differences(table, counts);
  if (found.empty()) return 0;
  std::cerr << "skald-counts: not as in " << file << ":\n";
  for (const std::string& line : found) std::cerr << "  " << line << "\n";
  std::cerr << "If that is meant, `./run counts --renew` writes the table anew; say in the commit why.\n";
  return kDiffers;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Counts that do not depend on the machine's mood, held against a table.", "skald-counts");
  std::vector<std::string> groups{"instructions", "saga"};
  std::string file = SKALD_SOURCE_DIR "/tests/counts/table.txt";
  bool renew = false;
  app.add_option("GROUP", groups, "what to count: both unless one is named")
      ->check(CLI::IsMember({"instructions", "saga"}));
  app.add_option("--table", file, "the table");
  app.add_flag("--renew", renew, "write the table anew");
  CLI11_PARSE(app, argc, argv);

  auto table = read_table(file);
  if (!table) return complain(table.error());
  if (!renew && table->made_with != SKALD_MADE_WITH) {
    std::cerr << "skald-counts: skipped: the table holds for '" << table->made_with << "', this is '" << SKALD_MADE_WITH
              << "'\n";
    return kSkipped;
  }
  std::vector<Count> counts;
  for (const std::string& group : groups) {
    auto counted = count(group);
    if (!counted) return complain(counted.error());
    counts.insert(counts.end(), counted->begin(), counted->end());
  }
  if (!renew) return compare(*table, counts, file);
  print(*table, counts);
  std::ofstream(file) << skald::counts::to_text(skald::counts::renewed(*table, counts, SKALD_MADE_WITH));
  return 0;
}
