#include "tests/counts/gauges.h"

#include <fmt/format.h>
#include <httplib.h>

#include <fstream>
#include <thread>

#include "store/high_water.h"

namespace skald::counts {
namespace {

constexpr int kTries = 100;  // the engine may write the mark just then
constexpr Millis kTick{5};

Result<store::Mark> read_mark(const std::string& dir) {
  for (int i = 0; i < kTries; ++i) {
    if (auto mark = store::HighWater::read(dir)) return std::move(*mark);
    std::this_thread::sleep_for(kTick);
  }
  return fail(ErrorKind::kIo, "not-counted", "the engine's high-water mark cannot be read: " + dir);
}

// A line of /proc/PID/io.
Result<double> io_of(pid_t pid, const std::string& name) {
  std::ifstream in(fmt::format("/proc/{}/io", pid));
  for (std::string line; std::getline(in, line);) {
    if (line.rfind(name + ": ", 0) == 0) return std::stod(line.substr(name.size() + 2));
  }
  return fail(ErrorKind::kIo, "not-counted", fmt::format("/proc/{}/io has no {}", pid, name));
}

Result<Value> monitoring(const std::string& url, const char* path) {
  const auto answer = httplib::Client(url).Get(path);
  if (!answer || answer->status != 200) {
    return fail(ErrorKind::kUnreachable, "not-counted", fmt::format("the broker does not answer {}{}", url, path));
  }
  return parse_json(answer->body);
}

}  // namespace

Result<std::map<std::string, double>> read_gauges(const bench::CheckoutStack& stack) {
  std::map<std::string, double> all;
  all["commits"] = stack.commits();
  SKALD_ASSIGN(const store::Mark mark, read_mark(stack.folder() + "/engine"));
  all["rows written"] = static_cast<double>(mark.sequence);
  double& log_bytes = all["bytes of the write-ahead log"];
  for (const auto& [file, durable] : mark.files) {
    if (store::is_write_ahead_log(file)) log_bytes += static_cast<double>(durable.bytes);
  }
  SKALD_ASSIGN(all["bytes written to files"], io_of(stack.server.pid(), "wchar"));
  SKALD_ASSIGN(all["writes to files"], io_of(stack.server.pid(), "syscw"));
  SKALD_ASSIGN(all["reads of files"], io_of(stack.server.pid(), "syscr"));
  SKALD_ASSIGN(const Value broker, monitoring(stack.monitoring_url(), "/varz"));
  all["messages to the broker"] = broker.value("in_msgs", 0.0);
  all["messages from the broker"] = broker.value("out_msgs", 0.0);
  SKALD_ASSIGN(const Value streams, monitoring(stack.monitoring_url(), "/jsz?accounts=true&streams=true"));
  for (const Value& account : streams.value("account_details", Value::array())) {
    for (const Value& stream : account.value("stream_detail", Value::array())) {
      all["messages stored in " + stream.value("name", "")] = stream.value("/state/last_seq"_json_pointer, 0.0);
    }
  }
  return all;
}

}  // namespace skald::counts
