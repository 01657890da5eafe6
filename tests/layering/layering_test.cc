// The arrows between folders: what each may include. ARCHITECTURE.md draws them.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

namespace {

using Folders = std::set<std::string>;

const std::map<std::string, Folders>& arrows() {
  static const std::map<std::string, Folders> allowed = {
      {"engine/base", {}},
      {"engine/definition", {"engine/base"}},
      {"engine/core", {"engine/base", "engine/definition"}},
      {"engine/check", {"engine/base", "engine/definition", "engine/core"}},
      {"store", {"engine/base"}},
      {"engine/wire", {"engine/base"}},
      {"engine/bus", {"engine/base"}},
      {"engine/runtime", {"engine/base", "engine/definition", "engine/core", "store", "engine/wire", "engine/bus"}},
      {"engine/inspect", {"engine/base", "engine/definition", "engine/core", "store", "engine/runtime"}},
      {"engine/console", {}},
      {"engine/api",
       {"engine/base", "engine/definition", "engine/check", "store", "engine/runtime", "engine/inspect",
        "engine/console"}},
      {"workers", {"engine/base", "engine/wire", "engine/bus"}},
      {"services", {"engine/base"}},
      {"cli",
       {"engine/base", "engine/definition", "engine/core", "engine/check", "store", "engine/wire", "engine/bus",
        "engine/runtime", "engine/inspect", "engine/console", "engine/api", "workers"}},
  };
  return allowed;
}

// The folder of ours that an include names; empty: none of ours.
std::string folder_of(const std::string& path) {
  for (const auto& [folder, ignored] : arrows()) {
    if (path.rfind(folder + "/", 0) == 0) return folder;
  }
  return "";
}

TEST(Layering, IncludesFollowTheArrows) {
  const std::filesystem::path root = SKALD_SOURCE_DIR;
  int files = 0;
  for (const auto& [folder, allowed] : arrows()) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      ++files;
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        if (line.rfind("#include \"", 0) != 0) continue;
        const std::string included = line.substr(10, line.find('"', 10) - 10);
        const std::string from = folder_of(included);
        EXPECT_TRUE(from.empty() || from == folder || allowed.count(from) > 0)
            << std::filesystem::relative(entry.path(), root).string() << " includes " << included;
        EXPECT_TRUE(included.find('/') != std::string::npos) << entry.path() << ": include from the root: " << included;
      }
    }
  }
  EXPECT_GT(files, 100);
}

TEST(Layering, TheCoreIsPure) {
  const std::filesystem::path root = SKALD_SOURCE_DIR;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "engine/core")) {
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      for (const char* impure :
           {"<thread>", "<mutex>", "<fstream>", "<random>", "<iostream>", "SystemClock", "logger("}) {
        EXPECT_EQ(line.find(impure), std::string::npos) << entry.path().string() << ": " << line;
      }
    }
  }
}

}  // namespace
