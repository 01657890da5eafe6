// `skald deploy --standard-export`: what it writes does the same.

#include <httplib.h>

#include "tests/cli/commands_fixture.h"

namespace skald::cli {
namespace {

class Exports : public Commands {
 protected:
  Exports() {
    const auto good = [](const httplib::Request&, httplib::Response&) {};
    const auto refuse = [](const httplib::Request&, httplib::Response& response) { response.status = 409; };
    shop_.Post("/good", good);
    shop_.Delete("/good", good);
    shop_.Post("/refused", refuse);
    const int port = shop_.bind_to_any_port("127.0.0.1");
    url_ = "http://127.0.0.1:" + std::to_string(port);
    serving_ = std::thread([this] { shop_.listen_after_bind(); });
    while (!shop_.is_running()) std::this_thread::yield();  // a stop before that would be lost
  }
  ~Exports() override {
    shop_.stop();
    serving_.join();
  }
  std::string call(const std::string& method, const std::string& path) const {
    return "call: http, with: { method: " + method + ", endpoint: '" + url_ + path + "' }";
  }
  std::string undo() const { return "compensate: { " + call("delete", "/good") + " }"; }
  void write(const std::string& file, const std::string& text) const { std::ofstream(data_ + "/" + file) << text; }
  // What happened, without what is another each time.
  std::vector<std::string> told(const std::string& id) const {
    std::vector<std::string> lines;
    std::istringstream in(skald("history " + id + " -o jsonl").out);
    for (std::string line; std::getline(in, line);) {
      const Value event = Value::parse(line);
      lines.push_back(event.value("type", "") + " " + event.value("step", "") + " " + event.value("task", "") + " " +
                      event.value("taken", ""));
    }
    return lines;
  }

  httplib::Server shop_;
  std::thread serving_;
  std::string url_;
};

TEST_F(Exports, DoTheSame) {
  write("w.yaml",
        "# A trip that fails.\ndocument: { dsl: '1.0.3', namespace: t, name: export, version: '1.0.0' }\ndo:\n"
        "  - hotel: { " +
            call("post", "/good") + ", " + undo() +
            " }\n"
            "  - careful:\n      try:\n"
            "        - tried: { " +
            call("post", "/good") + ", " + undo() +
            " }\n"
            "        - failed: { " +
            call("post", "/refused") +
            ", effect: none }\n"
            "      catch: { compensate: true }\n"
            "  - flight: { " +
            call("post", "/refused") + ", retry: { limit: { attempt: { count: 2 } } } }\n");
  const Ran exported = skald("deploy " + data_ + "/w.yaml --standard-export");
  ASSERT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_NE(exported.err.find("comments are not kept"), std::string::npos) << exported.err;
  EXPECT_EQ(skald("workflows t/export").exit_code, 3) << "nothing is deployed";
  std::string other = exported.out;
  other.replace(other.find("'1.0.0'"), 7, "'2.0.0'");
  write("other.yaml", other);
  ASSERT_EQ(skald("deploy " + data_ + "/w.yaml " + data_ + "/other.yaml").exit_code, 0);
  EXPECT_EQ(skald("submit t/export@1.0.0 --id ours --wait").exit_code, 1);
  EXPECT_EQ(skald("submit t/export@2.0.0 --id theirs --wait").exit_code, 1);
  EXPECT_EQ(told("theirs"), told("ours"));
  EXPECT_NE(skald("history ours").out.find("compensation.completed"), std::string::npos);
}

TEST_F(Exports, SeveralAreWrittenBesideTheirFiles) {
  const Ran ran = skald("deploy " + data_ + "/flow.yaml " + data_ + "/waits.yaml --standard-export");
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.out, data_ + "/flow.standard.yaml\n" + data_ + "/waits.standard.yaml\n");
  EXPECT_TRUE(std::filesystem::exists(data_ + "/waits.standard.yaml"));
  EXPECT_EQ(skald("deploy " + data_ + "/none.yaml --standard-export").exit_code, 2);
  write("bad.yaml", "document: {}\n");
  const Ran bad = skald("deploy " + data_ + "/bad.yaml --standard-export");
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_EQ(bad.out, "");
}

}  // namespace
}  // namespace skald::cli
