#include "cli/commands/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "cli/progress.h"
#include "engine/base/hash.h"

namespace skald::cli {
namespace {

constexpr std::size_t kMaxLines = 500;
constexpr std::size_t kMaxBytes = 1'000'000;
constexpr Millis kFirstWait{100};  // where the server has too much to do
constexpr Millis kLongestWait{2'000};

struct Line {
  std::size_t number = 0;  // in the file, from 1
  std::string body;
};

// The submission that a line of the file stands for.
Result<std::string> submission_of(const std::string& text, std::size_t number, const BatchOptions& options,
                                  const std::string& prefix) {
  SKALD_ASSIGN(Value line, parse_json(text));
  if (!line.is_object()) return fail(ErrorKind::kInvalid, "bad-line", "expected an object, like {\"input\":{}}");
  if (!line.contains("workflow")) {
    if (options.workflow.empty()) {
      return fail(ErrorKind::kInvalid, "bad-line", "it names no 'workflow', and neither does the command");
    }
    line["workflow"] = options.workflow;
    if (!options.version.empty() && !line.contains("version")) line["version"] = options.version;
  }
  if (!line.contains("id")) line["id"] = fmt::format("{}-{}", prefix, number);
  if (line.contains("labels") && !line["labels"].is_object()) {
    return fail(ErrorKind::kInvalid, "bad-line", "'labels' is an object of texts");
  }
  for (const auto& [key, value] : options.labels.items()) {
    if (!line["labels"].contains(key)) line["labels"][key] = value;
  }
  return to_json(line);
}

// Every line of the file; where some cannot be read, that is said of each, and there are none.
Result<std::vector<Line>> read_lines(const BatchOptions& options) {
  SKALD_ASSIGN(const std::string text, read_text(options.file));
  const std::string prefix = options.id.empty() ? "batch-" + to_hex(bytes_of(sha256(text))).substr(0, 12) : options.id;
  std::vector<Line> lines;
  std::size_t bad = 0;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto submission = submission_of(line, number + 1, options, prefix);
    if (submission) {
      lines.push_back({number + 1, std::move(*submission)});
    } else {
      ++bad;
      (void)complain(make_error(ErrorKind::kInvalid, submission.error().code,
                                fmt::format("{}:{}: {}", options.file, number + 1, submission.error().message)));
    }
  }
  if (bad > 0) {
    return fail(ErrorKind::kInvalid, "bad-batch",
                fmt::format("{} of {} lines cannot be read; nothing was submitted", bad, bad + lines.size()));
  }
  return lines;
}

class Submitting {
 public:
  Submitting(const Globals& globals, const BatchOptions& options, std::vector<Line> lines)
      : globals_(globals),
        options_(options),
        lines_(std::move(lines)),
        progress_("submitting", lines_.size(), globals.progress()) {}

  int run() {
    std::vector<std::size_t> left;
    for (std::size_t next = 0; next < lines_.size() || !left.empty();) {
      if (left.empty()) next = take(next, left);
      const Status sent = send(left);
      if (!sent) {
        progress_.clear();
        summarize();
        const int code = complain(sent.error());
        fmt::print(stderr, "skald: {} of {} lines were submitted; the same command again goes on\n", started_ + known_,
                   lines_.size());
        return std::max(worst_, code);
      }
    }
    progress_.clear();
    summarize();
    return worst_;
  }

 private:
  // Takes the lines of one request, from `next` on; what is next behind them.
  std::size_t take(std::size_t next, std::vector<std::size_t>& lines) const {
    for (std::size_t bytes = 0; next < lines_.size() && lines.size() < kMaxLines; ++next) {
      bytes += lines_[next].body.size() + 1;
      if (!lines.empty() && bytes > kMaxBytes) break;
      lines.push_back(next);
    }
    return next;
  }

  // Sends these lines; those for which the server has no room stay in `left`.
  Status send(std::vector<std::size_t>& left) {
    std::string body;
    for (const std::size_t line : left) body += lines_[line].body + "\n";
    const auto answers = globals_.client().post_lines("/v1/sagas/batch", body);
    if (!answers) {
      const bool busy =
          answers.error().kind == ErrorKind::kOverloaded || answers.error().kind == ErrorKind::kUnavailable;
      return busy ? wait(answers.error()) : Status(fail(answers.error()));
    }
    if (answers->size() != left.size()) {
      return fail(ErrorKind::kInternal, "bad-answer",
                  fmt::format("the server answered {} of {} lines", answers->size(), left.size()));
    }
    std::vector<std::size_t> again;
    std::optional<Error> busy;
    for (std::size_t i = 0; i < left.size(); ++i) {
      const Value& answer = (*answers)[i];
      const int status = answer.value("status", 0);
      if (status == 429 || status == 503) {
        again.push_back(left[i]);
        busy = make_error(ErrorKind::kOverloaded, answer.value("code", "overloaded"), answer.value("detail", ""));
      } else {
        settle(lines_[left[i]], answer, status);
      }
    }
    const bool progress = again.size() < left.size();
    left = std::move(again);
    progress_.show(started_ + known_ + refused_);
    if (progress) waited_ = Millis(0);
    return left.empty() ? Status() : wait(*busy);
  }

  void settle(const Line& line, const Value& answer, int status) {
    if (status == 201) ++started_;
    if (status == 200) ++known_;
    if (status >= 300) {
      ++refused_;
      progress_.clear();
      worst_ = std::max(worst_,
                        complain(Client::error_of(status, answer, fmt::format("{}:{}: ", options_.file, line.number))));
    }
    if (globals_.output() == Format::kIds && status < 300) print(answer.value("id", "") + "\n");
    if (globals_.output() != Format::kJsonl) return;
    Value told = answer;
    told["line"] = line.number;
    print(to_json(told) + "\n");
  }

  // Error: what was busy, where it has been so for the command's --timeout.
  Status wait(const Error& busy) {
    const Millis step = std::clamp(waited_, kFirstWait, kLongestWait);
    waited_ = waited_ + step;
    if (static_cast<double>(waited_.count()) > globals_.timeout_s * 1'000) return fail(busy);
    std::this_thread::sleep_for(step);
    return {};
  }

  void summarize() const {
    if (globals_.output() == Format::kText) {
      print(fmt::format("{} started, {} were there already, {} refused\n", started_, known_, refused_));
    } else if (globals_.output() == Format::kJson) {
      print(to_json(Value{{"started", started_}, {"known", known_}, {"refused", refused_}}, 2) + "\n");
    }
  }

  const Globals& globals_;
  const BatchOptions& options_;
  const std::vector<Line> lines_;
  Progress progress_;
  std::size_t started_ = 0;
  std::size_t known_ = 0;
  std::size_t refused_ = 0;
  int worst_ = kDone;
  Millis waited_{0};  // since the server last took a line
};

}  // namespace

int submit_batch(const Globals& globals, const BatchOptions& options) {
  auto lines = read_lines(options);
  if (!lines) return complain(lines.error());
  return Submitting(globals, options, std::move(*lines)).run();
}

}  // namespace skald::cli
