#include "tests/services/support.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

namespace skald::services {
namespace {

constexpr int kDeadlineMs = 20'000;

// Starts the binary with its standard output and error going to the given descriptors.
pid_t spawn(const std::vector<std::string>& arguments, int out, int err) {
  std::vector<char*> argv = {const_cast<char*>(SKALD_STORE_BINARY)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (out >= 0) ::dup2(out, STDOUT_FILENO);
  if (err >= 0) ::dup2(err, STDERR_FILENO);
  ::execv(SKALD_STORE_BINARY, argv.data());
  ::_exit(127);
}

int exit_code_of(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// The first line from the descriptor; what there is of it when the deadline passes or the writer ends.
std::string read_line(int descriptor) {
  std::string line;
  pollfd entry{descriptor, POLLIN, 0};
  char byte = 0;
  while (::poll(&entry, 1, kDeadlineMs) == 1 && ::read(descriptor, &byte, 1) == 1 && byte != '\n') line += byte;
  return line;
}

std::string file_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

RawAnswer parse(std::string bytes) {
  RawAnswer answer;
  answer.bytes = std::move(bytes);
  if (answer.bytes.rfind("HTTP/1.1 ", 0) == 0) answer.status = std::stoi(answer.bytes.substr(9, 3));
  const auto end_of_head = answer.bytes.find("\r\n\r\n");
  if (end_of_head != std::string::npos) {
    answer.body = parse_json(answer.bytes.substr(end_of_head + 4)).value_or(Value());
  }
  return answer;
}

}  // namespace

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "skald-store-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Shop::Shop(const Service& service, const std::string& folder, Millis key_ttl)
    : database_(open_database(service, folder).value()),
      effects_(*database_, clock, key_ttl),
      routes_(service.routes(*database_, effects_)) {}

Answer Shop::call(const std::string& method, const std::string& path, const std::string& key, const Value& body) {
  for (const Route& route : routes_) {
    std::smatch match;
    if (route.method != method || !std::regex_match(path, match, std::regex(route.pattern))) continue;
    Request request;
    for (std::size_t i = 1; i < match.size(); ++i) request.parameters.push_back(match[i].str());
    request.keyed = {key, method + " " + path, body};
    auto answer = route.handler(request);
    return answer ? *answer : problem(answer.error());
  }
  ADD_FAILURE() << "no route for " << method << " " << path;
  return {};
}

RawAnswer raw_request(int port, const std::string& method, const std::string& path, const std::string& key,
                      const std::string& body) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string bytes;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    std::string request = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    if (!key.empty()) request += "Idempotency-Key: " + key + "\r\n";
    if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    request += "\r\n" + body;
    EXPECT_EQ(::send(socket, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
    std::array<char, 4096> buffer{};
    pollfd entry{socket, POLLIN, 0};
    ssize_t count = 0;
    while (::poll(&entry, 1, kDeadlineMs) == 1 && (count = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0) {
      bytes.append(buffer.data(), static_cast<std::size_t>(count));
    }
  } else {
    ADD_FAILURE() << "cannot connect to port " << port;
  }
  ::close(socket);
  return parse(std::move(bytes));
}

Finished run_store(const std::vector<std::string>& arguments) {
  const TempFolder folder;
  const std::string out_path = folder.path() + "/out";
  const std::string err_path = folder.path() + "/err";
  const int out = ::open(out_path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  const int err = ::open(err_path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  const int exit_code = exit_code_of(spawn(arguments, out, err));
  ::close(out);
  ::close(err);
  return {exit_code, file_text(out_path), file_text(err_path)};
}

StoreProcess::StoreProcess(const std::string& service, const std::string& folder, std::vector<std::string> flags) {
  std::vector<std::string> arguments = {service, "--data", folder, "--http", "127.0.0.1:0"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  std::array<int, 2> pipe{};
  EXPECT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  pid_ = spawn(arguments, pipe[1], -1);
  ::close(pipe[1]);
  const std::string line = read_line(pipe[0]);
  ::close(pipe[0]);
  const std::string start = "ready http=http://127.0.0.1:";
  EXPECT_EQ(line.substr(0, start.size()), start);
  if (line.size() > start.size()) port_ = std::stoi(line.substr(start.size()));
}

StoreProcess::~StoreProcess() {
  if (pid_ < 0) return;
  signal(SIGKILL);
  wait();
}

void StoreProcess::signal(int number) { ::kill(pid_, number); }

int StoreProcess::wait() {
  const int code = exit_code_of(pid_);
  pid_ = -1;
  return code;
}

}  // namespace skald::services
