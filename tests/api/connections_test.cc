// Connections of the door: how long they may be silent, and how they end.

#include <fmt/format.h>
#include <sys/socket.h>

#include <atomic>
#include <future>

#include "tests/api/api_fixture.h"
#include "tests/api/forwarding_engine.h"

namespace skald::runtime {
namespace {

class Connections : public ApiTest {
 protected:
  // One that has sent this.
  int connection(const std::string& sent) const {
    const std::string& url = server_->url();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::write(fd, sent.data(), sent.size()), static_cast<ssize_t>(sent.size()));
    const timeval patience{20, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return fd;
  }
  // What comes until the server closes it.
  static std::string all_of(int fd) {
    std::string all;
    char buffer[4096];
    ssize_t size = 0;
    while ((size = ::read(fd, buffer, sizeof(buffer))) > 0) all.append(buffer, static_cast<std::size_t>(size));
    EXPECT_EQ(size, 0) << "it was not closed";
    ::close(fd);
    return all;
  }
};

class ConnectionsOfLittlePatience : public Connections {
 protected:
  ConnectionsOfLittlePatience() { idle_ = Millis(200); }
};

TEST_F(ConnectionsOfLittlePatience, AreClosedWhereNothingComesOfTheClient) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(all_of(connection("POST /v1/sagas HTTP/1.1\r\nHo")), "");
  const std::string answer = all_of(connection("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_EQ(answer.rfind("HTTP/1.1 200 OK", 0), 0U) << answer;
  EXPECT_GE(std::chrono::steady_clock::now() - start, 2 * idle_);
}

TEST_F(ConnectionsOfLittlePatience, StandWhileTheClientWaitsOrFollows) {
  submit("one");
  std::string followed;
  std::thread follower([&] {
    patient_client().Get("/v1/sagas/one/history?follow=true", [&](const char* data, std::size_t size) {
      followed.append(data, size);
      return true;
    });
  });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(get("/v1/sagas/one?wait=700ms").body["status"], "running");
  EXPECT_GE(std::chrono::steady_clock::now() - start, 3 * idle_);
  post("/v1/sagas/one/cancel", {{"reason", "enough"}});
  follower.join();
  EXPECT_NE(followed.find("saga.cancelled"), std::string::npos) << followed;
}

// Answered in the middle of a read.
TEST_F(ConnectionsOfLittlePatience, AreClosedAsWellBehindAnAnswerThatWasWaitedFor) {
  submit("one");
  const std::string answers = all_of(connection("GET /v1/sagas/one?wait=300ms HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_NE(answers.find("\"running\""), std::string::npos) << answers;
}

TEST_F(Connections, WhatComesWhileAnAnswerIsOwedIsServedBehindIt) {
  submit("one");
  const std::string body = Value{{"reason", std::string(20'000, 'x')}}.dump();  // more than is read ahead
  const std::string next = fmt::format(
      "POST /v1/sagas/one/suspend HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
      body.size());
  const std::string last = "GET /v1/sagas/one HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  for (const std::size_t early : {std::size_t{0}, std::size_t{10}, next.size(), next.size() + body.size()}) {
    const std::string rest = next + body + last;
    const int fd = connection("GET /v1/sagas/one?wait=300ms HTTP/1.1\r\nHost: x\r\n\r\n" + rest.substr(0, early));
    std::string answers(12, '\0');
    ASSERT_EQ(::recv(fd, answers.data(), answers.size(), MSG_WAITALL), 12) << early;
    ASSERT_EQ(::write(fd, rest.data() + early, rest.size() - early), static_cast<ssize_t>(rest.size() - early));
    answers += all_of(fd);
    std::size_t good = 0;
    for (std::size_t at = 0; (at = answers.find("HTTP/1.1 200", at)) != std::string::npos; ++at) ++good;
    EXPECT_EQ(good, 3U) << early << ": " << answers;
  }
}

TEST_F(Connections, OfAClientThatHasSaidAllAreAnswered) {
  ASSERT_EQ(submit("one").status, 201);
  const int fd = connection("GET /v1/sagas/one HTTP/1.1\r\nHost: x\r\n\r\n");
  ::shutdown(fd, SHUT_WR);
  EXPECT_NE(all_of(fd).find("\"running\""), std::string::npos);
}

// Whose lists are not read while the test holds them.
class HeldLists final : public ForwardingEngine {
 public:
  using ForwardingEngine::ForwardingEngine;
  Result<store::ListPage> list(const store::ListQuery& query) const override {
    ++waiting;
    held.wait(true);
    return ForwardingEngine::list(query);
  }
  void let_go() {
    held = false;
    held.notify_all();
  }

  mutable std::atomic<int> waiting{0};
  std::atomic<bool> held{true};
};

TEST_F(Connections, ASubmissionWaitsForNobodyWhoReads) {
  constexpr int kReaders = 8;  // more than there are threads
  HeldLists engine(*engine_);
  serve_over(engine);
  std::vector<std::future<int>> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.push_back(std::async(std::launch::async, [this] { return get("/v1/sagas").status; }));
  }
  EXPECT_TRUE(eventually([&] { return engine.waiting >= static_cast<int>(api::ServerOptions().threads); }));
  EXPECT_EQ(submit("one").status, 201);
  engine.let_go();
  for (auto& reader : readers) EXPECT_EQ(reader.get(), 200);
}

}  // namespace
}  // namespace skald::runtime
