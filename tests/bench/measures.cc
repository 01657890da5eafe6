#include "tests/bench/measures.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace skald::bench {

double cpu_seconds(pid_t pid) {
  std::ifstream in(fmt::format("/proc/{}/stat", pid));
  std::string text((std::istreambuf_iterator<char>(in)), {});
  std::istringstream rest(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) rest >> skipped;
  double user = 0;
  double system = 0;
  rest >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double resident_mb(pid_t pid) {
  std::ifstream in(fmt::format("/proc/{}/statm", pid));
  double pages = 0;
  in >> pages >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

double written_bytes(pid_t pid) {
  std::ifstream in(fmt::format("/proc/{}/io", pid));
  double bytes = 0;
  for (std::string name; in >> name >> bytes;) {
    if (name == "wchar:") return bytes;
  }
  return 0;
}

double stolen_seconds() {
  std::ifstream in("/proc/stat");
  std::string skipped;
  for (int i = 0; i < 8; ++i) in >> skipped;  // "cpu", then what was used, idle, waited, and interrupts
  double stolen = 0;
  in >> stolen;
  return stolen / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double folder_bytes(const std::string& folder) {
  double bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += static_cast<double>(entry.file_size());
  }
  return bytes;
}

}  // namespace skald::bench
