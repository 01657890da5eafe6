#pragma once

// The commands as a script runs them, against `skald dev`, with two workflows: `t/flow` ends by itself, `t/waits` waits
// for a worker that never comes.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "cli/process.h"
#include "engine/base/value.h"

namespace skald::cli {

struct Ran {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// The first line that a program we started says.
inline std::string first_line(const std::string& file) {
  std::string line;
  for (int i = 0; i < 6'000 && line.rfind("ready ", 0) != 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::ifstream in(file);
    std::getline(in, line);
  }
  return line;
}

inline std::string word_behind(const std::string& name, const std::string& line) {
  const std::size_t at = line.find(name);
  return at == std::string::npos ? "" : line.substr(at + name.size(), line.find(' ', at) - at - name.size());
}

class Commands : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { start({}); }
  // `more`: options of `skald dev`.
  static void start(const std::vector<std::string>& more) {
    std::string folder = std::filesystem::temp_directory_path() / "skald-cli-XXXXXX";
    data_ = ::mkdtemp(folder.data());
    std::vector<std::string> command = {SKALD_BINARY, "dev", "--data", data_ + "/d", "--http", "127.0.0.1:0"};
    command.insert(command.end(), more.begin(), more.end());
    auto started = Process::start(command, data_ + "/out");
    ASSERT_TRUE(started);
    dev_ = *started;
    const std::string line = first_line(data_ + "/out");
    server_ = word_behind("http=", line);
    nats_ = word_behind("nats=", line);
    ASSERT_FALSE(server_.empty() || nats_.empty()) << line;
    std::ofstream(data_ + "/flow.yaml") << "document: { dsl: '1.0.3', namespace: t, name: flow, version: '1.0.0' }\n"
                                           "do:\n  - a: { set: { answer: '${ $input.n }' } }\n";
    std::ofstream(data_ + "/waits.yaml") << "document: { dsl: '1.0.3', namespace: t, name: waits, version: '1.0.0' }\n"
                                            "do:\n  - a: { call: nobody.serves }\n";
    ASSERT_EQ(skald("deploy " + data_ + "/flow.yaml " + data_ + "/waits.yaml").exit_code, 0);
  }
  static void TearDownTestSuite() {
    dev_.signal(SIGTERM);
    EXPECT_TRUE(dev_.wait(Millis(20'000)));
    std::filesystem::remove_all(data_);
  }

  static Ran skald(const std::string& arguments, const std::string& server = server_,
                   const std::string& input = "/dev/null") {
    return shell("SKALD_SERVER=" + server + " " SKALD_BINARY " " + arguments + " 2> " + data_ + "/err < " + input);
  }
  // One command's output as the other's input; what is told is of the other.
  static Ran piped(const std::string& from, const std::string& to) {
    const std::string server = "SKALD_SERVER=" + server_ + " " SKALD_BINARY " ";
    return shell(server + from + " | " + server + to + " 2> " + data_ + "/err");
  }
  static Ran shell(const std::string& command) {
    Ran ran;
    FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 4'096> buffer{};
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe))
      ran.out.append(buffer.data(), size);
    const int status = ::pclose(pipe);
    ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    std::ifstream in(data_ + "/err");
    ran.err.assign(std::istreambuf_iterator<char>(in), {});
    return ran;
  }

  static inline std::string data_;
  static inline std::string server_;
  static inline std::string nats_;
  static inline Process dev_;
};

}  // namespace skald::cli
