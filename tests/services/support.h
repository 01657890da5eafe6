#pragma once

// What the tests of the store share: a folder that goes away, a clock to set, a service without HTTP, a raw HTTP
// client, and the binary as a child process.

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "services/common/service.h"

namespace skald::services {

class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

class FakeClock final : public Clock {
 public:
  Time now() const override { return {ms_}; }
  void advance(Millis by) { ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> ms_ = 1'700'000'000'000;
};

// A service's routes over a real database, called directly.
class Shop {
 public:
  Shop(const Service& service, const std::string& folder, Millis key_ttl = kDefaultKeyTtl);

  // The answer to a request; errors as the problems that a client would see.
  Answer call(const std::string& method, const std::string& path, const std::string& key = "",
              const Value& body = Value::object());
  Answer get(const std::string& path) { return call("GET", path); }
  Answer post(const std::string& path, const std::string& key, const Value& body) {
    return call("POST", path, key, body);
  }

  FakeClock clock;

 private:
  std::unique_ptr<Database> database_;
  Effects effects_;
  std::vector<Route> routes_;
};

// What came back over a connection; status 0 where the connection ended without an answer.
struct RawAnswer {
  int status = 0;
  std::string bytes;
  Value body;
};

// One request on a connection of its own, waited for to the end of the answer.
RawAnswer raw_request(int port, const std::string& method, const std::string& path, const std::string& key = "",
                      const std::string& body = "");

// The binary, run with these arguments; its exit code and what it printed.
struct Finished {
  int exit_code = -1;
  std::string out;
  std::string err;
};
Finished run_store(const std::vector<std::string>& arguments);

// The binary as a service, on a port of its own.
class StoreProcess {
 public:
  StoreProcess(const std::string& service, const std::string& folder, std::vector<std::string> flags = {});
  ~StoreProcess();
  StoreProcess(const StoreProcess&) = delete;
  StoreProcess& operator=(const StoreProcess&) = delete;

  int port() const { return port_; }
  void signal(int number);
  // Waits for its end; the exit code, or minus the signal that killed it.
  int wait();

 private:
  pid_t pid_ = -1;
  int port_ = 0;
};

}  // namespace skald::services
